import Foundation
import Testing
import Training

@Suite struct LSTMLayerTests {
  /// Ragged, unsorted, with a tie and a length of one; then one sequence alone.
  @Test(
    "The gradient of both directions flows through ragged sequences",
    arguments: [[3, 1, 6, 3], [1], [5], [1, 1, 2]])
  func gradient(lengths: [Int]) {
    let seed = UInt64(230 + lengths.count)
    var draws = Draws(seed: seed)
    let bank = ParameterBank(seed: seed)
    let layer = LSTMLayer("lstm", bank: bank, inputCount: 3, hiddenCount: 4)
    bank.seal()
    bank.disturb(&draws)
    let bounds = SequenceBounds(lengths: lengths)
    let output = Matrix()
    // A larger batch first, of which nothing may remain.
    let larger = SequenceBounds(lengths: [9, 4, 8])
    let earlier = draws.matrix(rows: larger.rowCount, columns: 3)
    layer.forward(earlier, larger, into: output)
    layer.backward(draws.matrix(rows: larger.rowCount, columns: 8), into: Matrix())
    let input = draws.matrix(rows: bounds.rowCount, columns: 3)
    let probe = Probe(&draws, rows: bounds.rowCount, columns: 8)
    func forward() -> Evaluation {
      layer.forward(input, bounds, into: output)
      return Evaluation(loss: probe.loss(output))
    }
    _ = forward()
    let inputGradient = draws.matrix(rows: bounds.rowCount, columns: 3)
    let parameters = bank.added { layer.backward(probe.gradient, into: inputGradient) }
    let check = GradientCheck(seed: seed, step: 2e-2, evaluate: forward)
    check.expect("input", input, gradient: inputGradient)
    // With sequences of one frame the state is zero, and its weights have no effect.
    check.expectParameters(of: bank, gradients: parameters) {
      lengths.max()! > 1 || !$0.name.hasSuffix("hiddenWeights")
    }
  }

  @Test("Each sequence gives the result of the gate equations for it alone")
  func equations() {
    let seed: UInt64 = 241
    var draws = Draws(seed: seed)
    let bank = ParameterBank(seed: seed)
    let layer = LSTMLayer("lstm", bank: bank, inputCount: 2, hiddenCount: 3)
    bank.seal()
    bank.disturb(&draws)
    let lengths = [2, 5, 1, 4]
    let bounds = SequenceBounds(lengths: lengths)
    let input = draws.matrix(rows: bounds.rowCount, columns: 2)
    let output = Matrix()
    layer.forward(input, bounds, into: output)
    for (column, direction) in [(0, layer.forwardDirection), (3, layer.backwardDirection)] {
      for sequence in lengths.indices {
        var frames = Array(bounds.starts[sequence]..<bounds.starts[sequence + 1])
        if column == 3 { frames.reverse() }
        var state = [Double](repeating: 0, count: 3)
        var cell = state
        for frame in frames {
          let sums = (0..<12).map { gate -> Double in
            var sum = Double(bank.value(direction.bias)[gate])
            for index in 0..<2 {
              sum += Double(bank.value(direction.inputWeights)[gate * 2 + index]) * Double(input[frame, index])
            }
            for index in 0..<3 { sum += Double(bank.value(direction.hiddenWeights)[gate * 3 + index]) * state[index] }
            return sum
          }
          func sigmoid(_ value: Double) -> Double { 1 / (1 + exp(-value)) }
          cell = (0..<3).map { sigmoid(sums[3 + $0]) * cell[$0] + sigmoid(sums[$0]) * tanh(sums[6 + $0]) }
          state = (0..<3).map { sigmoid(sums[9 + $0]) * tanh(cell[$0]) }
          for unit in 0..<3 {
            #expect(abs(Double(output[frame, column + unit]) - state[unit]) < 1e-5, "frame \(frame), seed \(seed)")
          }
        }
      }
    }
  }

  @Test("A new layer keeps its cells: the bias of the forget gate is one, the others are zero") func bias() {
    let bank = ParameterBank(seed: 242)
    let layer = LSTMLayer("lstm", bank: bank, inputCount: 2, hiddenCount: 3)
    bank.seal()
    for direction in [layer.forwardDirection, layer.backwardDirection] {
      let values = (0..<12).map { bank.value(direction.bias)[$0] }
      #expect(values == [0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0])
    }
  }
}
