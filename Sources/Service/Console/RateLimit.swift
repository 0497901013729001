import CPlatform
import Synchronization

/// Limits how often something may happen: a burst, then a rate.
///
/// Each key, such as a peer's address, has its own count. Beyond ``keyCapacity`` keys, the least recently used one is
/// forgotten. Any thread may use it.
package final class RateLimit: Sendable {
  /// The most keys with their own count.
  package static let keyCapacity = 256

  private struct Bucket {
    var left: Double
    var nanoseconds: Int64
  }

  private let burst: Double
  private let perSecond: Double
  private let buckets = Mutex<[String: Bucket]>([:])

  /// - Parameters:
  ///   - burst: The most events at once.
  ///   - perSecond: The rate after that.
  package init(burst: Int, perSecond: Double) {
    self.burst = Double(burst)
    self.perSecond = perSecond
  }

  /// Takes one from the count.
  ///
  /// - Returns: Nil on success; otherwise the seconds until the next one is available.
  package func take(_ key: String = "", now: Int64 = platform_monotonic_nanoseconds()) -> Int? {
    buckets.withLock { buckets in
      var bucket = refilled(buckets[key], now)
      guard bucket.left >= 1 else { return Int(((1 - bucket.left) / perSecond).rounded(.up)) }
      bucket.left -= 1
      if buckets[key] == nil, buckets.count >= Self.keyCapacity,
        let oldest = buckets.min(by: { $0.value.nanoseconds < $1.value.nanoseconds })
      {
        buckets[oldest.key] = nil
      }
      buckets[key] = bucket
      return nil
    }
  }

  private func refilled(_ bucket: Bucket?, _ now: Int64) -> Bucket {
    guard let bucket else { return Bucket(left: burst, nanoseconds: now) }
    let seconds = Double(max(0, now - bucket.nanoseconds)) / 1e9
    return Bucket(left: min(burst, bucket.left + seconds * perSecond), nanoseconds: now)
  }
}
