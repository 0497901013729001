import Foundation
import Testing
import Training

@Suite struct ModalityAdversaryTests {
  private static let weight: Float = 0.8
  private static let reversal: Float = 0.3

  /// The mean cross-entropy of both modalities by its formula, and which hidden units are open.
  private static func oracle(_ bank: ParameterBank, audio: Matrix, text: Matrix) -> (Evaluation, accuracy: Double) {
    func value(_ name: String, _ index: Int) -> Double { Double(bank.value(bank.find("adversary." + name)!)[index]) }
    var loss = 0.0
    var accuracy = 0.0
    var open: [Bool] = []
    for (matrix, isAudio) in [(audio, true), (text, false)] {
      for row in 0..<matrix.rows {
        var logit = value("output.bias", 0)
        for unit in 0..<6 {
          let inner = (0..<4).reduce(value("hidden.bias", unit)) {
            $0 + value("hidden.weights", unit * 4 + $1) * Double(matrix[row, $1])
          }
          open.append(inner > 0)
          logit += value("output.weights", unit) * max(inner, 0)
        }
        let probability = 1 / (1 + exp(-logit))
        loss -= log(isAudio ? probability : 1 - probability) / Double(2 * matrix.rows)
        if (logit > 0) == isAudio { accuracy += 1 / Double(2 * matrix.rows) }
      }
    }
    return (Evaluation(loss: loss, open: open), accuracy)
  }

  @Test(
    "The classifier descends its loss, and the embeddings receive the reversed gradient",
    arguments: [911, 912, 913])
  func gradient(seed: UInt64) {
    var draws = Draws(seed: seed)
    let bank = ParameterBank(seed: seed)
    let adversary = ModalityAdversary("adversary", bank: bank, dimension: 4, hiddenCount: 6)
    bank.seal()
    bank.disturb(&draws)
    let audio = draws.unitRows(3, 4)
    let text = draws.unitRows(5, 4)
    let (audioGradient, textGradient) = (Matrix(rows: 3, columns: 4), Matrix(rows: 5, columns: 4))
    audioGradient.pointer.update(repeating: 0.5, count: audioGradient.count)
    textGradient.pointer.update(repeating: 0.5, count: textGradient.count)
    var found: (loss: Float, accuracy: Float) = (0, 0)
    let parameters = bank.added {
      found = adversary.accumulate(
        audio: audio, text: text, weight: Self.weight, reversal: Self.reversal, audioGradient: audioGradient,
        textGradient: textGradient)
    }
    let expected = Self.oracle(bank, audio: audio, text: text)
    #expect(abs(Double(found.loss) - expected.0.loss) < 1e-5, "seed \(seed)")
    #expect(abs(Double(found.accuracy) - expected.accuracy) < 1e-5, "seed \(seed)")
    let check = GradientCheck(seed: seed, step: 1e-3) {
      var evaluation = Self.oracle(bank, audio: audio, text: text).0
      evaluation.loss *= Double(Self.weight)
      return evaluation
    }
    check.expectParameters(of: bank, gradients: parameters)
    for (name, values, gradient) in [("audio", audio, audioGradient), ("text", text, textGradient)] {
      check.expect(name, values.pointer, gradient: gradient.values.map { ($0 - 0.5) / -Self.reversal })
    }
  }
}
