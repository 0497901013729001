import Foundation
import Testing
import Training

@Suite struct MatchDiscriminationTests {
  private static let targets: [Int8] = [1, 0, -1, 1, 1, 0, -1]

  @Test(
    "Value and gradient are those of the cross-entropy with equal weight for matches and mismatches",
    arguments: [921, 922, 923])
  func gradient(seed: UInt64) {
    var draws = Draws(seed: seed)
    let bank = ParameterBank(seed: seed)
    let loss = MatchDiscrimination("match", bank: bank)
    bank.seal()
    bank.value(loss.logScale)[0] = log(5)
    bank.value(loss.threshold)[0] = 0.2
    let text = draws.unitRows(7, 4)
    let audio = draws.unitRows(7, 4)
    func oracle() -> Evaluation {
      let (scale, threshold) = (exp(Double(bank.value(loss.logScale)[0])), Double(bank.value(loss.threshold)[0]))
      var sums = [0.0, 0.0]
      for (row, target) in Self.targets.enumerated() where target >= 0 {
        let cosine = (0..<4).reduce(0.0) { $0 + Double(text[row, $1]) * Double(audio[row, $1]) }
        let probability = 1 / (1 + exp(-scale * (cosine - threshold)))
        sums[Int(target)] -= log(target == 1 ? probability : 1 - probability)
      }
      return Evaluation(loss: 0.6 * (sums[0] / 2 + sums[1] / 3) / 2)
    }
    let (textGradient, audioGradient) = (Matrix(rows: 7, columns: 4), Matrix(rows: 7, columns: 4))
    textGradient.pointer.update(repeating: 0.5, count: 28)
    audioGradient.pointer.update(repeating: 0.5, count: 28)
    var found: Float = 0
    let parameters = bank.added {
      found = loss.accumulate(
        text: text, audio: audio, targets: Self.targets, weight: 0.6, textGradient: textGradient,
        audioGradient: audioGradient)
    }
    #expect(abs(0.6 * Double(found) - oracle().loss) < 1e-5, "seed \(seed)")
    let check = GradientCheck(seed: seed, evaluate: oracle)
    check.expect("text", text.pointer, gradient: textGradient.values.map { $0 - 0.5 })
    check.expect("audio", audio.pointer, gradient: audioGradient.values.map { $0 - 0.5 })
    check.expectParameters(of: bank, gradients: parameters)
  }
}
