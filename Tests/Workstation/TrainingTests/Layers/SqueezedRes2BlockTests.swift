import Testing
import Training

@Suite struct SqueezedRes2BlockTests {
  @Test("The gradient passes through block and residual of a ragged batch", arguments: [851, 852])
  func gradient(seed: UInt64) {
    var draws = Draws(seed: seed)
    let bank = ParameterBank(seed: seed)
    let block = SqueezedRes2Block(
      "block", bank: bank, channelCount: 4, scale: 2, kernel: 3, dilation: 2, bottleneckCount: 3)
    bank.seal()
    bank.disturb(&draws, by: 0.1)
    let bounds = SequenceBounds(lengths: [7, 11])
    block.forward(draws.matrix(rows: 39, columns: 4), SequenceBounds(lengths: [30, 9]), training: true)
    block.backward(draws.matrix(rows: 39, columns: 4))
    let input = draws.matrix(rows: 18, columns: 4)
    let probe = Probe(&draws, rows: 18, columns: 4)
    func forward() -> Evaluation {
      block.forward(input, bounds, training: true)
      return Evaluation(loss: probe.loss(block.output), open: block.openRectifiers)
    }
    _ = forward()
    let gradient = probe.gradient
    let parameters = bank.added { block.backward(gradient) }
    let check = GradientCheck(seed: seed, step: 1e-3, skippedShare: 0.5, evaluate: forward)
    check.expect("input", input, gradient: gradient)
    check.expectParameters(of: bank, gradients: parameters)
  }
}
