/// SplitMix64: 64 random bits a step, a pure function of the seed.
///
/// The draws below are written out here, so that a list drawn with a seed does not depend on the standard library's
/// version.
///
/// - Reference: Steele, Lea, Flood 2014, "Fast splittable pseudorandom number generators".
struct SplitMix64: RandomNumberGenerator, Sendable {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  /// Uniform in [0, 1), 53 bits.
  mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// Uniform in 0..<bound; the bias is below bound / 2⁶⁴.
  ///
  /// - Precondition: `bound > 0`.
  mutating func index(below bound: Int) -> Int {
    precondition(bound > 0)
    return Int(truncatingIfNeeded: next().multipliedFullWidth(by: UInt64(bound)).high)
  }

  /// Fisher-Yates.
  mutating func shuffle<Element>(_ elements: inout [Element]) {
    guard elements.count > 1 else { return }
    for last in stride(from: elements.count - 1, to: 0, by: -1) { elements.swapAt(last, index(below: last + 1)) }
  }

  /// Up to `count` different elements in drawn order.
  mutating func sample<Element>(_ count: Int, of elements: [Element]) -> [Element] {
    var pool = elements
    let taken = min(count, pool.count)
    for position in 0..<taken { pool.swapAt(position, position + index(below: pool.count - position)) }
    return Array(pool[..<taken])
  }
}
