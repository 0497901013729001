import Foundation
import KeywordSpotting
import ModelFormat
import Testing
import TextEnrollment

@Suite struct TextEncoderTests {
  private let contents = UntrainedModel.contents
  private let dimension = UntrainedModel.contents.embeddingDimension

  /// The embeddings by the formula, one number at a time in double precision.
  private func expected(_ phrase: PhonemeSequence) -> (phonemes: [[Double]], utterance: [Double]) {
    let text = contents.textEncoder
    let table = ScalarRecurrence.quantized(text.inputEmbedding, rowCount: 40)
    func row(_ values: [Double], _ index: Int, _ width: Int) -> [Double] {
      Array(values[index * width..<(index + 1) * width])
    }
    let inputs = zip(phrase.phonemes, phrase.wordInitial).map { phoneme, begins in
      let embedding = row(table, Int(phoneme), text.inputDimension)
      return begins ? zip(embedding, row(table, 39, text.inputDimension)).map { $0 + $1 } : embedding
    }
    let forward = ScalarRecurrence(text.forward, inputCount: text.inputDimension).states(inputs, reversed: false)
    let backward = ScalarRecurrence(text.backward, inputCount: text.inputDimension).states(inputs, reversed: true)
    let states = zip(forward, backward).map { $0 + $1 }
    func project(_ weights: [Float], _ biases: [Float], _ state: [Double]) -> [Double] {
      let matrix = ScalarRecurrence.quantized(weights, rowCount: dimension)
      return (0..<dimension).map { output in
        (0..<state.count).reduce(Double(biases[output])) { $0 + matrix[output * state.count + $1] * state[$1] }
      }
    }
    func unit(_ vector: [Double]) -> [Double] {
      let length = max(vector.reduce(0) { $0 + $1 * $1 }.squareRoot(), 1e-6)
      return vector.map { $0 / length }
    }
    let phonemes = zip(phrase.phonemes, states).map { phoneme, state in
      let proxy = contents.classVectors[Int(phoneme) * dimension..<(Int(phoneme) + 1) * dimension]
      return unit(zip(proxy, project(text.projection, text.projectionBiases, state)).map { Double($0) + $1 })
    }
    let mean = (0..<states[0].count).map { column in
      states.reduce(0) { $0 + $1[column] } / Double(states.count)
    }
    return (phonemes, unit(project(text.utterance, text.utteranceBiases, mean)))
  }

  @Test(
    "Embeddings match the formula",
    arguments: ["HH EY . K AH M P Y UW T ER", "AH", "ZH ZH", "T . T", "S T R EH NG K TH . AA R . OW . Z IH R OW"])
  func formula(pronunciation: String) throws {
    let phrase = PhonemeSequence(words: try TypedPronunciation.words(of: pronunciation))
    let variant = TextEncoder(UntrainedModel.model).encode(phrase)
    let expected = expected(phrase)
    #expect(variant.phonemes == phrase.phonemes)
    #expect(variant.wordInitial == phrase.wordInitial)
    for (index, embedding) in expected.phonemes.enumerated() {
      for (column, value) in embedding.enumerated() {
        #expect(abs(Double(variant.phonemeEmbeddings[index * dimension + column]) - value) < 2e-6)
      }
    }
    for (column, value) in expected.utterance.enumerated() {
      #expect(abs(Double(variant.utteranceEmbedding[column]) - value) < 2e-6)
    }
  }

  @Test("A word boundary changes the embeddings")
  func wordBoundary() {
    let encoder = TextEncoder(UntrainedModel.model)
    let one = encoder.encode(PhonemeSequence(words: [[18, 12, 19]]))
    let two = encoder.encode(PhonemeSequence(words: [[18, 12], [19]]))
    #expect(one.phonemes == two.phonemes)
    #expect(one.phonemeEmbeddings != two.phonemeEmbeddings)
    #expect(one.utteranceEmbedding != two.utteranceEmbedding)
  }

  @Test("The exponential and the hyperbolic tangent match the C library")
  func activations() {
    var x = -100.0
    while x < 88 {
      let value = Float(x)
      let exact = exp(Double(value))
      if value >= -87 {
        #expect(abs(Double(FloatFunctions.exponentialOrZero(value)) - exact) <= 2.5e-7 * exact, "e^\(value)")
      } else {
        #expect(FloatFunctions.exponentialOrZero(value) == 0)
      }
      #expect(abs(Double(Activations.hyperbolicTangent(value)) - tanh(Double(value))) < 2.5e-7, "tanh \(value)")
      #expect(abs(Double(Activations.sigmoid(value)) - 1 / (1 + exp(-Double(value)))) < 2e-7, "σ(\(value))")
      x += 0.013
    }
    #expect(FloatFunctions.exponentialOrZero(0) == 1)
    #expect(FloatFunctions.exponentialOrZero(1_000).isFinite)
    #expect(Activations.sigmoid(-1_000) < 1e-37)
    #expect(Activations.sigmoid(1_000) == 1)
  }
}
