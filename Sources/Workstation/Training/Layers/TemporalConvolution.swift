/// `output[j, o] = Σₖ Σᵢ weights[o, k, i] · input[stride · j − left + dilation · k, i] (+ bias[o])`, per sequence, with
/// zeros outside it.
///
/// | operand | shape | layout |
/// |---|---|---|
/// | input | `[T, in]` ragged | one row per frame |
/// | weights | `[out, kernel, in]` | as in the model file |
/// | output | `[⌈T / stride⌉, out]` ragged | |
///
/// `left = dilation · (kernel − 1) − rightContext`. A bias has no effect directly before batch normalization, but it
/// does if a ReLU comes between.
public final class TemporalConvolution {
  /// The bank that owns the parameters.
  public let bank: ParameterBank
  /// `[out, kernel, in]`.
  public let weights: ParameterSlot
  /// Columns of the input.
  public let inputCount: Int
  /// Columns of the output.
  public let outputCount: Int
  /// The number of taps.
  public let kernel: Int
  /// Input frames per output frame.
  public let stride: Int
  /// Input frames to the right of the current one that the kernel covers.
  public let rightContext: Int
  /// Input frames between adjacent taps.
  public let dilation: Int
  /// `[1, out]`; nil for a layer without bias.
  public let bias: ParameterSlot?
  private let windows = Matrix()
  private let windowGradients = Matrix()
  private var input: Matrix?
  private var inputBounds = SequenceBounds(lengths: [])

  /// Registers the parameters under `name`.
  ///
  /// - Parameter gain: initial standard deviation of the weights times `√(kernel · inputCount)`.
  public init(
    _ name: String, bank: ParameterBank, inputCount: Int, outputCount: Int, kernel: Int = 1, stride: Int = 1,
    rightContext: Int = 0, dilation: Int = 1, hasBias: Bool = false, gain: Float = 1.4
  ) {
    self.bank = bank
    self.inputCount = inputCount
    self.outputCount = outputCount
    self.kernel = kernel
    self.stride = stride
    self.rightContext = rightContext
    self.dilation = dilation
    weights = bank.slot(
      name, rows: outputCount, columns: kernel * inputCount, decays: true,
      .scaledNormal(fanIn: kernel * inputCount, gain: gain))
    bias = hasBias ? bank.slot(name + ".bias", rows: 1, columns: outputCount, decays: false, .constant(0)) : nil
  }

  /// Writes `output`. Keeps a reference to `input` until ``backward(_:into:)``.
  public func forward(_ input: Matrix, _ bounds: SequenceBounds, into output: Matrix) {
    self.input = input
    inputBounds = bounds
    let outputBounds = bounds.strided(by: stride)
    output.reshape(rows: outputBounds.rowCount, columns: outputCount)
    let columns = kernel * inputCount
    let source: UnsafeMutablePointer<Float>
    if kernel == 1 && stride == 1 {
      source = input.pointer
    } else {
      gatherWindows(input, bounds, outputBounds)
      source = windows.pointer
    }
    if let bias {
      for row in 0..<output.rows { output.row(row).update(from: bank.value(bias), count: outputCount) }
    }
    MatrixProduct.multiplyTransposed(
      source, bank.value(weights), into: output.pointer, m: output.rows, n: outputCount, k: columns,
      beta: bias == nil ? 0 : 1, precision: bank.precision)
  }

  private func gatherWindows(_ input: Matrix, _ bounds: SequenceBounds, _ outputBounds: SequenceBounds) {
    let columns = kernel * inputCount
    windows.reshape(rows: outputBounds.rowCount, columns: columns)
    let left = dilation * (kernel - 1) - rightContext
    for sequence in 0..<bounds.count {
      let length = bounds.length(sequence)
      let base = input.row(bounds.starts[sequence])
      for frame in 0..<outputBounds.length(sequence) {
        let row = windows.row(outputBounds.starts[sequence] + frame)
        let first = frame * stride - left
        for tap in 0..<kernel {
          let source = first + dilation * tap
          let destination = row + tap * inputCount
          if source >= 0 && source < length {
            destination.update(from: base + source * inputCount, count: inputCount)
          } else {
            destination.update(repeating: 0, count: inputCount)
          }
        }
      }
    }
  }

  /// Adds to the gradients of the parameters. Writes that of the input if `inputGradient` is given.
  public func backward(_ outputGradient: Matrix, into inputGradient: Matrix?) {
    guard let input else { preconditionFailure("backward before forward") }
    let columns = kernel * inputCount
    let plain = kernel == 1 && stride == 1
    MatrixProduct.accumulateTransposed(
      outputGradient.pointer, plain ? input.pointer : windows.pointer, into: bank.gradient(weights), m: outputCount,
      n: columns, k: outputGradient.rows, precision: bank.precision)
    if let bias {
      let gradient = bank.gradient(bias)
      for row in 0..<outputGradient.rows {
        VectorLoops.accumulate(1, outputGradient.row(row), into: gradient, outputCount)
      }
    }
    guard let inputGradient else { return }
    inputGradient.reshape(rows: input.rows, columns: inputCount)
    if plain {
      MatrixProduct.multiply(
        outputGradient.pointer, bank.value(weights), into: inputGradient.pointer, m: outputGradient.rows, n: columns,
        k: outputCount, precision: bank.precision)
      return
    }
    windowGradients.reshape(rows: outputGradient.rows, columns: columns)
    MatrixProduct.multiply(
      outputGradient.pointer, bank.value(weights), into: windowGradients.pointer, m: outputGradient.rows, n: columns,
      k: outputCount, precision: bank.precision)
    inputGradient.setZero()
    let outputBounds = inputBounds.strided(by: stride)
    let left = dilation * (kernel - 1) - rightContext
    for sequence in 0..<inputBounds.count {
      let length = inputBounds.length(sequence)
      let base = inputGradient.row(inputBounds.starts[sequence])
      for frame in 0..<outputBounds.length(sequence) {
        let row = windowGradients.row(outputBounds.starts[sequence] + frame)
        for tap in 0..<kernel {
          let target = frame * stride - left + dilation * tap
          guard target >= 0 && target < length else { continue }
          VectorLoops.accumulate(1, row + tap * inputCount, into: base + target * inputCount, inputCount)
        }
      }
    }
  }
}
