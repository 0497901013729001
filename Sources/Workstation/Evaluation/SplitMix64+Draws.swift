import Training

/// Draws written out, so that a list drawn with a seed does not depend on the standard library's version.
extension SplitMix64 {
  /// Uniform in [0, 1), 53 bits.
  mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// Fisher-Yates.
  mutating func shuffle<Element>(_ elements: inout [Element]) {
    guard elements.count > 1 else { return }
    for last in stride(from: elements.count - 1, to: 0, by: -1) { elements.swapAt(last, nextIndex(last + 1)) }
  }

  /// Up to `count` different elements in drawn order.
  mutating func sample<Element>(_ count: Int, of elements: [Element]) -> [Element] {
    var pool = elements
    let taken = min(count, pool.count)
    for position in 0..<taken { pool.swapAt(position, position + nextIndex(pool.count - position)) }
    return Array(pool[..<taken])
  }
}
