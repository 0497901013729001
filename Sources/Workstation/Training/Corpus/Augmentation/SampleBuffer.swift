/// A growable range of `Float` samples with zeros before and after it, which allows filters to read past its ends.
///
/// Samples are in units of `Int16`. One thread at a time. Memory is kept from one use to the next.
final class SampleBuffer {
  /// Zeros before the first sample: at least the longest delay of a filter.
  static let margin = 4_096
  /// Zeros after the last sample, for whole vectors.
  private static let tail = 64

  private var storage: UnsafeMutablePointer<Float>
  private var capacity: Int
  private(set) var count = 0

  init() {
    capacity = Self.margin + 16_000 + Self.tail
    storage = .allocate(capacity: capacity)
    storage.initialize(repeating: 0, count: capacity)
  }

  deinit { storage.deallocate() }

  /// The first sample, preceded by `margin` zeros.
  var samples: UnsafeMutablePointer<Float> { storage + Self.margin }

  /// Sets the length. All samples and both margins are zero afterwards.
  func clear(count: Int) {
    let needed = Self.margin + count + Self.tail
    if needed > capacity {
      storage.deallocate()
      capacity = needed + needed / 2
      storage = .allocate(capacity: capacity)
      storage.initialize(repeating: 0, count: capacity)
    } else {
      storage.update(repeating: 0, count: needed)
    }
    self.count = count
  }

  /// Mean square of the samples in `range`; 0 for an empty range.
  func power(_ range: Range<Int>) -> Float {
    guard !range.isEmpty else { return 0 }
    var sums = SIMD8<Float>(repeating: 0)
    var index = range.lowerBound
    while index + 8 <= range.upperBound {
      let values = load8(samples + index)
      sums += values * values
      index += 8
    }
    var sum = sums.sum()
    while index < range.upperBound {
      sum += samples[index] * samples[index]
      index += 1
    }
    return sum / Float(range.count)
  }

  /// Adds `gain · other` sample by sample.
  ///
  /// - Precondition: `other` has the same length.
  func add(_ other: SampleBuffer, gain: Float) {
    precondition(other.count == count, "added buffers have the same length")
    var index = 0
    while index < count {
      store8(load8(samples + index) + load8(other.samples + index) * gain, samples + index)
      index += 8
    }
    clearTail()
  }

  /// Removes samples at the start.
  func dropFirst(_ dropped: Int) {
    samples.update(from: samples + dropped, count: count - dropped)
    (samples + count - dropped).update(repeating: 0, count: dropped)
    count -= dropped
  }

  func scale(by gain: Float) {
    for index in 0..<count { samples[index] *= gain }
  }

  /// Zeros the values that a loop over whole vectors wrote past the last sample.
  func clearTail() { (samples + count).update(repeating: 0, count: Self.tail) }
}

/// Loads eight adjacent values from an address of any alignment.
@inline(__always)
func load8(_ address: UnsafePointer<Float>) -> SIMD8<Float> {
  UnsafeRawPointer(address).loadUnaligned(as: SIMD8<Float>.self)
}

/// Stores eight adjacent values at an address of any alignment.
@inline(__always)
func store8(_ value: SIMD8<Float>, _ address: UnsafeMutablePointer<Float>) {
  UnsafeMutableRawPointer(address).storeBytes(of: value, as: SIMD8<Float>.self)
}
