import CPlatform
import Synchronization

/// The browsers that logged in with the token, each identified by a random name in its cookie.
///
/// The cookie does not contain the token, because browsers keep cookies for long and send them to every port of the
/// same host. A session ends when its browser logs out, after ``seconds``, when ``capacity`` later sessions have begun,
/// or when the service ends. Any thread may use it.
package final class BrowserSessions: Sendable {
  /// The most sessions; beyond it, the oldest ends.
  package static let capacity = 64
  /// The lifetime of a session: 30 days.
  package static let seconds = 2_592_000

  /// The end of each session, in nanoseconds of the monotonic clock.
  private let ends = Mutex<[String: Int64]>([:])

  package init() {}

  /// Begins a session.
  ///
  /// - Returns: The session's name, which is as hard to guess as a token.
  package func begin(now: Int64 = platform_monotonic_nanoseconds()) -> String {
    let name = AccessToken.random()
    ends.withLock { ends in
      if ends.count >= Self.capacity, let oldest = ends.min(by: { $0.value < $1.value }) { ends[oldest.key] = nil }
      ends[name] = now + Int64(Self.seconds) * 1_000_000_000
    }
    return name
  }

  /// Whether a session exists and has not expired.
  package func contains(_ name: String, now: Int64 = platform_monotonic_nanoseconds()) -> Bool {
    ends.withLock { now < $0[name] ?? .min }
  }

  /// Ends a session.
  package func end(_ name: String) { ends.withLock { $0[name] = nil } }
}
