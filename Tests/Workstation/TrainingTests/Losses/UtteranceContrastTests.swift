import Foundation
import Testing
import Training

@Suite struct UtteranceContrastTests {
  /// Two phrases of the batch are equal (key 1), and a hard negative equals a phrase of the batch (key 3).
  private static let keys = [1, 2, 1, 3, 9, 3]

  @Test("The gradient of the contrast reaches audio, text and the scale", arguments: [501, 502, 503])
  func contrastGradient(seed: UInt64) {
    var draws = Draws(seed: seed)
    let bank = ParameterBank(seed: seed)
    let loss = UtteranceContrast("contrast", bank: bank)
    bank.seal()
    bank.value(loss.logScale)[0] = log(4)
    let audio = draws.unitRows(4, 5)
    let text = draws.unitRows(6, 5)
    let scratch = (Matrix(rows: 4, columns: 5), Matrix(rows: 6, columns: 5))
    func evaluate() -> Evaluation {
      Evaluation(
        loss: 0.7
          * Double(
            loss.accumulate(
              audio: audio, text: text, keys: Self.keys, weight: 0.7, audioGradient: scratch.0,
              textGradient: scratch.1)))
    }
    let (audioGradient, textGradient) = (Matrix(rows: 4, columns: 5), Matrix(rows: 6, columns: 5))
    let parameters = bank.added {
      _ = loss.accumulate(
        audio: audio, text: text, keys: Self.keys, weight: 0.7, audioGradient: audioGradient,
        textGradient: textGradient)
    }
    let check = GradientCheck(seed: seed, step: 2e-2, evaluate: evaluate)
    check.expect("audio", audio, gradient: audioGradient)
    check.expect("text", text, gradient: textGradient)
    check.expectParameters(of: bank, gradients: parameters)
  }

  @Test("The value equals the formula", arguments: [507, 508])
  func value(seed: UInt64) {
    var draws = Draws(seed: seed)
    let bank = ParameterBank(seed: seed)
    let loss = UtteranceContrast("contrast", bank: bank)
    bank.seal()
    let audio = draws.unitRows(4, 5)
    let text = draws.unitRows(6, 5)
    let found = loss.accumulate(
      audio: audio, text: text, keys: Self.keys, weight: 1,
      audioGradient: Matrix(rows: 4, columns: 5),
      textGradient: Matrix(rows: 6, columns: 5))
    let cosine = { (i: Int, j: Int) in audio.product(i, text, j) }
    var expected = 0.0
    for i in 0..<4 {
      let toText = (0..<6).filter { $0 == i || Self.keys[$0] != Self.keys[i] }
      let toAudio = (0..<4).filter { $0 == i || Self.keys[$0] != Self.keys[i] }
      expected -=
        log(exp(10 * cosine(i, i)) / toText.map { exp(10 * cosine(i, $0)) }.reduce(0, +)) / 8
      expected -=
        log(exp(10 * cosine(i, i)) / toAudio.map { exp(10 * cosine($0, i)) }.reduce(0, +)) / 8
    }
    #expect(abs(Double(found) - expected) < 1e-4 * expected, "\(found), expected \(expected), seed \(seed)")
  }

  @Test("A large scale does not overflow single precision")
  func largeScale() {
    var draws = Draws(seed: 509)
    let bank = ParameterBank(seed: 509)
    let loss = UtteranceContrast("contrast", bank: bank)
    bank.seal()
    bank.value(loss.logScale)[0] = log(200)
    let audio = draws.unitRows(4, 5)
    let text = draws.unitRows(4, 5)
    // All texts and audio vectors are opposite, with similarities near −1.
    for row in 0..<4 {
      for column in 0..<5 {
        audio[row, column] = audio[0, column]
        text[row, column] = -audio[0, column]
      }
    }
    let audioGradient = Matrix(rows: 4, columns: 5)
    let found = loss.accumulate(
      audio: audio, text: text, keys: [0, 1, 2, 3], weight: 1, audioGradient: audioGradient,
      textGradient: Matrix(rows: 4, columns: 5))
    #expect(abs(found - log(4)) < 1e-3, "\(found)")
    #expect(audioGradient.values.allSatisfy { $0.isFinite })
  }
}
