/// Exponential, logarithm and vector products without the C library, so every target computes the same bits.
///
/// Uses only additions, multiplications, divisions and square roots, each rounded once by IEEE 754. Swift never fuses a
/// multiplication and an addition on its own. Allocates nothing.
package enum FloatFunctions {
  /// `eˣ` in eight lanes, within 2 units in the last place for −87 ≤ x ≤ 88. Outside, the value at the nearer end.
  ///
  /// With `n = round(x / ln 2)` and `r = x − n·ln 2`, `|r| ≤ 0.35`: `eˣ = 2ⁿ · (1 + r + r²/2 + … + r⁷/5040)`.
  @inline(__always)
  package static func exponential(_ value: SIMD8<Float>) -> SIMD8<Float> {
    let lowest = SIMD8<Float>(repeating: -87)
    let highest = SIMD8<Float>(repeating: 88)
    var x = value.replacing(with: lowest, where: value .< lowest)
    x = x.replacing(with: highest, where: x .> highest)
    // Adding 1.5·2²³ leaves no bits for a fraction: the low bits of the sum are the nearest integer.
    let magic = SIMD8<Float>(repeating: 12_582_912)
    let shifted = x * 1.442_695 + magic
    let whole = shifted - magic
    // ln 2 in two parts, the first with few enough bits for an exact product with n.
    let r = (x - whole * 0.693_359_4) + whole * 2.121_944_4e-4
    var series = r * Float(1.0 / 5040) + Float(1.0 / 720)
    series = series * r + Float(1.0 / 120)
    series = series * r + Float(1.0 / 24)
    series = series * r + Float(1.0 / 6)
    series = series * r + Float(0.5)
    series = series * r + Float(1)
    series = series * r + Float(1)
    let exponent = unsafeBitCast(shifted, to: SIMD8<UInt32>.self) &- 0x4B40_0000 &+ 127
    return series * unsafeBitCast(exponent &<< 23, to: SIMD8<Float>.self)
  }

  /// `eˣ` of one number.
  package static func exponential(_ value: Float) -> Float {
    exponential(SIMD8(repeating: value))[0]
  }

  /// `eˣ` of any number: 0 below −87 and for NaN, the value at 88 above 88.
  ///
  /// Huge weights in a file can make sums that are NaN; this keeps NaN out of what follows.
  package static func exponentialOrZero(_ value: Float) -> Float {
    value >= -87 ? exponential(value) : 0
  }

  /// `tanh x = 1 − 2 / (e²ˣ + 1)` in eight lanes, within 2·10⁻⁷.
  ///
  /// `Activations.hyperbolicTangent` in TextEnrollment divides otherwise, and differs in the last bits of a third of the values.
  /// The two stay apart: scores depend on this one's bits, phrase files and pronunciations on the other's.
  @inline(__always)
  package static func hyperbolicTangent(_ value: SIMD8<Float>) -> SIMD8<Float> {
    let one = SIMD8<Float>(repeating: 1)
    return one - (one + one) / (exponential(value + value) + one)
  }

  /// The logistic function `1 / (1 + e⁻ˣ)`.
  package static func logistic(_ value: Float) -> Float {
    1 / (1 + exponential(-value))
  }

  /// `ln x`, within 2 units in the last place or 10⁻⁷, whichever is larger.
  ///
  /// With `x = 2ᵉ·m`, `√½ ≤ m < √2` and `s = (m − 1)/(m + 1)`: `ln x = e·ln 2 + 2·(s + s³/3 + s⁵/5 + s⁷/7 + s⁹/9)`.
  ///
  /// - Precondition: `value` is positive, finite and normal.
  package static func naturalLogarithm(_ value: Float) -> Float {
    var exponent = Float(value.exponent)
    var mantissa = value.significand
    if mantissa > 1.414_213_5 {
      mantissa /= 2
      exponent += 1
    }
    let s = (mantissa - 1) / (mantissa + 1)
    let z = s * s
    var series = z * Float(1.0 / 9) + Float(1.0 / 7)
    series = series * z + Float(1.0 / 5)
    series = series * z + Float(1.0 / 3)
    series = series * z + Float(1)
    return exponent * 0.693_147_2 + (s + s) * series
  }

  /// `Σ aᵢ·bᵢ` over `count` values, in eight running sums.
  package static func dot(_ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ count: Int) -> Float {
    var sums = SIMD8<Float>.zero
    var index = 0
    while index &+ 8 <= count {
      sums += a.lanes(at: index) * b.lanes(at: index)
      index &+= 8
    }
    var rest: Float = 0
    while index < count {
      rest += a[index] * b[index]
      index &+= 1
    }
    return sum(sums) + rest
  }

  /// `y ← y + a·x` over `count` values.
  package static func addScaled(
    _ x: UnsafePointer<Float>, by a: Float, to y: UnsafeMutablePointer<Float>, _ count: Int
  ) {
    var index = 0
    while index &+ 8 <= count {
      y.setLanes(UnsafePointer(y).lanes(at: index) + x.lanes(at: index) * a, at: index)
      index &+= 8
    }
    while index < count {
      y[index] += a * x[index]
      index &+= 1
    }
  }

  /// The sum of eight lanes, in a fixed order.
  @inline(__always)
  package static func sum(_ lanes: SIMD8<Float>) -> Float {
    let four = lanes.lowHalf + lanes.highHalf
    let two = four.lowHalf + four.highHalf
    return two[0] + two[1]
  }
}

extension UnsafePointer<Float> {
  /// Eight values from `index`, at any alignment.
  @inline(__always)
  func lanes(at index: Int) -> SIMD8<Float> {
    UnsafeRawPointer(self + index).loadUnaligned(as: SIMD8<Float>.self)
  }
}

extension UnsafeMutablePointer<Float> {
  /// Eight values from `index`, at any alignment.
  @inline(__always)
  func lanes(at index: Int) -> SIMD8<Float> {
    UnsafeRawPointer(self + index).loadUnaligned(as: SIMD8<Float>.self)
  }

  /// Stores eight values from `index`, at any alignment.
  @inline(__always)
  func setLanes(_ lanes: SIMD8<Float>, at index: Int) {
    UnsafeMutableRawPointer(self + index).storeBytes(of: lanes, as: SIMD8<Float>.self)
  }
}
