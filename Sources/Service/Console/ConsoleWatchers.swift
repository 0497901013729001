import CPlatform
import ListeningService
import NIOCore
import Synchronization

/// The browsers that watch, and what was said lately to those who come.
///
/// Each update is written once and given to every watcher's queue. Whoever sends never waits: when a queue is full, its
/// oldest messages make room and the watcher is told to ask for everything anew; one that has taken nothing for
/// ``stuckSeconds`` is let go. For any thread.
final class ConsoleWatchers: Sendable {
  static let heartbeatSeconds = 15
  static let stuckSeconds = 60
  /// Messages that wait for a watcher at most: half a minute's levels.
  static let queueCapacity = 300
  /// How far back candidates are kept for pages that come.
  static let candidateMilliseconds: Int64 = 60_000
  static let candidateCapacity = 1_000
  static let noticeCapacity = 20

  /// A watcher's place.
  final class Watcher: Sendable {
    let messages: AsyncStream<ByteBuffer>
    fileprivate let queue: AsyncStream<ByteBuffer>.Continuation
    fileprivate let channel: any Channel
    fileprivate let state: Mutex<(waiting: Int, since: Int64, hasLost: Bool)>

    fileprivate init(_ channel: any Channel) {
      (messages, queue) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(queueCapacity))
      self.channel = channel
      state = Mutex((waiting: 0, since: platform_monotonic_nanoseconds(), hasLost: false))
    }

    fileprivate func give(_ message: ByteBuffer) {
      let result = queue.yield(message)
      state.withLock { state in
        if case .dropped = result { state.hasLost = true } else { state.waiting += 1 }
      }
    }

    /// To be called when a message has been taken by the system.
    ///
    /// - Returns: whether messages were lost since this was last called.
    func noteTaken() -> Bool {
      state.withLock { state in
        state.waiting = max(0, state.waiting - 1)
        state.since = platform_monotonic_nanoseconds()
        defer { state.hasLost = false }
        return state.hasLost
      }
    }

    fileprivate func isStuck(_ now: Int64) -> Bool {
      state.withLock { $0.waiting > 0 && now - $0.since > Int64(stuckSeconds) * 1_000_000_000 }
    }
  }

  private struct State {
    var watchers: [ObjectIdentifier: Watcher] = [:]
    var isClosed = false
    var candidates: [ServiceEvent] = []
    var notices: [String] = []
  }

  private let capacity: Int
  private let state = Mutex(State())

  /// - Parameter capacity: how many may watch at once.
  init(capacity: Int) { self.capacity = capacity }

  /// A place for one more; nil where there is none.
  func add(_ channel: any Channel) -> Watcher? {
    state.withLock { state in
      guard !state.isClosed, state.watchers.count < capacity else { return nil }
      let watcher = Watcher(channel)
      state.watchers[ObjectIdentifier(watcher)] = watcher
      return watcher
    }
  }

  func remove(_ watcher: Watcher) {
    watcher.queue.finish()
    state.withLock { _ = $0.watchers.removeValue(forKey: ObjectIdentifier(watcher)) }
  }

  var count: Int { state.withLock { $0.watchers.count } }

  /// Candidates of the last minute, the oldest first.
  var candidates: [ServiceEvent] { state.withLock { $0.candidates } }

  /// What was said to people lately, the oldest first.
  var notices: [String] { state.withLock { $0.notices } }

  /// Gives an update to everybody.
  func send(_ update: ServiceFeed.Update) {
    state.withLock { state in
      switch update {
      case .candidate(let event):
        let first = event.milliseconds - Self.candidateMilliseconds
        state.candidates.removeAll { $0.milliseconds < first }
        if state.candidates.count >= Self.candidateCapacity { state.candidates.removeFirst() }
        state.candidates.append(event)
      case .notice(let message):
        if state.notices.count >= Self.noticeCapacity { state.notices.removeFirst() }
        state.notices.append(message.text)
      default: break
      }
    }
    send(update.message)
  }

  /// Says that the connection lives, and lets those go that take nothing.
  func beat() {
    send(": heartbeat\n\n")
    let now = platform_monotonic_nanoseconds()
    for watcher in state.withLock({ Array($0.watchers.values) }) where watcher.isStuck(now) {
      watcher.channel.close(promise: nil)
      remove(watcher)
    }
  }

  private func send(_ text: String) {
    let watchers = state.withLock { Array($0.watchers.values) }
    guard !watchers.isEmpty else { return }
    let message = ByteBuffer(string: text)
    for watcher in watchers { watcher.give(message) }
  }

  /// Ends all streams, and those that come.
  func close() {
    let watchers = state.withLock { state in
      state.isClosed = true
      defer { state.watchers.removeAll() }
      return Array(state.watchers.values)
    }
    for watcher in watchers { watcher.queue.finish() }
  }
}
