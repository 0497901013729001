import SeededRandom

/// Masks ranges of time and of frequency, which keeps the encoder from relying on single cues.
///
/// Features are centered, so a masked one is 0. Masks may overlap.
///
/// - Reference: Park et al. 2019, arXiv:1904.08779, without time warping (``AudioAugmenter`` changes the speed
///   instead).
public struct SpecAugment: Sendable {
  /// Masks over all frames, each of 0…`widestFrequencyMaskBands` adjacent bands.
  public var frequencyMaskCount = 2
  /// The widest frequency mask, in bands.
  public var widestFrequencyMaskBands = 6
  /// Average number of masks per second over all bands, each of 0…`widestTimeMaskFrames` frames.
  public var timeMasksPerSecond: Float = 0.7
  /// The widest time mask, in frames of 10 ms.
  public var widestTimeMaskFrames = 12

  private static let bandCount = 40

  /// Creates the default masks.
  public init() {}

  /// Sets the masked features to 0.
  ///
  /// - Parameter features: `[T, 40]`, row-major.
  public func apply(to features: UnsafeMutableBufferPointer<Float>, using generator: inout SplitMix64) {
    let frameCount = features.count / Self.bandCount
    guard frameCount > 0, let base = features.baseAddress else { return }
    for _ in 0..<frequencyMaskCount {
      let width = generator.nextIndex(widestFrequencyMaskBands + 1)
      let first = generator.nextIndex(Self.bandCount - width + 1)
      guard width > 0 else { continue }
      for frame in 0..<frameCount {
        (base + frame * Self.bandCount + first).update(repeating: 0, count: width)
      }
    }
    // The fraction of a mask is a probability, which gives short phrases as many masks per second as long ones.
    let timeMaskCount = Int(timeMasksPerSecond * Float(frameCount) / 100 + generator.nextUniform())
    for _ in 0..<timeMaskCount {
      let width = generator.nextIndex(min(widestTimeMaskFrames, frameCount) + 1)
      let first = generator.nextIndex(frameCount - width + 1)
      (base + first * Self.bandCount).update(repeating: 0, count: width * Self.bandCount)
    }
  }
}
