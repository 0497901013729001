import Testing
import Training

@Suite struct BatchNormalizationTests {
  /// Two rows are the fewest with a variance. 9 and 33 are odd, so no power of two hides a wrong divisor.
  @Test(
    "The gradient accounts for the batch's own statistics, with and without ReLU and residual",
    arguments: [2, 9, 33], [(false, false), (true, false), (false, true), (true, true)])
  func gradient(rows: Int, form: (rectifies: Bool, residual: Bool)) {
    let seed = UInt64(100 + rows)
    var draws = Draws(seed: seed)
    let channels = 5
    let bank = ParameterBank(seed: seed)
    let layer = BatchNormalization("norm", bank: bank, channelCount: channels, rectifies: form.rectifies)
    bank.seal()
    bank.disturb(&draws, by: 0.5)
    let input = draws.matrix(rows: rows, columns: channels, size: 2)
    for row in 0..<rows { input[row, 1] += 3 }
    let residual = form.residual ? draws.matrix(rows: rows, columns: channels) : nil
    let probe = Probe(&draws, rows: rows, columns: channels)
    let output = Matrix()
    func forward() -> Evaluation {
      output.copy(from: input)
      layer.forward(output, residual: residual, training: true)
      return Evaluation(loss: probe.loss(output), open: form.rectifies ? output.open : [])
    }
    _ = forward()
    let gradient = probe.gradient
    let residualGradient = draws.matrix(rows: 2, columns: 3)
    let parameters = bank.added {
      layer.backward(gradient, output: output, residualGradient: form.residual ? residualGradient : nil)
    }
    let check = GradientCheck(seed: seed, step: 2e-3, skippedShare: 0.5, evaluate: forward)
    check.expectParameters(of: bank, gradients: parameters)
    // With two rows the normalized values are ±1 for any input, so the gradient by the input almost vanishes.
    if rows > 2 { check.expect("input", input, gradient: gradient) }
    if let residual { check.expect("residual", residual, gradient: residualGradient) }
  }

  @Test(
    "With a preceding ReLU, a closed input has no gradient and the statistics are those of its output",
    arguments: [9, 33])
  func rectifiedInput(rows: Int) {
    let seed = UInt64(130 + rows)
    var draws = Draws(seed: seed)
    let channels = 4
    let bank = ParameterBank(seed: seed)
    let layer = BatchNormalization(
      "norm", bank: bank, channelCount: channels, rectifies: false, rectifiesInput: true)
    bank.seal()
    bank.disturb(&draws, by: 0.5)
    let input = draws.matrix(rows: rows, columns: channels, size: 2)
    let probe = Probe(&draws, rows: rows, columns: channels)
    let output = Matrix()
    func forward() -> Evaluation {
      output.copy(from: input)
      layer.forward(output, training: true)
      return Evaluation(loss: probe.loss(output), open: input.open)
    }
    _ = forward()
    #expect(layer.openInputs == input.open)
    for channel in 0..<channels {
      let column = (0..<rows).map { Double(max(input[$0, channel], 0)) }
      let mean = column.reduce(0, +) / Double(rows)
      let variance = column.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / Double(rows)
      for row in 0..<rows {
        let unit = (column[row] - mean) / (variance + Double(BatchNormalization.epsilon)).squareRoot()
        let expected = Double(bank.value(layer.scale)[channel]) * unit + Double(bank.value(layer.shift)[channel])
        #expect(abs(Double(output[row, channel]) - expected) < 1e-5, "row \(row), channel \(channel), seed \(seed)")
      }
    }
    let gradient = probe.gradient
    let parameters = bank.added { layer.backward(gradient, output: output) }
    #expect((0..<input.count).allSatisfy { input.pointer[$0] > 0 || gradient.pointer[$0] == 0 })
    let check = GradientCheck(seed: seed, step: 2e-3, evaluate: forward)
    check.expectParameters(of: bank, gradients: parameters)
    check.expect("input", input, gradient: gradient)
  }

  @Test("Training normalizes each channel by the batch's mean and variance and stores both as statistics")
  func values() {
    let seed: UInt64 = 7
    var draws = Draws(seed: seed)
    let bank = ParameterBank(seed: seed)
    let layer = BatchNormalization("norm", bank: bank, channelCount: 3, rectifies: true)
    bank.seal()
    bank.disturb(&draws)
    let input = draws.matrix(rows: 17, columns: 3, size: 2)
    // A large offset, with which the sum of squares must not cancel.
    for row in 0..<17 { input[row, 2] += 1_000 }
    let residual = draws.matrix(rows: 17, columns: 3)
    let output = Matrix()
    output.copy(from: input)
    layer.forward(output, residual: residual, training: true)
    for channel in 0..<3 {
      let column = (0..<17).map { Double(input[$0, channel]) }
      let mean = column.reduce(0, +) / 17
      let variance = column.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / 17
      #expect(abs(Double(bank.batchStatistics[layer.statisticOffset + channel]) - mean) < 1e-3)
      #expect(abs(Double(bank.batchStatistics[layer.statisticOffset + 3 + channel]) - variance) < 1e-3 * variance)
      for row in 0..<17 {
        let unit = (column[row] - mean) / (variance + Double(BatchNormalization.epsilon)).squareRoot()
        let gamma = Double(bank.value(layer.scale)[channel])
        let beta = Double(bank.value(layer.shift)[channel])
        let expected = max(0, gamma * unit + beta + Double(residual[row, channel]))
        #expect(abs(Double(output[row, channel]) - expected) < 1e-3, "row \(row), channel \(channel), seed \(seed)")
      }
    }
  }

  @Test("Running averages move toward the mean of the workers by the momentum, and evaluation uses them")
  func runningAverages() {
    let bank = ParameterBank(seed: 1)
    _ = BatchNormalization("norm", bank: bank, channelCount: 1, rectifies: false)
    bank.seal()
    let workers = [ParameterBank(sharing: bank), ParameterBank(sharing: bank)]
    let layers = workers.map { BatchNormalization("norm", bank: $0, channelCount: 1, rectifies: false) }
    layers[0].forward(Matrix(rows: 2, columns: 1, values: [1, 3]), training: true)  // mean 2, variance 1
    layers[1].forward(Matrix(rows: 2, columns: 1, values: [2, 10]), training: true)  // mean 6, variance 16
    BatchNormalization.updateRunningStatistics(of: bank, from: workers)
    let momentum = BatchNormalization.momentum
    #expect(abs(bank.statistics[0] - momentum * 4) < 1e-6)
    #expect(abs(bank.statistics[1] - (1 + momentum * (8.5 - 1))) < 1e-6)
    bank.statistics[0] = 2
    bank.statistics[1] = 4 - BatchNormalization.epsilon
    let values = Matrix(rows: 1, columns: 1, values: [5])
    layers[1].forward(values, training: false)
    #expect(abs(values[0, 0] - 1.5) < 1e-6)
  }
}
