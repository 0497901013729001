/// Logarithm and unit circle without the C library, so every target computes the same bits.
///
/// Uses only additions, multiplications and divisions, each rounded once by IEEE 754. Swift never fuses a
/// multiplication and an addition on its own, so the features of an ARM board equal those of the workstation.
enum ElementaryFunctions {
  /// `ln x` in four lanes.
  ///
  /// With `x = 2ᵉ·m`, `√½ ≤ m < √2` and `s = (m − 1)/(m + 1)`: `ln x = e·ln 2 + 2s·(1 + z/3 + z²/5 + z³/7 + z⁴/9)`,
  /// `z = s²`. With `|s| ≤ 0.1716`, the first omitted term is below 1e-9. The result is within 2 units in the last
  /// place or 1e-7, whichever is larger.
  ///
  /// - Precondition: every lane is positive, finite and normal.
  @inline(__always)
  static func naturalLogarithm(_ x: Float4) -> Float4 {
    let bits = unsafeBitCast(x.lanes, to: SIMD4<UInt32>.self)
    let rootOfHalf: UInt32 = 0x3f35_04f3
    // Biased by 128, so the exponent stays unsigned: the floor of the distance of a lane from √½ in powers of two.
    let biasedExponent = (bits &- rootOfHalf &+ (128 << 23)) &>> 23
    let mantissa = Float4(
      unsafeBitCast(bits &- (biasedExponent &<< 23) &+ (128 << 23), to: SIMD4<Float>.self))
    // An integer below 2²³ in the mantissa of 2²³ gives that integer as a Float. The conversion instruction would run
    // lane by lane.
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

  /// `ln x` in double precision, only for tables.
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

  /// `(cos 2πn/turn, sin 2πn/turn)` in double precision, only for tables.
  ///
  /// Integer arithmetic reduces the angle to an eighth of a turn, for which the Taylor series is short.
  ///
  /// - Precondition: `0 ≤ n < turn`, and `turn` is a multiple of 8.
  static func unitCircle(_ n: Int, of turn: Int) -> (cosine: Double, sine: Double) {
    precondition(n >= 0 && n < turn && turn % 8 == 0, "n is below turn, and turn is a multiple of 8")
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
