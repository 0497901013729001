/// The exponential and functions based on it, without the C library, so every target computes the same bits.
///
/// Uses only additions, multiplications and divisions, each rounded once by IEEE 754.
package enum Activations {
  /// `eˣ`, within 2 units in the last place; 0 below −87 and for NaN; the value at 88 above 88.
  ///
  /// With `x = n·ln 2 + r`, `|r| ≤ ½ ln 2`: `eˣ = 2ⁿ·Σ rᵏ/k!`. The first omitted term is below 1e-8.
  package static func exponential(_ x: Float) -> Float {
    // Huge weights in a file can cause NaN sums, which cannot be converted to an integer below.
    guard x >= -87 else { return 0 }
    let bounded = x > 88 ? 88 : x
    let n = (bounded * 1.442_695_04).rounded(.toNearestOrEven)
    // ln 2 in two parts; the first has few enough bits for an exact product with n.
    let r = (bounded - n * 0.693_359_375) + n * 2.121_944_4e-4
    var series: Float = 1.0 / 5_040
    series = series * r + 1.0 / 720
    series = series * r + 1.0 / 120
    series = series * r + 1.0 / 24
    series = series * r + 1.0 / 6
    series = series * r + 0.5
    series = series * r + 1
    series = series * r + 1
    return series * Float(bitPattern: UInt32(Int32(n) + 127) << 23)
  }

  /// `1 / (1 + e⁻ˣ)`.
  package static func sigmoid(_ x: Float) -> Float { 1 / (1 + exponential(-x)) }

  /// `tanh x`, within 2e-7.
  package static func hyperbolicTangent(_ x: Float) -> Float {
    // Beyond ±9, the result is exactly ±1.
    let bounded = max(-9.5, min(9.5, x))
    let squared = exponential(2 * bounded)
    return (squared - 1) / (squared + 1)
  }

  /// Replaces `logits[0..<count]` by their softmax.
  package static func softmax(_ logits: UnsafeMutablePointer<Float>, _ count: Int) {
    var largest = logits[0]
    for index in 1..<count { largest = max(largest, logits[index]) }
    var sum: Float = 0
    for index in 0..<count {
      logits[index] = exponential(logits[index] - largest)
      sum += logits[index]
    }
    for index in 0..<count { logits[index] /= sum }
  }
}
