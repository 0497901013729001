import CPlatform
import Synchronization

/// The browsers that brought the token, each by a random name in its cookie.
///
/// Cookies are kept for long and shown to every server of the same machine, whatever its port: the token itself is in none.
/// A session ends when its browser logs out, after ``seconds``, when ``capacity`` later ones have begun, or with the
/// service. For any thread.
package final class BrowserSessions: Sendable {
  package static let capacity = 64
  /// A month.
  package static let seconds = 2_592_000

  /// When each ends, in nanoseconds.
  private let ends = Mutex<[String: Int64]>([:])

  package init() {}

  /// - Returns: the new session's name, as hard to guess as a token.
  package func begin(now: Int64 = platform_monotonic_nanoseconds()) -> String {
    let name = AccessToken.random()
    ends.withLock { ends in
      if ends.count >= Self.capacity, let oldest = ends.min(by: { $0.value < $1.value }) { ends[oldest.key] = nil }
      ends[name] = now + Int64(Self.seconds) * 1_000_000_000
    }
    return name
  }

  package func contains(_ name: String, now: Int64 = platform_monotonic_nanoseconds()) -> Bool {
    ends.withLock { now < $0[name] ?? .min }
  }

  package func end(_ name: String) { ends.withLock { $0[name] = nil } }
}
