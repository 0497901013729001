/// A small seeded generator, which makes runs repeatable bit for bit.
///
/// - Reference: Steele, Lea and Flood 2014, *Fast splittable pseudorandom number generators*.
public struct SplitMix64: RandomNumberGenerator, Sendable {
  /// The state of the generator.
  public var state: UInt64

  /// Creates a generator. Equal seeds give equal sequences.
  @inlinable public init(seed: UInt64) { state = seed }

  /// The next 64 random bits.
  @inlinable public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// Uniform in `0 ..< 1`.
  @inlinable public mutating func nextUniform() -> Float { Float(next() >> 40) * 0x1p-24 }

  /// Uniform in the range.
  @inlinable public mutating func nextUniform(in range: ClosedRange<Float>) -> Float {
    range.lowerBound + nextUniform() * (range.upperBound - range.lowerBound)
  }

  /// Uniform in `0 ..< bound`.
  @inlinable public mutating func nextIndex(_ bound: Int) -> Int {
    Int(next().multipliedFullWidth(by: UInt64(bound)).high)
  }

  /// Standard normal, as the scaled sum of twelve uniforms (tails end at ±6).
  @inlinable public mutating func nextNormal() -> Float {
    var sum: Float = -6
    for _ in 0..<12 { sum += nextUniform() }
    return sum
  }

  /// A generator for a part of the work, independent of the order in which the parts run.
  @inlinable public static func derived(_ seed: UInt64, _ stream: UInt64, _ index: UInt64) -> SplitMix64 {
    var generator = SplitMix64(seed: seed ^ (stream &* 0xD6E8_FEB8_6659_FD93))
    generator.state ^= generator.next() &+ index &* 0xA076_1D64_78BD_642F
    _ = generator.next()
    return generator
  }
}
