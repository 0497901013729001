import Foundation

/// A bidirectional gated recurrent unit over ragged sequences: `output[t] = [forward h_t; backward h_t]`.
///
/// | operand | shape |
/// |---|---|
/// | input | `[N, in]` ragged |
/// | `Wih`, `Whh` of a direction | `[3H, in]`, `[3H, H]`, gates in the order reset, update, candidate |
/// | output | `[N, 2H]` ragged |
///
/// `r = σ(W_ir x + b_ir + W_hr h + b_hr)`, `z` likewise, `n = tanh(W_in x + b_in + r ⊙ (W_hn h + b_hn))`,
/// `h' = (1 − z) ⊙ n + z ⊙ h`; the state starts at zero.
/// - Reference: Cho et al. 2014, arXiv:1406.1078, in the form that PyTorch computes.
public typealias GRULayer = BidirectionalRecurrentLayer<GRUDirection>

/// One direction of a ``GRULayer``.
public final class GRUDirection: RecurrentLayerDirection {
  /// The bank that contains the parameters.
  public let bank: ParameterBank
  /// `Wih`: `[3H, in]`.
  public let inputWeights: ParameterSlot
  /// `Whh`: `[3H, H]`.
  public let hiddenWeights: ParameterSlot
  /// `b_i`: `[1, 3H]`.
  public let inputBias: ParameterSlot
  /// `b_h`: `[1, 3H]`.
  public let hiddenBias: ParameterSlot
  let inputCount: Int
  let hiddenCount: Int
  let reversed: Bool
  private var input: Matrix?
  private var steps = RecurrentSteps()
  private let inputGates = Matrix()
  /// Per block of active sequences of a step: r, z, n and the hidden part of n, `[N, 4H]` in step order.
  private let gates = Matrix()
  /// The state before each step, `[N, H]` in step order.
  private let states = Matrix()
  private let hiddenGates = Matrix()
  private let inputGateGradients = Matrix()

  /// Registers the parameters in `bank`, under `name`. If `reversed`, sequences are visited from their last row.
  public init(_ name: String, bank: ParameterBank, inputCount: Int, hiddenCount: Int, reversed: Bool) {
    self.bank = bank
    self.inputCount = inputCount
    self.hiddenCount = hiddenCount
    self.reversed = reversed
    let bound = 1 / Float(hiddenCount).squareRoot()
    inputWeights = bank.slot(
      name + ".inputWeights", rows: 3 * hiddenCount, columns: inputCount, decays: true, .uniform(bound))
    hiddenWeights = bank.slot(
      name + ".hiddenWeights", rows: 3 * hiddenCount, columns: hiddenCount, decays: true, .uniform(bound))
    inputBias = bank.slot(name + ".inputBias", rows: 1, columns: 3 * hiddenCount, decays: false, .uniform(bound))
    hiddenBias = bank.slot(name + ".hiddenBias", rows: 1, columns: 3 * hiddenCount, decays: false, .uniform(bound))
  }

  /// Writes columns `column ..< column + hiddenCount` of `output`. Keeps a reference to `input`.
  public func forward(_ input: Matrix, _ bounds: SequenceBounds, into output: Matrix, column: Int) {
    self.input = input
    let h = hiddenCount
    steps = RecurrentSteps(bounds, reversed: reversed)
    inputGates.reshape(rows: input.rows, columns: 3 * h)
    for row in 0..<input.rows { inputGates.row(row).update(from: bank.value(inputBias), count: 3 * h) }
    MatrixProduct.multiplyTransposed(
      input.pointer, bank.value(inputWeights), into: inputGates.pointer, m: input.rows, n: 3 * h, k: inputCount, beta: 1
    )
    gates.reshape(rows: input.rows, columns: 4 * h)
    states.reshape(rows: input.rows, columns: h)
    for (step, rows) in steps.rows.enumerated() {
      let block = steps.starts[step]
      for (index, _) in rows.enumerated() {
        let state = states.row(block + index)
        if step == 0 {
          state.update(repeating: 0, count: h)
        } else {
          state.update(from: output.row(steps.rows[step - 1][index]) + column, count: h)
        }
      }
      hiddenGates.reshape(rows: rows.count, columns: 3 * h)
      for index in 0..<rows.count { hiddenGates.row(index).update(from: bank.value(hiddenBias), count: 3 * h) }
      MatrixProduct.multiplyTransposed(
        states.row(block), bank.value(hiddenWeights), into: hiddenGates.pointer, m: rows.count, n: 3 * h, k: h, beta: 1)
      for (index, row) in rows.enumerated() {
        let fromInput = inputGates.row(row)
        let fromHidden = hiddenGates.row(index)
        let kept = gates.row(block + index)
        let previous = states.row(block + index)
        let next = output.row(row) + column
        for unit in 0..<h {
          let reset = 1 / (1 + expf(-(fromInput[unit] + fromHidden[unit])))
          let update = 1 / (1 + expf(-(fromInput[h + unit] + fromHidden[h + unit])))
          let hidden = fromHidden[2 * h + unit]
          // tanh x = 1 − 2/(1 + e²ˣ): tanhf of the C library took a third of a training step.
          let candidate = 1 - 2 / (1 + expf(2 * (fromInput[2 * h + unit] + reset * hidden)))
          kept[unit] = reset
          kept[h + unit] = update
          kept[2 * h + unit] = candidate
          kept[3 * h + unit] = hidden
          next[unit] = (1 - update) * candidate + update * previous[unit]
        }
      }
    }
  }

  /// Adds to the gradients of the parameters and of the input.
  public func backward(_ outputGradient: Matrix, column: Int, into inputGradient: Matrix) {
    guard let input else { preconditionFailure("backward before forward") }
    let h = hiddenCount
    inputGateGradients.reshape(rows: input.rows, columns: 3 * h)
    // The gradient that flows into the state of each active sequence from the following step.
    let carried = Matrix(rows: steps.rows.first?.count ?? 0, columns: h)
    for step in stride(from: steps.rows.count - 1, through: 0, by: -1) {
      let rows = steps.rows[step]
      let block = steps.starts[step]
      hiddenGates.reshape(rows: rows.count, columns: 3 * h)
      for (index, row) in rows.enumerated() {
        let arriving = outputGradient.row(row) + column
        let kept = gates.row(block + index)
        let previous = states.row(block + index)
        let flow = carried.row(index)
        let byInput = inputGateGradients.row(row)
        let byHidden = hiddenGates.row(index)
        for unit in 0..<h {
          let gradient = arriving[unit] + flow[unit]
          let reset = kept[unit]
          let update = kept[h + unit]
          let candidate = kept[2 * h + unit]
          let hidden = kept[3 * h + unit]
          let candidateGradient = gradient * (1 - update) * (1 - candidate * candidate)
          let updateGradient = gradient * (previous[unit] - candidate) * update * (1 - update)
          let resetGradient = candidateGradient * hidden * reset * (1 - reset)
          byInput[unit] = resetGradient
          byInput[h + unit] = updateGradient
          byInput[2 * h + unit] = candidateGradient
          byHidden[unit] = resetGradient
          byHidden[h + unit] = updateGradient
          byHidden[2 * h + unit] = candidateGradient * reset
          flow[unit] = gradient * update
        }
        VectorLoops.accumulate(1, byHidden, into: bank.gradient(hiddenBias), 3 * h)
      }
      MatrixProduct.accumulateTransposed(
        hiddenGates.pointer, states.row(block), into: bank.gradient(hiddenWeights), m: 3 * h, n: h, k: rows.count)
      MatrixProduct.multiply(
        hiddenGates.pointer, bank.value(hiddenWeights), into: carried.pointer, m: rows.count, n: h, k: 3 * h, beta: 1)
    }
    for row in 0..<input.rows {
      VectorLoops.accumulate(1, inputGateGradients.row(row), into: bank.gradient(inputBias), 3 * h)
    }
    MatrixProduct.accumulateTransposed(
      inputGateGradients.pointer, input.pointer, into: bank.gradient(inputWeights), m: 3 * h, n: inputCount,
      k: input.rows)
    MatrixProduct.multiply(
      inputGateGradients.pointer, bank.value(inputWeights), into: inputGradient.pointer, m: input.rows, n: inputCount,
      k: 3 * h, beta: 1)
  }
}
