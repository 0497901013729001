import KeywordSpotting
import ModelFormat

/// One direction of a gated recurrent unit: `h' = (1 − z) ⊙ n + z ⊙ h`, with an initial state of zero.
///
/// `r = σ(W_ir x + b_ir + W_hr h + b_hr)`, `z` likewise, `n = tanh(W_in x + b_in + r ⊙ (W_hn h + b_hn))`.
///
/// | operand         | shape     | gates in the order reset, update, new |
/// |-----------------|-----------|---------------------------------------|
/// | `inputWeights`  | `[3H, I]` | row-quantized                         |
/// | `hiddenWeights` | `[3H, H]` | row-quantized                         |
/// | `inputBiases`   | `[3H]`    |                                       |
/// | `hiddenBiases`  | `[3H]`    |                                       |
///
/// - Reference: Cho et al. 2014, arXiv:1406.1078, in the form that PyTorch computes.
package struct RecurrentDirection: @unchecked Sendable {
  /// `[3H, I]`.
  package let inputWeights: RowQuantizedMatrix
  /// `[3H, H]`.
  package let hiddenWeights: RowQuantizedMatrix
  /// `[3H]`.
  package let inputBiases: UnsafeBufferPointer<Float>
  /// `[3H]`.
  package let hiddenBiases: UnsafeBufferPointer<Float>

  /// The number of hidden units H.
  package var hiddenUnits: Int { hiddenWeights.columnCount }

  /// Creates a direction from its weights.
  package init(
    inputWeights: RowQuantizedMatrix, hiddenWeights: RowQuantizedMatrix, inputBiases: UnsafeBufferPointer<Float>,
    hiddenBiases: UnsafeBufferPointer<Float>
  ) {
    self.inputWeights = inputWeights
    self.hiddenWeights = hiddenWeights
    self.inputBiases = inputBiases
    self.hiddenBiases = hiddenBiases
  }

  /// Creates a direction of a model's text encoder.
  package init(_ unit: AcousticModel.RecurrentUnit) {
    self.init(
      inputWeights: unit.inputWeights, hiddenWeights: unit.hiddenWeights, inputBiases: unit.inputBiases,
      hiddenBiases: unit.hiddenBiases)
  }

  /// Writes the state after each step to `states[step · stride + offset ..< + H]`.
  ///
  /// - Parameters:
  ///   - input: `[stepCount, I]`, row-major.
  ///   - reversed: whether the last row is the first step. The states are in row order either way.
  func run(
    _ input: [Float], stepCount: Int, reversed: Bool, into states: inout [Float], stride: Int, offset: Int
  ) {
    let inputCount = inputWeights.columnCount
    let units = hiddenUnits
    var state = [Float](repeating: 0, count: units)
    var fromInput = [Float](repeating: 0, count: 3 * units)
    var fromHidden = [Float](repeating: 0, count: 3 * units)
    for step in 0..<stepCount {
      let row = reversed ? stepCount - 1 - step : step
      input.withUnsafeBufferPointer { input in
        inputWeights.multiply(input.baseAddress! + row * inputCount, adding: inputBiases, into: &fromInput)
      }
      hiddenWeights.multiply(state, adding: hiddenBiases, into: &fromHidden)
      for unit in 0..<units {
        let reset = Activations.sigmoid(fromInput[unit] + fromHidden[unit])
        let update = Activations.sigmoid(fromInput[units + unit] + fromHidden[units + unit])
        let new = Activations.hyperbolicTangent(fromInput[2 * units + unit] + reset * fromHidden[2 * units + unit])
        state[unit] = (1 - update) * new + update * state[unit]
        states[row * stride + offset + unit] = state[unit]
      }
    }
  }
}

/// A bidirectional gated recurrent unit. Row `t` of the output is the forward state, then the backward state at `t`.
package struct RecurrentLayer: Sendable {
  /// The forward direction.
  package let forward: RecurrentDirection
  /// The backward direction.
  package let backward: RecurrentDirection

  /// Creates a layer from its directions.
  package init(forward: RecurrentDirection, backward: RecurrentDirection) {
    self.forward = forward
    self.backward = backward
  }

  /// Maps `[stepCount, I]` to `[stepCount, 2H]`, both row-major.
  package func run(_ input: [Float], stepCount: Int) -> [Float] {
    let units = forward.hiddenUnits
    var states = [Float](repeating: 0, count: stepCount * 2 * units)
    forward.run(input, stepCount: stepCount, reversed: false, into: &states, stride: 2 * units, offset: 0)
    backward.run(input, stepCount: stepCount, reversed: true, into: &states, stride: 2 * units, offset: units)
    return states
  }
}
