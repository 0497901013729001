import Foundation
import Testing
import Training

@Suite struct AsymmetricProxyLossTests {
  /// Class 2 stands alone in its batch: its only positive is its own audio; classes 0 and 1 have several.
  private static let classes: [UInt8] = [0, 1, 0, 2, 1, 0]

  private static func make(_ seed: UInt64) -> (ParameterBank, AsymmetricProxyLoss, text: Matrix, audio: Matrix) {
    var draws = Draws(seed: seed)
    let bank = ParameterBank(seed: seed)
    let loss = AsymmetricProxyLoss("proxy", bank: bank, classCount: 3)
    bank.seal()
    for label in 0..<3 {
      bank.value(loss.logAlpha)[label] = log(draws.generator.nextUniform(in: 2...6))
      bank.value(loss.logBeta)[label] = log(draws.generator.nextUniform(in: 2...6))
      bank.value(loss.margin)[label] = draws.generator.nextUniform(in: 0.1...0.6)
    }
    return (bank, loss, draws.unitRows(6, 4), draws.unitRows(6, 4))
  }

  @Test("The value is that of the formula with each class's own scales and margin", arguments: [901, 902, 903])
  func value(seed: UInt64) {
    let (bank, loss, text, audio) = Self.make(seed)
    let found = loss.accumulate(
      text: text, audio: audio, classes: Self.classes, weight: 1, textGradient: Matrix(rows: 6, columns: 4),
      audioGradient: Matrix(rows: 6, columns: 4))
    var expected = 0.0
    for anchor in 0..<6 {
      let label = Int(Self.classes[anchor])
      let alpha = exp(Double(bank.value(loss.logAlpha)[label]))
      let beta = exp(Double(bank.value(loss.logBeta)[label]))
      let lambda = Double(bank.value(loss.margin)[label])
      let similarities = (0..<6).map { other in
        (0..<4).reduce(0.0) { $0 + Double(text[anchor, $1]) * Double(audio[other, $1]) }
      }
      let positives = (0..<6).filter { Self.classes[$0] == Self.classes[anchor] }.map { similarities[$0] }
      let negatives = (0..<6).filter { Self.classes[$0] != Self.classes[anchor] }.map { similarities[$0] }
      expected += log(1 + positives.map { exp(-alpha * ($0 - lambda)) }.reduce(0, +)) / alpha / 6
      expected +=
        negatives.map { log(1 + exp(beta * ($0 - lambda))) / beta }.reduce(0, +) / Double(negatives.count) / 6
    }
    #expect(abs(Double(found) - expected) < 1e-5 * expected, "\(found), expected \(expected), seed \(seed)")
  }

  @Test("The gradient reaches text, audio, scales and margins", arguments: [904, 905, 906])
  func gradient(seed: UInt64) {
    let (bank, loss, text, audio) = Self.make(seed)
    func run(_ textGradient: Matrix, _ audioGradient: Matrix) -> Double {
      Double(
        loss.accumulate(
          text: text, audio: audio, classes: Self.classes, weight: 0.6, textGradient: textGradient,
          audioGradient: audioGradient))
    }
    let (textGradient, audioGradient) = (Matrix(rows: 6, columns: 4), Matrix(rows: 6, columns: 4))
    textGradient.pointer.update(repeating: 0.5, count: 24)
    audioGradient.pointer.update(repeating: 0.5, count: 24)
    let parameters = bank.added { _ = run(textGradient, audioGradient) }
    for index in 0..<24 {
      textGradient.pointer[index] -= 0.5
      audioGradient.pointer[index] -= 0.5
    }
    let scratch = (Matrix(rows: 6, columns: 4), Matrix(rows: 6, columns: 4))
    let check = GradientCheck(seed: seed, step: 2e-2) { Evaluation(loss: 0.6 * run(scratch.0, scratch.1)) }
    check.expect("text", text, gradient: textGradient)
    check.expect("audio", audio, gradient: audioGradient)
    check.expectParameters(of: bank, gradients: parameters)
  }

  @Test("Large scales do not take it out of the range of single precision")
  func largeScales() {
    let (bank, loss, text, audio) = Self.make(907)
    for label in 0..<3 {
      bank.value(loss.logAlpha)[label] = log(300)
      bank.value(loss.logBeta)[label] = log(300)
    }
    let gradient = Matrix(rows: 6, columns: 4)
    let found = loss.accumulate(
      text: text, audio: audio, classes: Self.classes, weight: 1, textGradient: gradient,
      audioGradient: Matrix(rows: 6, columns: 4))
    #expect(found.isFinite)
    #expect((0..<bank.valueCount).allSatisfy { bank.gradients[$0].isFinite })
    #expect(gradient.values.allSatisfy { $0.isFinite })
  }
}
