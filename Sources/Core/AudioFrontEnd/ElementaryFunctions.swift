/// Logarithm and unit circle without the C library, so that every target computes the very same bits.
///
/// Only additions, multiplications and divisions are used, each rounded once by IEEE 754, and Swift never fuses a
/// multiplication with an addition on its own: the features of an ARM board equal those of the workstation.
enum ElementaryFunctions {
  /// `ln x` in four lanes.
  ///
  /// With `x = 2ᵉ·m`, `√½ ≤ m < √2` and `s = (m − 1)/(m + 1)`: `ln x = e·ln 2 + 2s·(1 + z/3 + z²/5 + z³/7 + z⁴/9)`,
  /// `z = s²`. `|s| ≤ 0.1716` keeps the first omitted term under 1e-9; the result is within 2 units in the last place
  /// or 1e-7, whichever is larger.
  ///
  /// - Precondition: Every lane is positive, finite and normal.
  @inline(__always)
  static func naturalLogarithm(_ x: Float4) -> Float4 {
    let bits = unsafeBitCast(x.lanes, to: SIMD4<UInt32>.self)
    let rootOfHalf: UInt32 = 0x3f35_04f3
    // Biased by 128 so that the exponent stays unsigned: the floor of the lanes' distance from √½ in powers of two.
    let biasedExponent = (bits &- rootOfHalf &+ (128 << 23)) &>> 23
    let mantissa = Float4(
      unsafeBitCast(bits &- (biasedExponent &<< 23) &+ (128 << 23), to: SIMD4<Float>.self))
    // An integer below 2²³ written into the mantissa of 2²³ is that integer as a Float; the conversion
    // instruction would be done lane by lane.
    let exponent =
      Float4(unsafeBitCast(biasedExponent | 0x4b00_0000, to: SIMD4<Float>.self)) - Float4(repeating: 8_388_608 + 128)
    let one = Float4(repeating: 1)
    let s = (mantissa - one) / (mantissa + one)
    let z = s * s
    // Horner's rule.
    var series = z * Float4(repeating: 1.0 / 9) + Float4(repeating: 1.0 / 7)
    series = z * series + Float4(repeating: 1.0 / 5)
    series = z * series + Float4(repeating: 1.0 / 3)
    series = z * series + one
    return exponent * Float4(repeating: 0.693_147_18) + (s + s) * series
  }

  /// `ln x` in double precision, for tables only.
  ///
  /// - Precondition: `x` is positive, finite and normal.
  static func naturalLogarithm(_ x: Double) -> Double {
    var exponent = x.exponent
    var mantissa = x.significand
    if mantissa > 1.414_213_562_373_095_1 {
      mantissa /= 2
      exponent += 1
    }
    let s = (mantissa - 1) / (mantissa + 1)
    var series = 0.0
    var power = s
    var divisor = 1.0
    while divisor < 25 {
      series += power / divisor
      power *= s * s
      divisor += 2
    }
    return Double(exponent) * 0.693_147_180_559_945_309_4 + 2 * series
  }

  /// `(cos 2πn/turn, sin 2πn/turn)` in double precision, for tables only.
  ///
  /// The angle is folded into an eighth of a turn by whole-number arithmetic, where the Taylor series is short.
  ///
  /// - Precondition: `0 ≤ n < turn`, `turn` a multiple of 8.
  static func unitCircle(_ n: Int, of turn: Int) -> (cosine: Double, sine: Double) {
    precondition(n >= 0 && n < turn && turn % 8 == 0, "an angle is n of turn equal parts, eight or a multiple")
    let quarter = turn / 4
    var m = n % quarter
    let mirrored = m > turn / 8
    if mirrored { m = quarter - m }
    let angle = 6.283_185_307_179_586_476_9 * Double(m) / Double(turn)
    var term = 1.0
    var cosine = 0.0
    var sine = 0.0
    var k = 0
    while k < 20 {
      let positive = k & 2 == 0
      if k & 1 == 0 { cosine += positive ? term : -term } else { sine += positive ? term : -term }
      k += 1
      term *= angle / Double(k)
    }
    if mirrored { (cosine, sine) = (sine, cosine) }
    switch n / quarter {
    case 0: return (cosine, sine)
    case 1: return (-sine, cosine)
    case 2: return (-cosine, -sine)
    default: return (sine, -cosine)
    }
  }
}
