import AudioFrontEnd
import Foundation
import SeededRandom

/// Warps features to a vocal tract of another length.
///
/// Band energies are read at frequencies scaled by a factor, piecewise linearly to keep the highest band in place
/// (VTLP).
///
/// - Reference: Jaitly and Hinton 2013, "Vocal tract length perturbation improves speech recognition".
public struct FeatureAugmentation: Sendable {
  private static let bandCount = FeatureContract.melBandCount
  /// The mel frequency of each band's center, in steps of bands: 0 is the lower edge of all, `bandCount + 1` the upper.
  private static let lowestMel = mel(Float(FeatureContract.lowestHertz))
  private static let melStep = (mel(Float(FeatureContract.highestHertz)) - lowestMel) / Float(bandCount + 1)

  private let configuration: AugmentationConfiguration
  private var row = [Float](repeating: 0, count: bandCount)

  /// Creates an augmentation that uses the vocal tract's share and factors of `configuration`.
  public init(_ configuration: AugmentationConfiguration) { self.configuration = configuration }

  /// Warps the features with the probability `vocalTractShare`.
  ///
  /// - Parameter features: `[T, 40]`, row-major, nepers.
  public mutating func apply(
    to features: UnsafeMutableBufferPointer<Float>, using generator: inout SplitMix64
  ) {
    if generator.nextUniform() < configuration.vocalTractShare {
      warp(features, factor: generator.nextUniform(in: configuration.vocalTractFactors))
    }
  }

  /// Reads every band at its frequency times `factor`. Above 4.8 kHz the factor changes to keep the top in place.
  private mutating func warp(_ features: UnsafeMutableBufferPointer<Float>, factor: Float) {
    let highest = Float(FeatureContract.highestHertz)
    let knee = Float(4_800) * min(1, 1 / factor)
    let sources = (0..<Self.bandCount).map { band -> (below: Int, share: Float) in
      let hertz = Self.hertz(Self.lowestMel + Float(band + 1) * Self.melStep)
      let warped =
        hertz <= knee
        ? hertz * factor : highest - (highest - knee * factor) / (highest - knee) * (highest - hertz)
      let position = (Self.mel(warped) - Self.lowestMel) / Self.melStep - 1
      let clamped = min(max(position, 0), Float(Self.bandCount - 1))
      let below = min(Int(clamped), Self.bandCount - 2)
      return (below, clamped - Float(below))
    }
    for frame in stride(from: 0, to: features.count, by: Self.bandCount) {
      for (band, source) in sources.enumerated() {
        let value = features[frame + source.below]
        row[band] = value + source.share * (features[frame + source.below + 1] - value)
      }
      for band in 0..<Self.bandCount { features[frame + band] = row[band] }
    }
  }

  private static func mel(_ hertz: Float) -> Float { 2_595 * log10f(1 + hertz / 700) }
  private static func hertz(_ mel: Float) -> Float { 700 * (powf(10, mel / 2_595) - 1) }
}
