/// A dense layer: `output[r, o] = Σᵢ weights[o, i] · input[r, i] + bias[o]`.
public final class Linear {
  /// The bank that owns the parameters.
  public let bank: ParameterBank
  /// `[outputCount, inputCount]`.
  public let weights: ParameterSlot
  /// `[1, outputCount]`; nil for a layer without bias.
  public let bias: ParameterSlot?
  /// Columns of the input.
  public let inputCount: Int
  /// Columns of the output.
  public let outputCount: Int
  private var input: Matrix?

  /// Registers the parameters under `name`.
  ///
  /// - Parameter gain: initial standard deviation of the weights times `√inputCount`.
  public init(
    _ name: String, bank: ParameterBank, inputCount: Int, outputCount: Int, hasBias: Bool = true, gain: Float = 1
  ) {
    self.bank = bank
    self.inputCount = inputCount
    self.outputCount = outputCount
    weights = bank.slot(
      name + ".weights", rows: outputCount, columns: inputCount, decays: true,
      .scaledNormal(fanIn: inputCount, gain: gain))
    bias = hasBias ? bank.slot(name + ".bias", rows: 1, columns: outputCount, decays: false, .constant(0)) : nil
  }

  /// Writes `output` `[R, outputCount]`. Keeps a reference to `input` until ``backward(_:into:accumulates:)``.
  public func forward(_ input: Matrix, into output: Matrix) {
    self.input = input
    output.reshape(rows: input.rows, columns: outputCount)
    if let bias {
      for row in 0..<input.rows { output.row(row).update(from: bank.value(bias), count: outputCount) }
    }
    MatrixProduct.multiplyTransposed(
      input.pointer, bank.value(weights), into: output.pointer, m: input.rows, n: outputCount, k: inputCount,
      beta: bias == nil ? 0 : 1)
  }

  /// Adds to the gradients of the parameters. Writes the gradient of the input if `inputGradient` is given, or adds to
  /// it if `accumulates` is true.
  public func backward(_ outputGradient: Matrix, into inputGradient: Matrix?, accumulates: Bool = false) {
    guard let input else { preconditionFailure("backward before forward") }
    MatrixProduct.accumulateTransposed(
      outputGradient.pointer, input.pointer, into: bank.gradient(weights), m: outputCount, n: inputCount,
      k: outputGradient.rows)
    if let bias {
      let gradient = bank.gradient(bias)
      for row in 0..<outputGradient.rows {
        VectorLoops.accumulate(1, outputGradient.row(row), into: gradient, outputCount)
      }
    }
    guard let inputGradient else { return }
    if !accumulates { inputGradient.reshape(rows: input.rows, columns: inputCount) }
    MatrixProduct.multiply(
      outputGradient.pointer, bank.value(weights), into: inputGradient.pointer, m: outputGradient.rows, n: inputCount,
      k: outputCount, beta: accumulates ? 1 : 0)
  }
}

/// Scales rows to unit length: `output[r] = input[r] / max(‖input[r]‖, 1e-6)`.
public final class UnitRows {
  private var inverseNorms: [Float] = []

  /// Creates an instance for one matrix.
  public init() {}

  /// Normalizes the rows in place.
  public func forward(_ values: Matrix) {
    inverseNorms = [Float](repeating: 0, count: values.rows)
    for row in 0..<values.rows {
      let pointer = values.row(row)
      let inverse = 1 / max(VectorLoops.dot(pointer, pointer, values.columns).squareRoot(), 1e-6)
      inverseNorms[row] = inverse
      for column in 0..<values.columns { pointer[column] *= inverse }
    }
  }

  /// Converts the gradient by the unit rows into that by the input, in place: `(g − ⟨g, u⟩ u) / ‖input‖`.
  public func backward(_ gradient: Matrix, output: Matrix) {
    for row in 0..<gradient.rows {
      let pointer = gradient.row(row)
      let unit = output.row(row)
      let along = VectorLoops.dot(pointer, unit, gradient.columns)
      let inverse = inverseNorms[row]
      for column in 0..<gradient.columns { pointer[column] = (pointer[column] - along * unit[column]) * inverse }
    }
  }
}
