import Foundation
import KeywordSpotting
import ModelFormat
import SeededRandom
import Testing
import TextEnrollment

@Suite struct GraphemeToPhonemeTests {
  /// The sizes and random weights of a model, and its section.
  private struct DrawnModel {
    let embedding = 6
    let hidden = 5
    let positions = 2
    var table: [Float]
    var layers: [[AcousticModelContents.RecurrentUnit]] = []
    var output: [Float]
    var biases: [Float]
    var section: [UInt8] = []

    init(seed: UInt64) {
      var generator = SplitMix64(seed: seed)
      table = generator.floats(27 * embedding, magnitude: 1)
      for inputCount in [embedding, 2 * hidden] {
        layers.append(
          (0..<2).map { [hidden] _ in
            AcousticModelContents.RecurrentUnit(
              inputWeights: generator.floats(3 * hidden * inputCount, magnitude: 0.6),
              hiddenWeights: generator.floats(3 * hidden * hidden, magnitude: 0.6),
              inputBiases: generator.floats(3 * hidden, magnitude: 0.3),
              hiddenBiases: generator.floats(3 * hidden, magnitude: 0.3))
          })
      }
      output = generator.floats(40 * positions * 2 * hidden, magnitude: 2)
      biases = generator.floats(40 * positions, magnitude: 0.5)
      for value in [27, embedding, hidden, 2, positions, 40, 0, 0] { section.appendLittleEndian(UInt32(value)) }
      append(table, rowCount: 27)
      for unit in layers.flatMap({ $0 }) {
        append(unit.inputWeights, rowCount: 3 * hidden)
        append(unit.hiddenWeights, rowCount: 3 * hidden)
        section.appendLittleEndian(unit.inputBiases)
        section.appendLittleEndian(unit.hiddenBiases)
      }
      append(output, rowCount: 40 * positions)
      section.appendLittleEndian(biases)
    }

    private mutating func append(_ weights: [Float], rowCount: Int) {
      EncodedRowQuantizedMatrix(weights, rowCount: rowCount, columnCount: weights.count / rowCount).append(to: &section)
    }

    /// The class probabilities by the formulas, in double precision.
    func posteriors(ofLetters letters: [UInt8]) -> [Double] {
      let rows = ScalarRecurrence.quantized(table, rowCount: 27)
      var states = letters.map { Array(rows[Int($0) * embedding..<(Int($0) + 1) * embedding]) }
      for layer in layers {
        let inputCount = states[0].count
        let forward = ScalarRecurrence(layer[0], inputCount: inputCount).states(states, reversed: false)
        let backward = ScalarRecurrence(layer[1], inputCount: inputCount).states(states, reversed: true)
        states = zip(forward, backward).map { $0 + $1 }
      }
      let weights = ScalarRecurrence.quantized(output, rowCount: 40 * positions)
      return states.flatMap { state in
        let logits = (0..<40 * positions).map { row in
          (0..<2 * hidden).reduce(Double(biases[row])) { $0 + weights[row * 2 * hidden + $1] * state[$1] }
        }
        return (0..<positions).flatMap { position in
          let exponentials = logits[position * 40..<(position + 1) * 40].map { exp($0) }
          return exponentials.map { $0 / exponentials.reduce(0, +) }
        }
      }
    }
  }

  private func open<Result>(_ section: [UInt8], _ body: (GraphemeToPhoneme) throws -> Result) throws -> Result {
    try section.withUnsafeBytes { bytes in
      try body(GraphemeToPhoneme(SectionReader(id: LanguageFile.graphemeToPhonemeSection, bytes: bytes)))
    }
  }

  @Test("Class probabilities match the formulas", arguments: ["a", "zz", "cooee", "rock'n'roll"])
  func formula(word: String) throws {
    let drawn = DrawnModel(seed: 5)
    let letters = word.utf8.compactMap(GraphemeToPhoneme.letterIndex)
    let expected = drawn.posteriors(ofLetters: letters)
    let posteriors = try open(drawn.section) { $0.posteriors(ofLetters: letters) }
    #expect(posteriors.count == expected.count)
    for (found, exact) in zip(posteriors, expected) { #expect(abs(Double(found) - exact) < 1e-5) }
  }

  @Test("Guesses differ, contain phonemes and have descending probabilities")
  func guesses() throws {
    try open(DrawnModel(seed: 5).section) { model in
      let guesses = model.guesses(for: "jabberwocky", maximumCount: 3)
      #expect(guesses.count == 3)
      #expect(Set(guesses.map(\.phonemes)).count == 3)
      #expect(zip(guesses, guesses.dropFirst()).allSatisfy { $0.probability >= $1.probability })
      #expect(guesses.allSatisfy { !$0.phonemes.isEmpty && $0.phonemes.allSatisfy { $0 < UInt8(Phoneme.count) } })
      for nothing in ["", "'", "123"] { #expect(model.guesses(for: nothing).isEmpty) }
    }
  }

  @Test("A damaged section is rejected")
  func damagedSection() throws {
    let section = DrawnModel(seed: 5).section
    var generator = TestGenerator(seed: 9)
    for _ in 0..<60 {
      let length = generator.next(below: section.count)
      #expect(throws: ModelFileError.self) { try open(Array(section.prefix(length))) { _ in } }
    }
    var longer = section
    longer.append(0)
    #expect(throws: ModelFileError.self) { try open(longer) { _ in } }
    for (field, value) in [(0, 26), (4, 0), (8, 0x7FFF_FFFF), (12, 9), (16, 0), (20, 41), (24, 1), (32, 28)] {
      var changed = section
      for byte in 0..<4 { changed[field + byte] = UInt8(truncatingIfNeeded: value >> (8 * byte)) }
      #expect(throws: ModelFileError.self, "field at \(field)") { try open(changed) { _ in } }
    }
  }

  @Test("Weights that overflow the sums give phonemes or no guess, and do not crash")
  func hugeWeights() throws {
    let file = try #require(Bundle.module.url(forResource: "Hostile/huge-weights", withExtension: "cooee"))
    let bytes = [UInt8](try Data(contentsOf: file))
    try bytes.withUnsafeBytes { bytes in
      let guesser = try #require(try LanguageFile(bytes).graphemeToPhoneme)
      for guess in guesser.guesses(for: "hey'q") { #expect(guess.phonemes.allSatisfy { $0 < 39 }) }
      #expect(guesser.posteriors(ofLetters: [1, 2]).count == 2 * guesser.posteriors(ofLetters: [1]).count)
    }
  }
}
