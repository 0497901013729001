import Foundation
import Testing
import Training

@Suite struct GRULayerTests {
  /// Ragged, unsorted, with a tie and a length of one; then one sequence alone.
  @Test(
    "The gradient of both directions flows through ragged sequences",
    arguments: [[3, 1, 6, 3], [1], [5], [1, 1, 2]])
  func gradient(lengths: [Int]) {
    let seed = UInt64(200 + lengths.count)
    var draws = Draws(seed: seed)
    let bank = ParameterBank(seed: seed)
    let layer = GRULayer("gru", bank: bank, inputCount: 3, hiddenCount: 4)
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
    let seed: UInt64 = 31
    var draws = Draws(seed: seed)
    let bank = ParameterBank(seed: seed)
    let layer = GRULayer("gru", bank: bank, inputCount: 2, hiddenCount: 3)
    bank.seal()
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
        for frame in frames {
          func fromInput(_ gate: Int) -> Double {
            (0..<2).reduce(Double(bank.value(direction.inputBias)[gate])) {
              $0 + Double(bank.value(direction.inputWeights)[gate * 2 + $1]) * Double(input[frame, $1])
            }
          }
          func fromState(_ gate: Int) -> Double {
            (0..<3).reduce(Double(bank.value(direction.hiddenBias)[gate])) {
              $0 + Double(bank.value(direction.hiddenWeights)[gate * 3 + $1]) * state[$1]
            }
          }
          state = (0..<3).map { unit in
            let reset = 1 / (1 + exp(-fromInput(unit) - fromState(unit)))
            let update = 1 / (1 + exp(-fromInput(3 + unit) - fromState(3 + unit)))
            let candidate = tanh(fromInput(6 + unit) + reset * fromState(6 + unit))
            return (1 - update) * candidate + update * state[unit]
          }
          for unit in 0..<3 {
            #expect(abs(Double(output[frame, column + unit]) - state[unit]) < 1e-5, "frame \(frame), seed \(seed)")
          }
        }
      }
    }
  }
}
