import Messages
import Synchronization

/// What a service hears and what becomes of it, for whoever wants to watch: the console's pages, tests.
///
/// Whoever sends never waits for whoever watches: each watcher has a queue of its own, whose oldest updates make room when
/// it is full. For any thread.
package final class ServiceFeed: Sendable {
  /// Something that changed.
  package enum Update: Sendable {
    /// How loud the last tenth of a second was.
    case level(SoundLevel)
    /// A stretch that was compared with a phrase, whether or not it was detected.
    case candidate(ServiceEvent)
    /// The phrase file became another and is listened for from now on.
    case phrases
    case microphone(MicrophoneState)
    /// A message for a person, as in the log.
    case notice(LogMessage)
  }

  /// Updates that wait for a watcher at most: more than ten seconds of what a busy service sends.
  static let queueCapacity = 512
  /// Detections that are remembered.
  package static let historyCapacity = 500

  private struct State {
    var watchers: [Int: AsyncStream<Update>.Continuation] = [:]
    var nextWatcher = 0
    var history: [ServiceEvent] = []
    var microphone = MicrophoneState()
  }

  private let state = Mutex(State())

  package init() {}

  /// Every update from now on, until the task that reads it is cancelled.
  package func updates() -> AsyncStream<Update> {
    let (stream, continuation) = AsyncStream.makeStream(
      of: Update.self, bufferingPolicy: .bufferingNewest(Self.queueCapacity))
    let watcher = state.withLock { state in
      state.nextWatcher += 1
      state.watchers[state.nextWatcher] = continuation
      return state.nextWatcher
    }
    continuation.onTermination = { [weak self] _ in
      self?.state.withLock { _ = $0.watchers.removeValue(forKey: watcher) }
    }
    return stream
  }

  package var watcherCount: Int { state.withLock { $0.watchers.count } }

  /// The last detections, the oldest first.
  package var history: [ServiceEvent] { state.withLock { $0.history } }

  package var microphone: MicrophoneState { state.withLock { $0.microphone } }

  package func send(_ update: Update) {
    let watchers = state.withLock { state in
      switch update {
      case .candidate(let event) where event.detection.detected:
        if state.history.count == Self.historyCapacity { state.history.removeFirst() }
        state.history.append(event)
      case .microphone(let microphone): state.microphone = microphone
      default: break
      }
      return Array(state.watchers.values)
    }
    for watcher in watchers { watcher.yield(update) }
  }
}

/// How loud a stretch was, in dBFS; −infinity for zeros.
package struct SoundLevel: Sendable, Equatable {
  package var peakDecibels: Double
  package var rootMeanSquareDecibels: Double
  package var isClipping: Bool

  package init(peakDecibels: Double, rootMeanSquareDecibels: Double, isClipping: Bool) {
    self.peakDecibels = peakDecibels
    self.rootMeanSquareDecibels = rootMeanSquareDecibels
    self.isClipping = isClipping
  }
}
