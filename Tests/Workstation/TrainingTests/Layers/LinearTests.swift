import Testing
import Training

@Suite struct LinearTests {
  @Test("The gradient reaches weights, bias and input, which is written or accumulated", arguments: [true, false])
  func gradient(hasBias: Bool) {
    let seed: UInt64 = 821
    var draws = Draws(seed: seed)
    let bank = ParameterBank(seed: seed)
    let layer = Linear("linear", bank: bank, inputCount: 4, outputCount: 3, hasBias: hasBias)
    bank.seal()
    bank.disturb(&draws)
    let input = draws.matrix(rows: 5, columns: 4)
    let probe = Probe(&draws, rows: 5, columns: 3)
    let output = Matrix()
    func forward() -> Evaluation {
      layer.forward(input, into: output)
      return Evaluation(loss: probe.loss(output))
    }
    _ = forward()
    let inputGradient = draws.matrix(rows: 5, columns: 4)
    let parameters = bank.added { layer.backward(probe.gradient, into: inputGradient) }
    let twice = Matrix(rows: 5, columns: 4, values: inputGradient.values)
    layer.backward(probe.gradient, into: twice, accumulates: true)
    for index in 0..<twice.count {
      #expect(abs(twice.pointer[index] - 2 * inputGradient.pointer[index]) < 1e-5, "seed \(seed)")
    }
    let check = GradientCheck(seed: seed, step: 0.1, tolerance: 1e-3, evaluate: forward)
    check.expect("input", input, gradient: inputGradient)
    check.expectParameters(of: bank, gradients: parameters)
  }

  /// 16 and 17 columns: one iteration of the vector loop, and one more value.
  @Test("The gradient of unit rows is orthogonal to the row and divided by its length", arguments: [3, 16, 17])
  func unitRows(columns: Int) {
    let seed = UInt64(830 + columns)
    var draws = Draws(seed: seed)
    let input = draws.matrix(rows: 4, columns: columns, size: 2)
    let probe = Probe(&draws, rows: 4, columns: columns)
    let layer = UnitRows()
    let output = Matrix()
    func forward() -> Evaluation {
      output.copy(from: input)
      layer.forward(output)
      return Evaluation(loss: probe.loss(output))
    }
    _ = forward()
    for row in 0..<4 {
      let square = (0..<columns).reduce(0.0) { $0 + Double(output[row, $1]) * Double(output[row, $1]) }
      #expect(abs(square - 1) < 1e-5, "row \(row), seed \(seed)")
    }
    let gradient = probe.gradient
    layer.backward(gradient, output: output)
    GradientCheck(seed: seed, step: 2e-2, evaluate: forward).expect("input", input, gradient: gradient)
  }

  @Test("A row of zeros stays finite") func zeroRow() {
    let values = Matrix(rows: 1, columns: 3)
    let layer = UnitRows()
    layer.forward(values)
    let gradient = Matrix(rows: 1, columns: 3, values: [1, -1, 2])
    layer.backward(gradient, output: values)
    #expect(values.values == [0, 0, 0])
    #expect(gradient.values.allSatisfy { $0.isFinite })
  }
}
