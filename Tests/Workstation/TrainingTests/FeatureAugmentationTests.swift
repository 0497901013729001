import AudioFrontEnd
import Foundation
import SeededRandom
import Testing
import Training

@Suite struct FeatureAugmentationTests {
  private func changed(
    _ features: [Float], _ configuration: AugmentationConfiguration, seed: UInt64
  ) -> [Float] {
    var features = features
    var generator = SplitMix64(seed: seed)
    var augmentation = FeatureAugmentation(configuration)
    features.withUnsafeMutableBufferPointer { augmentation.apply(to: $0, using: &generator) }
    return features
  }

  /// Frames with one peak, of triangular form, around the band at `hertz`.
  private func peak(hertz: Double, frames: Int) -> [Float] {
    let place = band(hertz)
    return (0..<frames).flatMap { _ in (0..<40).map { Float(max(0, 1 - abs(Double($0) - place) / 3)) } }
  }

  private func mel(_ hertz: Double) -> Double { 2_595 * log10(1 + hertz / 700) }

  /// Band whose center lies at a frequency, with a fraction.
  private func band(_ hertz: Double) -> Double {
    let (low, high) = (mel(Double(FeatureContract.lowestHertz)), mel(Double(FeatureContract.highestHertz)))
    return (mel(hertz) - low) / (high - low) * 41 - 1
  }

  /// Center of gravity over the bands of the first frame.
  private func centre(_ features: [Float]) -> Double {
    let total = features[..<40].reduce(0, +)
    return (0..<40).reduce(0) { $0 + Double($1) * Double(features[$1] / total) }
  }

  @Test("A vocal tract factor moves a formant to its frequency divided by the factor", arguments: [0.87, 1, 1.17])
  func vocalTract(factor: Double) {
    var configuration = AugmentationConfiguration.none
    configuration.vocalTractShare = 1
    configuration.vocalTractFactors = Float(factor)...Float(factor)
    for hertz in [500.0, 1_500, 3_000] {
      let features = changed(peak(hertz: hertz, frames: 3), configuration, seed: 1)
      #expect(abs(centre(features) - band(hertz / factor)) < 0.25, "\(hertz) Hz")
      #expect(features[..<40] == features[80...])
    }
  }

  @Test("The highest band keeps its place", arguments: [0.87, 1.17] as [Float])
  func top(factor: Float) {
    var configuration = AugmentationConfiguration.none
    configuration.vocalTractShare = 1
    configuration.vocalTractFactors = factor...factor
    let rising = (0..<40).map { Float($0) }
    let warped = changed(rising, configuration, seed: 1)
    #expect(zip(warped, warped.dropFirst()).allSatisfy { $0 <= $1 })
    #expect(abs(warped[39] - 39) < 0.6)
  }

  @Test(
    "An invalid configuration is rejected before the run, with the accepted values",
    arguments: ["speedFactors", "vocalTractFactors", "reverberationSeconds", "floorSeconds", "share", "babbleTalkers"])
  func faults(key: String) throws {
    var run = try TinyRun(["ALPHA BRAVO", "CHARLIE DELTA"], seconds: 0.5)
    switch key {
    case "speedFactors": run.recipe.augmentation.speedFactors = 0.1...1
    case "vocalTractFactors": run.recipe.augmentation.vocalTractFactors = 0...1
    case "reverberationSeconds": run.recipe.augmentation.reverberationSeconds = 0...1
    case "floorSeconds": run.recipe.augmentation.floorSeconds = 0...30
    case "share": run.recipe.augmentation.noiseShare = 1.5
    default: run.recipe.augmentation.babbleTalkers = 0...2
    }
    let error = #expect(throws: TrainingError.self) { try run.trainer() }
    #expect(error.map { "\($0)".contains(key) } == true)
    run.recipe.augmentation = AugmentationConfiguration()
    #expect(throws: Never.self) { try run.trainer() }
  }
}
