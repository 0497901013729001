/// Seeded random draws for tests: the 64-bit linear congruential generator of Knuth's MMIX.
struct TestGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return state >> 16
  }

  /// Uniform in `0..<bound`.
  mutating func next(below bound: Int) -> Int { Int(next() % UInt64(bound)) }

  /// Uniform in −1…1.
  mutating func nextFloat() -> Float { Float(next() & 0xFFFF) / 32_767.5 - 1 }
}
