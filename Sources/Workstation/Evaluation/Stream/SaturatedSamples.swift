extension Int16 {
  /// The sample nearest to a sum of sounds, ties away from zero, saturated at full scale.
  ///
  /// Unlike `roundedSample(steps:)` it is exact at the largest Float below ½; the streams of the evaluation are made by it.
  init(saturating sum: Float) {
    self = Int16(Swift.max(-32_768, Swift.min(32_767, sum.rounded())))
  }
}
