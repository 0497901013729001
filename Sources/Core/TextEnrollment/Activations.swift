import KeywordSpotting

/// The activations of the recurrent layers and the softmax, without the C library, so every target computes the same bits.
package enum Activations {
  /// `1 / (1 + e⁻ˣ)`; 1 for NaN, where `FloatFunctions.logistic` gives NaN.
  package static func sigmoid(_ x: Float) -> Float { 1 / (1 + FloatFunctions.exponentialOrZero(-x)) }

  /// `tanh x = (e²ˣ − 1) / (e²ˣ + 1)`, within 2e-7.
  ///
  /// `FloatFunctions.hyperbolicTangent` uses another form, and its last bits differ for a third of the values. The two
  /// stay separate: a merge would change phrase files and pronunciations.
  package static func hyperbolicTangent(_ x: Float) -> Float {
    // Beyond ±9, the result is exactly ±1.
    let bounded = max(-9.5, min(9.5, x))
    let squared = FloatFunctions.exponentialOrZero(2 * bounded)
    return (squared - 1) / (squared + 1)
  }

  /// Replaces `logits[0..<count]` by their softmax.
  package static func softmax(_ logits: UnsafeMutablePointer<Float>, _ count: Int) {
    var largest = logits[0]
    for index in 1..<count { largest = max(largest, logits[index]) }
    var sum: Float = 0
    for index in 0..<count {
      logits[index] = FloatFunctions.exponentialOrZero(logits[index] - largest)
      sum += logits[index]
    }
    for index in 0..<count { logits[index] /= sum }
  }
}
