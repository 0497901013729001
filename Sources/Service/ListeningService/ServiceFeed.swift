import Messages
import Synchronization

/// Distributes the events and the state of a service to watchers, such as the console's pages.
///
/// Senders never wait: each watcher has its own queue, which drops its oldest updates when it is full. Any thread may
/// use it.
package final class ServiceFeed: Sendable {
  /// A change.
  package enum Update: Sendable {
    /// The level of the first microphone in the last 0.1 s.
    case level(SoundLevel)
    /// A candidate, detected or not.
    case candidate(ServiceEvent)
    /// The phrase file changed, and its phrases are in use.
    case phrases
    case microphone(MicrophoneState)
    /// A message, as in the log.
    case notice(LogMessage)
  }

  /// The capacity of a watcher's queue: more than ten seconds of a busy service's updates.
  static let queueCapacity = 512
  /// The number of detections that are kept.
  package static let historyCapacity = 500

  private struct State {
    var watchers: [Int: AsyncStream<Update>.Continuation] = [:]
    var nextWatcher = 0
    var history: [ServiceEvent] = []
    /// By their index.
    var microphones: [MicrophoneState] = []
  }

  private let state = Mutex(State())

  package init() {}

  /// All updates from now on, until the reading task is canceled.
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

  /// The number of watchers.
  package var watcherCount: Int { state.withLock { $0.watchers.count } }

  /// The last detections, oldest first.
  package var history: [ServiceEvent] { state.withLock { $0.history } }

  /// The last reported states of the microphones, by their index.
  package var microphones: [MicrophoneState] { state.withLock { $0.microphones } }

  /// The last reported state of the first microphone.
  package var microphone: MicrophoneState { microphones.first ?? MicrophoneState() }

  /// Sends an update to all watchers, and records it if it is a detection or a microphone state.
  package func send(_ update: Update) {
    let watchers = state.withLock { state in
      switch update {
      case .candidate(let event) where event.detection.detected:
        if state.history.count == Self.historyCapacity { state.history.removeFirst() }
        state.history.append(event)
      case .microphone(let microphone):
        while state.microphones.count <= microphone.index { state.microphones.append(MicrophoneState()) }
        state.microphones[microphone.index] = microphone
      default: break
      }
      return Array(state.watchers.values)
    }
    for watcher in watchers { watcher.yield(update) }
  }
}

/// The level of a piece of audio in dBFS; −infinity for zeros.
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
