import AudioFrontEnd
import Foundation
import SeededRandom

/// What a device picks up while nobody talks: steady noise of one level and color under everything, or digital silence.
public struct StreamFloor: Sendable, Equatable {
  /// In units of `Int16` at the device. 0 is digital silence.
  public var rootMeanSquare: Float
  /// The noise's coefficient: 0 is white, near 1 a rumble (``NoiseSource/addSteady(rootMeanSquare:color:to:using:)``).
  public var color: Float

  /// Creates a background of a level and a color.
  public init(rootMeanSquare: Float, color: Float) {
    self.rootMeanSquare = rootMeanSquare
    self.color = color
  }
}

/// How a training stream begins: what preceded its first utterance.
///
/// A device waits for hours. Most streams therefore begin after some time of background noise. The front end processes
/// all of it and starts from the level and color that another talker or microphone left behind.
struct StreamStart {
  /// Nil if the stream begins with the first utterance.
  var floor: StreamFloor?
  /// How long the front end processes the floor before the first utterance.
  var floorSamples = 0
  /// The last part of that time, which the encoder processes as well.
  var heardFloorSamples = 0
  /// Offset of the front end's level from its initial one, in nepers.
  var levelOffset: Float = 0
  /// `[40]`, offsets of the front end's color from its initial one, in nepers.
  var colorOffsets = [Float](repeating: 0, count: FeatureContract.melBandCount)

  /// The longest part of the floor that the encoder processes. Its memory is hardly longer.
  private static let longestHeardFloorSeconds: Float = 1.5

  init(_ configuration: AugmentationConfiguration, using generator: inout SplitMix64) {
    if generator.nextUniform() < configuration.floorShare {
      let isSilent = generator.nextUniform() < configuration.silentFloorShare
      let decibels = generator.nextUniform(in: configuration.floorDecibels)
      floor = StreamFloor(
        rootMeanSquare: isSilent ? 0 : 32_768 * powf(10, decibels / 20), color: generator.nextUniform(in: 0...0.97))
      // As many from 0.3 to 3 seconds as from 3 to 30.
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
