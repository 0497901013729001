import AudioFrontEnd
import KeywordSpotting
import ModelFormat
import SeededRandom
import UntrainedModels

/// Untrained models and random phrases. They detect nothing, but everything runs.
enum TestModel {
  /// Opens an untrained model. Its bytes are never freed.
  static func make(
    seed: UInt64 = 1, shapes: [LayerShape] = AcousticModelContents.testShapes
  ) throws -> AcousticModel {
    let contents = AcousticModelContents.untrained(seed: seed, shapes: shapes, featureContract: FeatureContract.hash)
    let bytes = try contents.encoded()
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 64)
    memory.copyBytes(from: bytes)
    return try AcousticModel(UnsafeRawBufferPointer(memory), expectedFeatureContract: FeatureContract.hash)
  }

  /// A unit vector in a random direction.
  static func unit(_ dimension: Int, _ generator: inout SplitMix64) -> [Float] {
    let vector = generator.floats(dimension, magnitude: 1)
    let length = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
    return vector.map { $0 / length }
  }

  static func variant(phonemes: [UInt8], dimension: Int, _ generator: inout SplitMix64) -> PhraseVariant {
    PhraseVariant(
      phonemes: phonemes, wordInitial: phonemes.indices.map { $0 == 0 },
      phonemeEmbeddings: phonemes.flatMap { _ in unit(dimension, &generator) },
      utteranceEmbedding: unit(dimension, &generator))
  }

  static func phonemes(_ count: Int, _ generator: inout SplitMix64) -> [UInt8] {
    (0..<count).map { _ in UInt8(generator.integer(in: 0...38)) }
  }

  /// A phrase with one to three variants of random phonemes and embeddings.
  static func enrollment(
    dimension: Int, phonemeCount: Int, threshold: Float, _ generator: inout SplitMix64
  ) -> Enrollment {
    let variants = (0..<generator.integer(in: 1...3)).map { _ in
      variant(phonemes: phonemes(phonemeCount, &generator), dimension: dimension, &generator)
    }
    return Enrollment(text: "made up", variants: variants, threshold: threshold)
  }

  /// Noise with changing level and color, so features and embeddings change, too.
  static func samples(_ count: Int, seed: UInt64) -> [Int16] {
    var generator = SplitMix64(seed: seed)
    var level: Float = 1000
    var smoothing: Float = 0.5
    var state: Float = 0
    return (0..<count).map { index in
      if index % 1200 == 0 {
        level = Float(generator.integer(in: 10...12000))
        smoothing = Float(generator.integer(in: 0...95)) / 100
      }
      state = smoothing * state + (1 - smoothing) * generator.float(magnitude: 1)
      return Int16(max(-32000, min(32000, state * level)))
    }
  }

  /// Log posteriors `[T, 40]` in which some classes stand out, as with a trained model.
  static func logPosteriors(_ frameCount: Int, seed: UInt64) -> [Float] {
    var generator = SplitMix64(seed: seed)
    var values: [Float] = []
    for _ in 0..<frameCount {
      var row = generator.floats(40, magnitude: 4)
      row[generator.integer(in: 0...39)] = 6
      let total = row.reduce(0) { $0 + FloatFunctions.exponential($1) }
      values += row.map { $0 - FloatFunctions.naturalLogarithm(total) }
    }
    return values
  }
}

/// Everything a spotter reported.
struct Report: Equatable {
  var candidates: [Candidate] = []
  var detections: [Detection] = []

  mutating func listen(_ spotter: KeywordSpotter, _ samples: [Int16], chunk: Int) {
    samples.withUnsafeBufferPointer { buffer in
      var start = 0
      while start < buffer.count {
        let end = min(start + chunk, buffer.count)
        spotter.process(
          UnsafeBufferPointer(rebasing: buffer[start..<end]), onCandidate: { candidates.append($0) },
          onDetection: { detections.append($0) })
        start = end
      }
    }
  }

  mutating func finish(_ spotter: KeywordSpotter) {
    spotter.finish(onCandidate: { candidates.append($0) }, onDetection: { detections.append($0) })
  }
}
