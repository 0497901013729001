import KeywordSpotting
import ModelFormat

/// Guesses the pronunciation of a word that is not in the lexicon.
///
/// Letters are embedded and pass through a stack of bidirectional gated recurrent units. A linear layer maps each
/// letter's state to the logits of `positionsPerLetter` frames, which a CTC prefix search decodes into phonemes.
///
/// The section `G2PM` of a language file, with nothing after it:
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
/// | embedding              | row-quantized `[27, E]`    |
/// | of each layer, forward and then backward: `W_ih`, `W_hh` | row-quantized `[3H, I]`, `[3H, H]`; I is E, then 2H |
/// | then `b_ih`, `b_hh` | `f32[3H]` twice |
/// | output                 | row-quantized `[40 P, 2H]`, `f32[40 P]` |
///
/// Borrows the weights from the file. Computes in floats, once per unknown word. Safe to use from several threads.
public struct GraphemeToPhoneme: @unchecked Sendable {
  /// One guess.
  public struct Guess: Sendable, Equatable {
    /// Raw values of ``KeywordSpotting/Phoneme``.
    public var phonemes: [UInt8]
    /// The share of the probability, 0…1.
    public var probability: Float
  }

  /// The number of letters: the apostrophe and `a`…`z`.
  package static let letterCount = 27
  // Larger values indicate a damaged file.
  private static let dimensionLimit = 1_024
  private static let layerLimit = 8
  private static let positionLimit = 8

  /// CTC frames of each letter.
  let positionsPerLetter: Int
  private let embedding: RowQuantizedMatrix
  private let layers: [RecurrentLayer]
  private let output: RowQuantizedMatrix
  private let outputBiases: UnsafeBufferPointer<Float>

  /// Reads a `G2PM` section.
  ///
  /// - Throws: the first ``ModelFileError`` found.
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

  /// The most likely pronunciations, best first.
  ///
  /// - Parameters:
  ///   - word: lower-case letters and apostrophes; other characters are ignored.
  ///   - maximumCount: the maximum number of guesses.
  /// - Returns: an empty array if the word has no letters.
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

  /// The row of a letter in the embedding: 0 for the apostrophe, 1…26 for `a`…`z`; `nil` for other bytes.
  package static func letterIndex(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "'"): 0
    case UInt8(ascii: "a")...UInt8(ascii: "z"): byte - UInt8(ascii: "a") + 1
    default: nil
    }
  }
}
