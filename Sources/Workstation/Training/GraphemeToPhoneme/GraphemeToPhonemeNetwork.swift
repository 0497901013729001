import Foundation
import KeywordSpotting
import ModelFormat
import SeededRandom
import TextEnrollment

/// The dimensions of a grapheme-to-phoneme network.
public struct GraphemeToPhonemeConfiguration: Sendable, Equatable {
  /// Width of the letter embeddings.
  public var embeddingDimension = 48
  /// Units per direction of each recurrent layer.
  public var hiddenUnits = 112
  /// The number of recurrent layers.
  public var layerCount = 2
  /// CTC frames per letter: the maximum number of phonemes that one letter can stand for.
  public var positionsPerLetter = 2
  /// The share of each recurrent layer's outputs that dropout zeroes in training.
  public var dropout: Float = 0.2

  /// Creates the default dimensions.
  public init() {}
}

/// Maps letters to phoneme logits, in training: an embedding, bidirectional GRUs, and a linear layer that gives each
/// letter `positionsPerLetter` frames of 40 classes.
///
/// | operand | shape |
/// |---|---|
/// | letters | `[N]` ragged by word; 0 is `'`, 1…26 are `a`…`z` |
/// | logits | `[N, 40 P]`, which is `[N · P, 40]` in memory |
public final class GraphemeToPhonemeNetwork {
  /// The dimensions.
  public let configuration: GraphemeToPhonemeConfiguration
  /// The parameters.
  public let bank: ParameterBank
  /// The result of the last forward pass, `[N, 40 P]`.
  public let logits = Matrix()
  private let table: ParameterSlot
  private let layers: [GRULayer]
  private let output: Linear
  private let inputs = Matrix()
  private let states: [Matrix]
  private let gradients: [Matrix]
  private let masks: [Matrix]
  private var letters: [UInt8] = []
  private var isMasked = false

  /// Creates a network with random weights drawn from `seed`.
  public init(_ configuration: GraphemeToPhonemeConfiguration, seed: UInt64) {
    self.configuration = configuration
    bank = ParameterBank(seed: seed)
    let width = configuration.embeddingDimension
    let stateCount = 2 * configuration.hiddenUnits
    table = bank.slot(
      "letters.table", rows: GraphemeToPhoneme.letterCount, columns: width, decays: false,
      .scaledNormal(fanIn: 1, gain: 0.5))
    layers = (0..<configuration.layerCount).map { [bank] index in
      GRULayer(
        "letters.recurrent\(index)", bank: bank, inputCount: index == 0 ? width : stateCount,
        hiddenCount: configuration.hiddenUnits)
    }
    output = Linear(
      "letters.output", bank: bank, inputCount: stateCount,
      outputCount: configuration.positionsPerLetter * Phoneme.classCount)
    bank.seal()
    states = layers.map { _ in Matrix() }
    masks = layers.map { _ in Matrix() }
    gradients = (0...layers.count).map { _ in Matrix() }
  }

  /// Computes ``logits``.
  ///
  /// - Parameters:
  ///   - letters: `[N]`, all words of the batch in sequence.
  ///   - bounds: the letters of each word.
  ///   - generator: draws the dropout masks in training; nil for no dropout.
  public func forward(_ letters: [UInt8], _ bounds: SequenceBounds, dropout generator: SplitMix64? = nil) {
    self.letters = letters
    var generator = generator
    isMasked = generator != nil && configuration.dropout > 0
    let width = configuration.embeddingDimension
    inputs.reshape(rows: letters.count, columns: width)
    for (row, letter) in letters.enumerated() {
      inputs.row(row).update(from: bank.value(table) + Int(letter) * width, count: width)
    }
    var input = inputs
    for (index, state) in states.enumerated() {
      layers[index].forward(input, bounds, into: state)
      if isMasked {
        drawMask(masks[index], like: state, &generator)
        Self.multiply(state, by: masks[index])
      }
      input = state
    }
    output.forward(input, into: logits)
  }

  /// Adds to the gradients of the bank.
  ///
  /// - Parameter logitsGradient: `[N, 40 P]`, for the last forward pass.
  public func backward(_ logitsGradient: Matrix) {
    output.backward(logitsGradient, into: gradients[layers.count])
    for index in stride(from: layers.count - 1, through: 0, by: -1) {
      if isMasked { Self.multiply(gradients[index + 1], by: masks[index]) }
      layers[index].backward(gradients[index + 1], into: gradients[index])
    }
    let width = configuration.embeddingDimension
    for (row, letter) in letters.enumerated() {
      VectorLoops.accumulate(1, gradients[0].row(row), into: bank.gradient(table) + Int(letter) * width, width)
    }
  }

  /// Draws zeros with the probability of dropout and `1 / (1 − dropout)` otherwise, which preserves the mean.
  private func drawMask(_ mask: Matrix, like matrix: Matrix, _ generator: inout SplitMix64?) {
    mask.reshape(rows: matrix.rows, columns: matrix.columns)
    let kept = 1 / (1 - configuration.dropout)
    guard var draws = generator else { return }
    for index in 0..<mask.count { mask.pointer[index] = draws.nextUniform() < configuration.dropout ? 0 : kept }
    generator = draws
  }

  private static func multiply(_ matrix: Matrix, by mask: Matrix) {
    for index in 0..<matrix.count { matrix.pointer[index] *= mask.pointer[index] }
  }

  /// Encodes the section `G2PM` of a language file, with weights quantized to 8 bits.
  public func section() -> [UInt8] {
    var section: [UInt8] = []
    for value in [
      GraphemeToPhoneme.letterCount, configuration.embeddingDimension, configuration.hiddenUnits,
      configuration.layerCount, configuration.positionsPerLetter, Phoneme.classCount, 0, 0,
    ] { section.appendLittleEndian(UInt32(value)) }
    append(table, to: &section)
    for layer in layers {
      for direction in [layer.forwardDirection, layer.backwardDirection] {
        append(direction.inputWeights, to: &section)
        append(direction.hiddenWeights, to: &section)
        section.appendLittleEndian(floats(direction.inputBias))
        section.appendLittleEndian(floats(direction.hiddenBias))
      }
    }
    append(output.weights, to: &section)
    if let bias = output.bias { section.appendLittleEndian(floats(bias)) }
    return section
  }

  private func append(_ slot: ParameterSlot, to section: inout [UInt8]) {
    EncodedRowQuantizedMatrix(floats(slot), rowCount: slot.rows, columnCount: slot.columns).append(to: &section)
  }

  private func floats(_ slot: ParameterSlot) -> [Float] {
    Array(UnsafeBufferPointer(start: bank.value(slot), count: slot.count))
  }
}
