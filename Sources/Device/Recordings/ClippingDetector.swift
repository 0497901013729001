/// Finds clipped samples: those that are at least the third in a row of ±32,767 or beyond.
///
/// One or two are what a peak that just fits has; a flat top is clipped. Real-time safe. One thread.
package struct ClippingDetector: Sendable {
  /// Samples at full scale so far, in a row.
  private var fullScaleCount = 0

  package init() {}

  /// Takes the next sample's magnitude, 0…32,768.
  ///
  /// - Returns: How many samples are now known to be clipped: three with the third of a flat top, one with each after it.
  @inline(__always)
  package mutating func add(magnitude: Int32) -> Int {
    guard magnitude >= 32_767 else {
      fullScaleCount = 0
      return 0
    }
    fullScaleCount += 1
    return fullScaleCount < 3 ? 0 : fullScaleCount == 3 ? 3 : 1
  }
}
