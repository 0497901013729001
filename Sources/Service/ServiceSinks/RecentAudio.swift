/// The last samples of a stream, by their positions from its start.
///
/// After `init`, only ``samples(_:)`` allocates.
struct RecentAudio {
  private var ring: [Int16]
  /// The number of samples appended so far.
  private(set) var endSample: Int64 = 0

  /// - Parameter capacity: The number of samples to keep.
  init(capacity: Int) { ring = [Int16](repeating: 0, count: capacity) }

  /// The position of the first sample that is kept.
  var startSample: Int64 { max(0, endSample - Int64(ring.count)) }

  mutating func append(_ samples: UnsafeBufferPointer<Int16>) {
    let kept = UnsafeBufferPointer(rebasing: samples.suffix(ring.count))
    let first = Int((endSample + Int64(samples.count - kept.count)) % Int64(ring.count))
    endSample += Int64(samples.count)
    ring.withUnsafeMutableBufferPointer { ring in
      let count = min(kept.count, ring.count - first)
      _ = UnsafeMutableBufferPointer(rebasing: ring[first..<first + count]).update(fromContentsOf: kept[..<count])
      guard count < kept.count else { return }
      _ = UnsafeMutableBufferPointer(rebasing: ring[..<(kept.count - count)]).update(fromContentsOf: kept[count...])
    }
  }

  /// The part of a range that is available.
  func samples(_ range: Range<Int64>) -> (start: Int64, samples: [Int16]) {
    let there = range.clamped(to: startSample..<endSample)
    guard !there.isEmpty else { return (there.lowerBound, []) }
    let first = Int(there.lowerBound % Int64(ring.count))
    let count = min(there.count, ring.count - first)
    var samples: [Int16] = []
    samples.reserveCapacity(there.count)
    samples += ring[first..<first + count]
    samples += ring[..<(there.count - count)]
    return (there.lowerBound, samples)
  }
}
