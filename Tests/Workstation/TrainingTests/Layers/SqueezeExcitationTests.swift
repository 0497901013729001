import Foundation
import Testing
import Training

@Suite struct SqueezeExcitationTests {
  private static let bounds = SequenceBounds(lengths: [5, 1, 8])

  @Test("Each channel of an utterance is scaled by a factor of its means over time, and the residual is added")
  func formula() {
    let seed: UInt64 = 841
    var draws = Draws(seed: seed)
    let bank = ParameterBank(seed: seed)
    let layer = SqueezeExcitation("excitation", bank: bank, channelCount: 4, bottleneckCount: 3)
    bank.seal()
    bank.disturb(&draws)
    let input = draws.matrix(rows: 14, columns: 4)
    let residual = draws.matrix(rows: 14, columns: 4)
    let output = Matrix()
    layer.forward(input, Self.bounds, residual: residual, into: output)
    func value(_ slot: ParameterSlot, _ index: Int) -> Double { Double(bank.value(slot)[index]) }
    for utterance in 0..<3 {
      let rows = Self.bounds.starts[utterance]..<Self.bounds.starts[utterance + 1]
      let means = (0..<4).map { channel in rows.reduce(0.0) { $0 + Double(input[$1, channel]) } / Double(rows.count) }
      let hidden = (0..<3).map { unit in
        max(
          0,
          (0..<4).reduce(value(layer.squeeze.bias!, unit)) {
            $0 + value(layer.squeeze.weights, unit * 4 + $1) * means[$1]
          })
      }
      for channel in 0..<4 {
        let sum = (0..<3).reduce(value(layer.excitation.bias!, channel)) {
          $0 + value(layer.excitation.weights, channel * 3 + $1) * hidden[$1]
        }
        for row in rows {
          let expected = Double(input[row, channel]) / (1 + exp(-sum)) + Double(residual[row, channel])
          #expect(abs(Double(output[row, channel]) - expected) < 1e-5, "row \(row), channel \(channel), seed \(seed)")
        }
      }
    }
  }

  @Test("The gradient reaches the input also through the factors", arguments: [842, 843, 844])
  func gradient(seed: UInt64) {
    var draws = Draws(seed: seed)
    let bank = ParameterBank(seed: seed)
    let layer = SqueezeExcitation("excitation", bank: bank, channelCount: 4, bottleneckCount: 5)
    bank.seal()
    bank.disturb(&draws)
    let output = Matrix()
    layer.forward(draws.matrix(rows: 30, columns: 4), SequenceBounds(lengths: [10, 9, 8, 3]), into: output)
    layer.backward(draws.matrix(rows: 30, columns: 4), into: Matrix())
    let input = draws.matrix(rows: 14, columns: 4)
    let probe = Probe(&draws, rows: 14, columns: 4)
    func forward() -> Evaluation {
      layer.forward(input, Self.bounds, into: output)
      return Evaluation(loss: probe.loss(output), open: layer.openRectifiers)
    }
    _ = forward()
    let inputGradient = draws.matrix(rows: 14, columns: 4)
    let parameters = bank.added { layer.backward(probe.gradient, into: inputGradient) }
    let check = GradientCheck(seed: seed, evaluate: forward)
    check.expect("input", input, gradient: inputGradient)
    check.expectParameters(of: bank, gradients: parameters)
  }
}
