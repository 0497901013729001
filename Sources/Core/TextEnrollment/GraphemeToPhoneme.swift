import KeywordSpotting
import ModelFormat

/// Guesses how a word that the lexicon does not have is said.
///
/// Letters are embedded and run through a stack of bidirectional gated recurrent units; from each letter's state a
/// linear layer gives the logits of `positionsPerLetter` frames, which a CTC prefix search reads as phonemes.
///
/// The section `G2PM` of a language file, after which nothing follows:
///
/// | field                  | type                       |
/// |------------------------|----------------------------|
/// | letter count           | `u32`, 27: `'` and `a`…`z` |
/// | embedding dimension E  | `u32`                      |
/// | hidden units H         | `u32`                      |
/// | layer count            | `u32`                      |
/// | positions per letter P | `u32`                      |
/// | class count            | `u32`, 40                  |
/// | reserved               | `u32`, `u32`, 0            |
/// | embedding              | row-quantised `[27, E]`    |
/// | of each layer, forward and then backward: `W_ih`, `W_hh`, `b_ih`, `b_hh` | row-quantised `[3H, I]`, `[3H, H]`, `f32[3H]` twice; I is E, then 2H |
/// | output                 | row-quantised `[40 P, 2H]`, `f32[40 P]` |
///
/// Weights are borrowed from the file. Computed in floats, once per unknown word; may be used from several threads.
public struct GraphemeToPhoneme: @unchecked Sendable {
  /// One guess: raw values of ``KeywordSpotting/Phoneme``, and its share of the probability, 0…1.
  public struct Guess: Sendable, Equatable {
    public var phonemes: [UInt8]
    public var probability: Float
  }

  package static let letterCount = 27
  // Larger values are a damaged file.
  private static let dimensionLimit = 1_024
  private static let layerLimit = 8
  private static let positionLimit = 8

  private let positionsPerLetter: Int
  private let embedding: RowQuantizedMatrix
  private let layers: [RecurrentLayer]
  private let output: RowQuantizedMatrix
  private let outputBiases: UnsafeBufferPointer<Float>

  /// Reads a `G2PM` section.
  public init(_ section: SectionReader) throws(ModelFileError) {
    var reader = section
    try reader.expectCount(GraphemeToPhoneme.letterCount)
    let embeddingDimension = try reader.dimension(limit: GraphemeToPhoneme.dimensionLimit)
    let hidden = try reader.dimension(limit: GraphemeToPhoneme.dimensionLimit)
    let layerCount = try reader.dimension(limit: GraphemeToPhoneme.layerLimit)
    positionsPerLetter = try reader.dimension(limit: GraphemeToPhoneme.positionLimit)
    try reader.expectCount(Phoneme.classCount)
    try reader.expectCount(0)
    try reader.expectCount(0)
    embedding = try RowQuantizedMatrix(
      &reader, rowCount: GraphemeToPhoneme.letterCount, columnCount: embeddingDimension)
    var layers: [RecurrentLayer] = []
    for index in 0..<layerCount {
      let inputCount = index == 0 ? embeddingDimension : 2 * hidden
      layers.append(
        RecurrentLayer(
          forward: try GraphemeToPhoneme.direction(&reader, inputCount: inputCount, hidden: hidden),
          backward: try GraphemeToPhoneme.direction(&reader, inputCount: inputCount, hidden: hidden)))
    }
    self.layers = layers
    let classes = positionsPerLetter * Phoneme.classCount
    output = try RowQuantizedMatrix(&reader, rowCount: classes, columnCount: 2 * hidden)
    outputBiases = try reader.finiteFloats(classes)
    do {
      try reader.expectEnd()
    } catch {
      throw .container(error)
    }
  }

  private static func direction(
    _ reader: inout SectionReader, inputCount: Int, hidden: Int
  ) throws(ModelFileError) -> RecurrentDirection {
    RecurrentDirection(
      inputWeights: try RowQuantizedMatrix(&reader, rowCount: 3 * hidden, columnCount: inputCount),
      hiddenWeights: try RowQuantizedMatrix(&reader, rowCount: 3 * hidden, columnCount: hidden),
      inputBiases: try reader.finiteFloats(3 * hidden), hiddenBiases: try reader.finiteFloats(3 * hidden))
  }

  /// The likeliest pronunciations, best first.
  ///
  /// - Parameters:
  ///   - word: lower-case letters and apostrophes; anything else is passed over.
  ///   - maximumCount: how many guesses at most.
  /// - Returns: empty where the word has no letters.
  public func guesses(for word: String, maximumCount: Int = 3, beamWidth: Int = 8) -> [Guess] {
    let letters = word.utf8.compactMap(GraphemeToPhoneme.letterIndex)
    guard letters.contains(where: { $0 != 0 }) else { return [] }
    let frameCount = letters.count * positionsPerLetter
    var guesses: [Guess] = []
    let posteriors = posteriors(ofLetters: letters)
    for hypothesis in ConnectionistDecoder.decode(
      posteriors, frameCount: frameCount, classCount: Phoneme.classCount, blank: Phoneme.blankIndex,
      beamWidth: max(beamWidth, maximumCount)) where !hypothesis.labels.isEmpty && guesses.count < maximumCount
    {
      guesses.append(Guess(phonemes: hypothesis.labels, probability: Float(hypothesis.probability)))
    }
    return guesses
  }

  /// Class probabilities, `[letters · positionsPerLetter, 40]`.
  package func posteriors(ofLetters letters: [UInt8]) -> [Float] {
    let dimension = embedding.columnCount
    var states = [Float](repeating: 0, count: letters.count * dimension)
    states.withUnsafeMutableBufferPointer { states in
      for (index, letter) in letters.enumerated() {
        embedding.addRow(Int(letter), to: states.baseAddress! + index * dimension)
      }
    }
    for layer in layers { states = layer.run(states, stepCount: letters.count) }
    let stateCount = output.columnCount
    let classes = output.rowCount
    var posteriors = [Float](repeating: 0, count: letters.count * classes)
    states.withUnsafeBufferPointer { states in
      posteriors.withUnsafeMutableBufferPointer { posteriors in
        for index in 0..<letters.count {
          let row = posteriors.baseAddress! + index * classes
          output.multiply(states.baseAddress! + index * stateCount, adding: outputBiases, into: row)
          for position in 0..<positionsPerLetter {
            Activations.softmax(row + position * Phoneme.classCount, Phoneme.classCount)
          }
        }
      }
    }
    return posteriors
  }

  /// The row of a letter in the embedding: 0 for the apostrophe, 1…26 for `a`…`z`.
  package static func letterIndex(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "'"): 0
    case UInt8(ascii: "a")...UInt8(ascii: "z"): byte - UInt8(ascii: "a") + 1
    default: nil
    }
  }
}
