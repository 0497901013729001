import Testing
import Training

@Suite struct TemporalConvolutionTests {
  struct Shape: CustomTestStringConvertible, Sendable {
    var kernel: Int
    var stride: Int
    var rightContext: Int
    var dilation = 1
    var hasBias = false
    var testDescription: String {
      "kernel \(kernel), stride \(stride), right context \(rightContext), dilation \(dilation), bias \(hasBias)"
    }

    /// Pointwise and strided, then kernels with no, some and only future context, then the ECAPA encoder's stem and
    /// dilated
    /// taps, some of them outside every sequence.
    static let all = [
      Shape(kernel: 1, stride: 1, rightContext: 0), Shape(kernel: 1, stride: 2, rightContext: 0),
      Shape(kernel: 3, stride: 1, rightContext: 0), Shape(kernel: 3, stride: 2, rightContext: 1),
      Shape(kernel: 3, stride: 1, rightContext: 2), Shape(kernel: 5, stride: 1, rightContext: 2),
      Shape(kernel: 5, stride: 2, rightContext: 2), Shape(kernel: 5, stride: 2, rightContext: 0),
      Shape(kernel: 5, stride: 2, rightContext: 4), Shape(kernel: 1, stride: 1, rightContext: 0, hasBias: true),
      Shape(kernel: 5, stride: 4, rightContext: 2, hasBias: true),
      Shape(kernel: 3, stride: 1, rightContext: 2, dilation: 2),
      Shape(kernel: 3, stride: 1, rightContext: 4, dilation: 4, hasBias: true),
      Shape(kernel: 3, stride: 2, rightContext: 1, dilation: 3),
    ]
  }

  /// One frame, shorter than the kernel, odd and even.
  private static let lengths = [1, 4, 2, 7]

  @Test("Each sequence gives the sum over taps and inputs, with zeros outside it", arguments: Shape.all)
  func naive(shape: Shape) {
    let seed: UInt64 = 801
    var draws = Draws(seed: seed)
    let bank = ParameterBank(seed: seed)
    let layer = TemporalConvolution(
      "convolution", bank: bank, inputCount: 3, outputCount: 4, kernel: shape.kernel, stride: shape.stride,
      rightContext: shape.rightContext, dilation: shape.dilation, hasBias: shape.hasBias)
    bank.seal()
    bank.disturb(&draws)
    let bounds = SequenceBounds(lengths: Self.lengths)
    let input = draws.matrix(rows: bounds.rowCount, columns: 3)
    let output = Matrix()
    layer.forward(input, bounds, into: output)
    var row = 0
    for (sequence, length) in Self.lengths.enumerated() {
      var centre = 0
      while centre < length {
        for channel in 0..<4 {
          var sum = layer.bias.map { Double(bank.value($0)[channel]) } ?? 0
          for frame in 0..<length {
            let distance = frame - centre + shape.dilation * (shape.kernel - 1) - shape.rightContext
            let tap = distance / shape.dilation
            guard distance >= 0, distance % shape.dilation == 0, tap < shape.kernel else { continue }
            for inner in 0..<3 {
              sum +=
                Double(bank.value(layer.weights)[(channel * shape.kernel + tap) * 3 + inner])
                * Double(input[bounds.starts[sequence] + frame, inner])
            }
          }
          #expect(abs(Double(output[row, channel]) - sum) < 1e-5, "row \(row), channel \(channel), seed \(seed)")
        }
        row += 1
        centre += shape.stride
      }
    }
    #expect(output.rows == row)
  }

  @Test("The gradient reaches weights and input", arguments: Shape.all)
  func gradient(shape: Shape) {
    let seed: UInt64 = 802
    var draws = Draws(seed: seed)
    let bank = ParameterBank(seed: seed)
    let layer = TemporalConvolution(
      "convolution", bank: bank, inputCount: 3, outputCount: 2, kernel: shape.kernel, stride: shape.stride,
      rightContext: shape.rightContext, dilation: shape.dilation, hasBias: shape.hasBias)
    bank.seal()
    bank.disturb(&draws)
    let bounds = SequenceBounds(lengths: Self.lengths)
    let output = Matrix()
    let larger = SequenceBounds(lengths: [30, 9])
    layer.forward(draws.matrix(rows: 39, columns: 3), larger, into: output)
    layer.backward(draws.matrix(rows: output.rows, columns: 2), into: Matrix())
    let input = draws.matrix(rows: bounds.rowCount, columns: 3)
    let probe = Probe(&draws, rows: bounds.strided(by: shape.stride).rowCount, columns: 2)
    func forward() -> Evaluation {
      layer.forward(input, bounds, into: output)
      return Evaluation(loss: probe.loss(output))
    }
    _ = forward()
    let inputGradient = draws.matrix(rows: bounds.rowCount, columns: 3)
    let parameters = bank.added { layer.backward(probe.gradient, into: inputGradient) }
    #expect(bank.added { layer.backward(probe.gradient, into: nil) } == parameters)
    // The layer is linear, so the step may be large.
    let check = GradientCheck(seed: seed, step: 0.1, tolerance: 1e-3, evaluate: forward)
    check.expect("input", input, gradient: inputGradient)
    check.expectParameters(of: bank, gradients: parameters)
  }
}

@Suite struct DepthwiseConvolutionTests {
  private static let lengths = [1, 9, 3, 2]

  /// No, some and only future context; kernels of one tap and longer than the sequences.
  @Test(
    "Each channel is its own convolution, and the gradient reaches taps and input",
    arguments: [(1, 0), (3, 0), (3, 1), (5, 2), (5, 4), (7, 1)])
  func gradient(kernel: Int, rightContext: Int) {
    let seed = UInt64(810 + kernel)
    var draws = Draws(seed: seed)
    let bank = ParameterBank(seed: seed)
    let layer = DepthwiseConvolution(
      "depthwise", bank: bank, channelCount: 3, kernel: kernel, rightContext: rightContext)
    bank.seal()
    let bounds = SequenceBounds(lengths: Self.lengths)
    let input = draws.matrix(rows: bounds.rowCount, columns: 3)
    let probe = Probe(&draws, rows: bounds.rowCount, columns: 3)
    let output = Matrix()
    func forward() -> Evaluation {
      layer.forward(input, bounds, into: output)
      return Evaluation(loss: probe.loss(output))
    }
    _ = forward()
    for sequence in Self.lengths.indices {
      let rows = bounds.starts[sequence]..<bounds.starts[sequence + 1]
      for row in rows {
        for channel in 0..<3 {
          var sum = 0.0
          for source in rows {
            let tap = source - row + kernel - 1 - rightContext
            guard (0..<kernel).contains(tap) else { continue }
            sum += Double(bank.value(layer.weights)[tap * 3 + channel]) * Double(input[source, channel])
          }
          #expect(abs(Double(output[row, channel]) - sum) < 1e-5, "row \(row), channel \(channel), seed \(seed)")
        }
      }
    }
    let inputGradient = draws.matrix(rows: bounds.rowCount, columns: 3)
    let parameters = bank.added { layer.backward(probe.gradient, into: inputGradient) }
    let check = GradientCheck(seed: seed, step: 0.1, tolerance: 1e-3, evaluate: forward)
    check.expect("input", input, gradient: inputGradient)
    check.expectParameters(of: bank, gradients: parameters)
  }
}
