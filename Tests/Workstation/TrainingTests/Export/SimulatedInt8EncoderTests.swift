import AudioFrontEnd
import KeywordSpotting
import ModelFormat
import SeededRandom
import Testing
import Training
import UntrainedModels

@Suite struct SimulatedInt8EncoderTests {
  /// The engine's embeddings of features in steps, frame by frame.
  static func engine(_ contents: AcousticModelContents, features: [[Int8]]) throws -> [[Int8]] {
    let bytes = try contents.encoded()
    return try bytes.withUnsafeBytes { bytes in
      let model = try AcousticModel(bytes, expectedFeatureContract: contents.featureContract)
      var encoder = StreamingEncoder(model, path: .portable)
      var embeddings: [[Int8]] = []
      for feature in features {
        encoder.process(feature: feature) { embedding in
          embeddings.append((0..<model.embeddingDimension).map { embedding[$0] })
        }
      }
      return embeddings
    }
  }

  static func simulation(_ contents: AcousticModelContents, features: [[Int8]]) -> [[Int8]] {
    let input = Matrix(rows: features.count, columns: 40, values: features.joined().map(Float.init))
    let output = SimulatedInt8Encoder(contents.layers).forward(input)
    return (0..<output.rows).map { row in (0..<output.columns).map { Int8(output[row, $0]) } }
  }

  private static func features(_ count: Int, seed: UInt64, largest: Int = 127) -> [[Int8]] {
    var generator = SplitMix64(seed: seed)
    return (0..<count).map { _ in (0..<40).map { _ in Int8(generator.nextIndex(2 * largest + 1) - largest) } }
  }

  /// One frame more and less than the first embedding needs, and a length that no stride divides.
  @Test("The simulation equals the engine byte for byte", arguments: [4, 9, 10, 11, 75], [2201, 2202] as [UInt64])
  func equality(frames: Int, seed: UInt64) throws {
    let contents = AcousticModelContents.untrained(seed: seed, featureContract: 7)
    let features = Self.features(frames, seed: seed)
    let engine = try Self.engine(contents, features: features)
    #expect(Self.simulation(contents, features: features) == engine, "seed \(seed), \(frames) frames")
    if frames == 75 { #expect(Set(engine.joined()).count > 20, "the model says nothing") }
  }

  @Test("A model of the released size gives the engine's bytes") func releasedSize() throws {
    let shapes = try AcousticModelContents.releasedShapes(featureContract: FeatureContract.hash)
    let contents = AcousticModelContents.untrained(seed: 2203, shapes: shapes, featureContract: 7)
    let features = Self.features(60, seed: 2203, largest: 60)
    let engine = try Self.engine(contents, features: features)
    #expect(Self.simulation(contents, features: features) == engine)
  }

  /// 36 · 40 = 1,440 products of ±127 each: their sum is beyond what a `Float` holds exactly.
  @Test("A layer deeper than a slice, with maximal sums, equals the engine byte for byte") func deep() throws {
    let shapes = [
      LayerShape(
        kind: .dense, activation: .linear, inputChannels: 40, outputChannels: 12, kernelFrames: 36, stride: 4,
        rightContext: 3),
      LayerShape(kind: .dense, activation: .linear, inputChannels: 12, outputChannels: 16),
    ]
    var contents = AcousticModelContents.untrained(seed: 2204, shapes: shapes, featureContract: 7)
    for index in contents.layers[0].weights.indices {
      contents.layers[0].weights[index] = index % 1_440 < 1_439 ? 127 : Int8(index / 1_440)
    }
    // A step of 2²⁰ sums: the last products decide near the middle between two values.
    contents.layers[0].biases = (0..<12).map { $0 - 23_225_000 + 1_048_576 * $0 }
    contents.layers[0].multipliersQ30 = .init(repeating: 1_024, count: 12)
    var features = Self.features(120, seed: 2204)
    for frame in features.indices { for band in 0..<40 where band != 17 { features[frame][band] = 127 } }
    let engine = try Self.engine(contents, features: features)
    #expect(Self.simulation(contents, features: features) == engine)
    #expect(Set(engine.joined()).count > 4, "the model says nothing")
  }

  /// The largest multipliers, biases and residual multipliers that a file may hold.
  @Test("Sums far outside the range are clamped as in the engine") func extremes() throws {
    var contents = AcousticModelContents.untrained(seed: 2205, featureContract: 7)
    for layer in contents.layers.indices {
      for channel in contents.layers[layer].biases.indices where channel % 3 == 0 {
        contents.layers[layer].multipliersQ30[channel] = .max
        contents.layers[layer].biases[channel] = channel % 2 == 0 ? (1 << 29) - 1 : 1 - (1 << 29)
      }
      if contents.layers[layer].shape.addsResidual { contents.layers[layer].residualMultiplierQ30 = .max }
    }
    let features = Self.features(80, seed: 2205)
    let engine = try Self.engine(contents, features: features)
    #expect(Self.simulation(contents, features: features) == engine)
  }
}
