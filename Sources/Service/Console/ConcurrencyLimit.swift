import Synchronization

/// Limits how many operations run at a time, separately per key, such as a peer's address. Any thread may use it.
final class ConcurrencyLimit: Sendable {
  private let capacity: Int
  private let counts = Mutex<[String: Int]>([:])

  init(_ capacity: Int) { self.capacity = capacity }

  /// Takes a slot, which ``leave(_:)`` must free.
  ///
  /// - Returns: Whether a slot was free.
  func enter(_ key: String = "") -> Bool {
    counts.withLock { counts in
      guard counts[key, default: 0] < capacity else { return false }
      counts[key, default: 0] += 1
      return true
    }
  }

  func leave(_ key: String = "") {
    counts.withLock { counts in
      let left = counts[key, default: 0] - 1
      counts[key] = left > 0 ? left : nil
    }
  }
}
