import AudioFrontEnd
import Foundation
import SeededRandom

/// What a device hears while nobody talks: noise of one level and color that goes on under everything, or digital silence.
public struct StreamFloor: Sendable, Equatable {
  /// In units of Int16 as the device hears it; 0 is digital silence.
  public var rootMeanSquare: Float
  /// 0 is white, near 1 a rumble (``NoiseSource/addSteady(rootMeanSquare:color:to:using:)``).
  public var color: Float

  public init(rootMeanSquare: Float, color: Float) {
    self.rootMeanSquare = rootMeanSquare
    self.color = color
  }
}

/// How a stream of training begins: what went before its first utterance.
///
/// A device waits for hours. So most streams begin after some time of a floor, which the front end hears in full, and with a
/// level and a color that another talker or microphone left in the front end.
struct StreamStart {
  /// Nil where the first utterance begins the stream.
  var floor: StreamFloor?
  /// Time that the front end hears the floor before the first utterance.
  var floorSamples = 0
  /// What the encoder hears of that time: its end.
  var heardFloorSamples = 0
  /// Nepers that the front end's level lies over its initial one.
  var levelOffset: Float = 0
  /// `[40]`, nepers that the front end's color lies over its initial one.
  var colorOffsets = [Float](repeating: 0, count: FeatureContract.melBandCount)

  /// The longest time of floor that the encoder hears. Its memory reaches back little further.
  private static let longestHeardFloorSeconds: Float = 1.5

  init(_ configuration: AugmentationConfiguration, using generator: inout SplitMix64) {
    if generator.nextUniform() < configuration.floorShare {
      let isSilent = generator.nextUniform() < configuration.silentFloorShare
      let decibels = generator.nextUniform(in: configuration.floorDecibels)
      floor = StreamFloor(
        rootMeanSquare: isSilent ? 0 : 32_768 * powf(10, decibels / 20), color: generator.nextUniform(in: 0...0.97))
      // As often from 0.3 to 3 seconds as from 3 to 30.
      let range = configuration.floorSeconds
      let seconds = range.lowerBound * powf(range.upperBound / range.lowerBound, generator.nextUniform())
      floorSamples = Int(seconds * 16_000)
      heardFloorSamples = min(floorSamples, Int(generator.nextUniform() * Self.longestHeardFloorSeconds * 16_000))
    }
    if generator.nextUniform() < configuration.heardBeforeShare {
      let spread = configuration.heardBeforeNepers
      levelOffset = 2 * spread * generator.nextNormal()
      let tilt = generator.nextNormal() * spread / 2
      let bow = generator.nextNormal() * spread / 2
      let phase = generator.nextUniform(in: 0...2 * .pi)
      colorOffsets = colorOffsets.indices.map { band in
        let place = Float(band) / Float(colorOffsets.count - 1)
        return tilt * (2 * place - 1) + bow * cosf(phase + .pi * place)
      }
    }
  }
}
