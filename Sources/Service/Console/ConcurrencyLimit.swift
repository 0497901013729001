import Synchronization

/// How many may be at something at once, each key for itself, such as a peer's address. For any thread.
final class ConcurrencyLimit: Sendable {
  private let capacity: Int
  private let counts = Mutex<[String: Int]>([:])

  init(_ capacity: Int) { self.capacity = capacity }

  /// Takes a place, which is to be given back with ``leave(_:)``.
  ///
  /// - Returns: whether there was one.
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
