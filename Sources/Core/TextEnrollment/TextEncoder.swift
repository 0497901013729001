import KeywordSpotting
import ModelFormat

/// Maps phonemes to one embedding per phoneme and one for the phrase, in the space of the frame embeddings.
///
/// `x_u = table[phoneme u] (+ table[39] if a word begins)`, `h = GRU(x)` in both directions,
/// `E_phn[u] = unit(p[phoneme u] + W_p h_u + b_p)` with the class vectors `p` of the model, and
/// `E_utt = unit(W_u · mean_u h_u + b_u)`; `unit(v) = v / max(‖v‖, 10⁻⁶)`.
///
/// Borrows the model's weights. Computes in floats, once per variant of a phrase. Safe to use from several threads.
public struct TextEncoder: @unchecked Sendable {
  private let weights: AcousticModel.TextEncoderWeights
  private let layer: RecurrentLayer
  private let classVectors: UnsafeBufferPointer<Float>
  /// The length D of every embedding.
  public let embeddingDimension: Int

  /// Creates the text encoder of a model.
  public init(_ model: AcousticModel) {
    self.init(
      model.textEncoder, classVectors: model.classVectors.vectors, embeddingDimension: model.embeddingDimension)
  }

  /// Creates a text encoder from its weights.
  ///
  /// - Parameter classVectors: `[40, D]`, of unit length.
  package init(
    _ weights: AcousticModel.TextEncoderWeights, classVectors: UnsafeBufferPointer<Float>, embeddingDimension: Int
  ) {
    self.weights = weights
    self.classVectors = classVectors
    self.embeddingDimension = embeddingDimension
    layer = RecurrentLayer(
      forward: RecurrentDirection(weights.forward), backward: RecurrentDirection(weights.backward))
  }

  /// Encodes one way to say a phrase.
  ///
  /// - Precondition: there is at least one phoneme, and every value is a raw value of ``KeywordSpotting/Phoneme``.
  public func encode(_ phrase: PhonemeSequence) -> PhraseVariant {
    let count = phrase.phonemes.count
    precondition(count > 0 && phrase.phonemes.allSatisfy { Int($0) < Phoneme.count })
    let states = layer.run(inputs(phrase), stepCount: count)
    let stateCount = 2 * weights.hiddenUnits
    let dimension = embeddingDimension

    var phonemeEmbeddings = [Float](repeating: 0, count: count * dimension)
    var utteranceEmbedding = [Float](repeating: 0, count: dimension)
    var mean = [Float](repeating: 0, count: stateCount)
    states.withUnsafeBufferPointer { states in
      phonemeEmbeddings.withUnsafeMutableBufferPointer { embeddings in
        for index in 0..<count {
          let state = states.baseAddress! + index * stateCount
          let embedding = embeddings.baseAddress! + index * dimension
          weights.projection.multiply(state, adding: weights.projectionBiases, into: embedding)
          let classVector = Int(phrase.phonemes[index]) * dimension
          for column in 0..<dimension { embedding[column] += classVectors[classVector + column] }
          TextEncoder.scaleToUnitLength(embedding, dimension)
          for column in 0..<stateCount { mean[column] += state[column] / Float(count) }
        }
      }
    }
    utteranceEmbedding.withUnsafeMutableBufferPointer { embedding in
      weights.utterance.multiply(mean, adding: weights.utteranceBiases, into: embedding.baseAddress!)
      TextEncoder.scaleToUnitLength(embedding.baseAddress!, dimension)
    }
    return PhraseVariant(
      phonemes: phrase.phonemes, wordInitial: phrase.wordInitial, phonemeEmbeddings: phonemeEmbeddings,
      utteranceEmbedding: utteranceEmbedding)
  }

  /// The inputs of the recurrent unit, `[U, E]`.
  private func inputs(_ phrase: PhonemeSequence) -> [Float] {
    let width = weights.inputDimension
    var inputs = [Float](repeating: 0, count: phrase.phonemes.count * width)
    inputs.withUnsafeMutableBufferPointer { inputs in
      for (index, phoneme) in phrase.phonemes.enumerated() {
        let row = inputs.baseAddress! + index * width
        weights.inputEmbedding.addRow(Int(phoneme), to: row)
        if phrase.wordInitial[index] { weights.inputEmbedding.addRow(Phoneme.count, to: row) }
      }
    }
    return inputs
  }

  private static func scaleToUnitLength(_ vector: UnsafeMutablePointer<Float>, _ count: Int) {
    var squaredLength: Float = 0
    for index in 0..<count { squaredLength += vector[index] * vector[index] }
    let scale = 1 / max(squaredLength.squareRoot(), 1e-6)
    for index in 0..<count { vector[index] *= scale }
  }
}
