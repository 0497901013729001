import CPlatform
import ListeningService
import NIOCore
import Synchronization

/// The watching pages, and the recent messages for pages that are opened later.
///
/// Each update is encoded once and added to every watcher's queue. Senders never wait: a full queue drops its oldest
/// messages, and the page must load everything again. A watcher that reads nothing for ``stuckSeconds`` is
/// disconnected. Any thread may use it.
final class ConsoleWatchers: Sendable {
  static let heartbeatSeconds = 15
  static let stuckSeconds = 60
  /// The capacity of a watcher's queue: the levels of half a minute.
  static let queueCapacity = 300
  /// How long candidates are kept for pages that are opened later.
  static let candidateMilliseconds: Int64 = 60_000
  static let candidateCapacity = 1_000
  static let noticeCapacity = 20

  /// A watching page.
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

    /// Records that a message was passed to the system.
    ///
    /// - Returns: Whether messages were lost since the last call.
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

  /// - Parameter capacity: The most watchers.
  init(capacity: Int) { self.capacity = capacity }

  /// Adds a watcher; returns nil if there are too many.
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

  /// The candidates of the last minute, oldest first.
  var candidates: [ServiceEvent] { state.withLock { $0.candidates } }

  /// The recent notices, oldest first.
  var notices: [String] { state.withLock { $0.notices } }

  /// Sends an update to all watchers, and keeps candidates and notices.
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

  /// Sends a heartbeat, and disconnects watchers that read nothing.
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

  /// Ends all streams and refuses new ones.
  func close() {
    let watchers = state.withLock { state in
      state.isClosed = true
      defer { state.watchers.removeAll() }
      return Array(state.watchers.values)
    }
    for watcher in watchers { watcher.queue.finish() }
  }
}
