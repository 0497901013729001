import SeededRandom

/// Hides stretches of time and of frequency from the encoder, so that it does not lean on single cues.
///
/// Features are centred, so a hidden one is 0. Masks may overlap.
///
/// - Reference: Park et al. 2019, arXiv:1904.08779, without time warping (the recordings' speed is changed instead).
public struct SpecAugment: Sendable {
  /// Masks over all frames, each of 0…`widestFrequencyMaskBands` neighbouring bands.
  public var frequencyMaskCount = 2
  public var widestFrequencyMaskBands = 6
  /// Masks over all bands, each of 0…`widestTimeMaskFrames` frames of 10 ms; so many on average.
  public var timeMasksPerSecond: Float = 0.7
  public var widestTimeMaskFrames = 12

  private static let bandCount = 40

  public init() {}

  /// - Parameter features: `[T, 40]`, row by row.
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
    // The fraction of a mask is a chance, so that short phrases are masked as often per second as long ones.
    let timeMaskCount = Int(timeMasksPerSecond * Float(frameCount) / 100 + generator.nextUniform())
    for _ in 0..<timeMaskCount {
      let width = generator.nextIndex(min(widestTimeMaskFrames, frameCount) + 1)
      let first = generator.nextIndex(frameCount - width + 1)
      (base + first * Self.bandCount).update(repeating: 0, count: width * Self.bandCount)
    }
  }
}
