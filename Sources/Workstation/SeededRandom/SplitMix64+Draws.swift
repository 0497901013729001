/// Draws with explicit algorithms, independent of the standard library's version.
extension SplitMix64 {
  /// Uniform in [0, 1), 53 bits.
  public mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// Fisher-Yates.
  public mutating func shuffle<Element>(_ elements: inout [Element]) {
    guard elements.count > 1 else { return }
    for last in stride(from: elements.count - 1, to: 0, by: -1) { elements.swapAt(last, nextIndex(last + 1)) }
  }

  /// Up to `count` different elements in drawn order.
  public mutating func sample<Element>(_ count: Int, of elements: [Element]) -> [Element] {
    var pool = elements
    let taken = min(count, pool.count)
    for position in 0..<taken { pool.swapAt(position, position + nextIndex(pool.count - position)) }
    return Array(pool[..<taken])
  }
}

/// Draws for models with random weights, and for tests.
extension SplitMix64 {
  /// A whole number of `range`, near enough to uniform for tests.
  public mutating func integer(in range: ClosedRange<Int>) -> Int {
    range.lowerBound + Int(next() % UInt64(range.upperBound - range.lowerBound + 1))
  }

  /// Uniform over −`magnitude` … `magnitude`, with 24 bits.
  public mutating func float(magnitude: Float) -> Float {
    (Float(next() >> 40) / Float(1 << 23) - 1) * magnitude
  }

  /// `count` values, each uniform over −`magnitude` … `magnitude`.
  public mutating func floats(_ count: Int, magnitude: Float) -> [Float] {
    var values = [Float](repeating: 0, count: count)
    for index in 0..<count { values[index] = float(magnitude: magnitude) }
    return values
  }
}
