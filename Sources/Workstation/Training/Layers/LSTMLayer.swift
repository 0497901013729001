import Foundation

/// A bidirectional long short-term memory over ragged sequences: `output[t] = [forward h_t; backward h_t]`.
///
/// | operand | shape |
/// |---|---|
/// | input | `[N, in]` ragged |
/// | `Wih`, `Whh` of a direction | `[4H, in]`, `[4H, H]`, gates in the order input, forget, candidate, output |
/// | output | `[N, 2H]` ragged |
///
/// `i = σ(W_ii x + W_hi h + b_i)`, `f` and `o` likewise, `g = tanh(W_ig x + W_hg h + b_g)`, `c' = f ⊙ c + i ⊙ g`,
/// `h' = o ⊙ tanh c'`. State and cell start at zero, `b_f` at one and the other biases at zero.
/// - Reference: Hochreiter and Schmidhuber 1997, with the forget gate of Gers et al. 2000 and its bias of one from
///   Jozefowicz et al. 2015.
public typealias LSTMLayer = BidirectionalRecurrentLayer<LSTMDirection>

/// One direction of an ``LSTMLayer``.
public final class LSTMDirection: RecurrentLayerDirection {
  /// The bank that contains the parameters.
  public let bank: ParameterBank
  /// `Wih`: `[4H, in]`.
  public let inputWeights: ParameterSlot
  /// `Whh`: `[4H, H]`.
  public let hiddenWeights: ParameterSlot
  /// `b`: `[1, 4H]`.
  public let bias: ParameterSlot
  let inputCount: Int
  let hiddenCount: Int
  let reversed: Bool
  private var input: Matrix?
  private var steps = RecurrentSteps()
  /// `W x + b`, `[N, 4H]` in row order.
  private let inputGates = Matrix()
  /// i, f, g and o, `[N, 4H]` in step order, like all matrices below.
  private let gates = Matrix()
  /// The state before each step, `[N, H]`.
  private let states = Matrix()
  /// The cell before each step, `[N, H]`.
  private let cells = Matrix()
  /// `tanh c'`, `[N, H]`.
  private let squashedCells = Matrix()
  private let gateGradients = Matrix()

  /// Registers the parameters in `bank`, under `name`. If `reversed`, sequences are visited from their last row.
  public init(_ name: String, bank: ParameterBank, inputCount: Int, hiddenCount: Int, reversed: Bool) {
    self.bank = bank
    self.inputCount = inputCount
    self.hiddenCount = hiddenCount
    self.reversed = reversed
    let bound = 1 / Float(hiddenCount).squareRoot()
    inputWeights = bank.slot(
      name + ".inputWeights", rows: 4 * hiddenCount, columns: inputCount, decays: true, .uniform(bound))
    hiddenWeights = bank.slot(
      name + ".hiddenWeights", rows: 4 * hiddenCount, columns: hiddenCount, decays: true, .uniform(bound))
    bias = bank.slot(
      name + ".bias", rows: 1, columns: 4 * hiddenCount, decays: false,
      .values((0..<4 * hiddenCount).map { $0 / hiddenCount == 1 ? 1 : 0 }))
  }

  /// Writes columns `column ..< column + hiddenCount` of `output`. Keeps a reference to `input`.
  public func forward(_ input: Matrix, _ bounds: SequenceBounds, into output: Matrix, column: Int) {
    self.input = input
    let h = hiddenCount
    steps = RecurrentSteps(bounds, reversed: reversed)
    inputGates.reshape(rows: input.rows, columns: 4 * h)
    for row in 0..<input.rows { inputGates.row(row).update(from: bank.value(bias), count: 4 * h) }
    MatrixProduct.multiplyTransposed(
      input.pointer, bank.value(inputWeights), into: inputGates.pointer, m: input.rows, n: 4 * h, k: inputCount, beta: 1
    )
    gates.reshape(rows: input.rows, columns: 4 * h)
    states.reshape(rows: input.rows, columns: h)
    cells.reshape(rows: input.rows, columns: h)
    squashedCells.reshape(rows: input.rows, columns: h)
    let firstCount = steps.rows.first?.count ?? 0
    states.pointer.update(repeating: 0, count: firstCount * h)
    cells.pointer.update(repeating: 0, count: firstCount * h)
    for (step, rows) in steps.rows.enumerated() {
      let block = steps.starts[step]
      for (index, row) in rows.enumerated() {
        gates.row(block + index).update(from: inputGates.row(row), count: 4 * h)
      }
      if step > 0 {
        MatrixProduct.multiplyTransposed(
          states.row(block), bank.value(hiddenWeights), into: gates.row(block), m: rows.count, n: 4 * h, k: h, beta: 1)
      }
      let followingCount = step + 1 < steps.rows.count ? steps.rows[step + 1].count : 0
      for (index, row) in rows.enumerated() {
        let gate = gates.row(block + index)
        let cell = cells.row(block + index)
        let squashed = squashedCells.row(block + index)
        let next = output.row(row) + column
        let goesOn = index < followingCount
        let nextCell = goesOn ? cells.row(block + rows.count + index) : squashed
        for unit in 0..<h {
          let opening = 1 / (1 + expf(-gate[unit]))
          let keeping = 1 / (1 + expf(-gate[h + unit]))
          // tanh x = 1 − 2/(1 + e²ˣ), as in GRULayer: tanhf of the C library is slow.
          let candidate = 1 - 2 / (1 + expf(2 * gate[2 * h + unit]))
          let showing = 1 / (1 + expf(-gate[3 * h + unit]))
          let value = keeping * cell[unit] + opening * candidate
          let tanhValue = 1 - 2 / (1 + expf(2 * value))
          gate[unit] = opening
          gate[h + unit] = keeping
          gate[2 * h + unit] = candidate
          gate[3 * h + unit] = showing
          nextCell[unit] = value
          squashed[unit] = tanhValue
          next[unit] = showing * tanhValue
        }
        if goesOn { states.row(block + rows.count + index).update(from: next, count: h) }
      }
    }
  }

  /// Adds to the gradients of the parameters and of the input.
  public func backward(_ outputGradient: Matrix, column: Int, into inputGradient: Matrix) {
    guard let input else { preconditionFailure("backward before forward") }
    let h = hiddenCount
    gateGradients.reshape(rows: input.rows, columns: 4 * h)
    // The gradients that flow into the state and the cell of each active sequence from the following step.
    let byState = Matrix(rows: steps.rows.first?.count ?? 0, columns: h)
    let byCell = Matrix(rows: steps.rows.first?.count ?? 0, columns: h)
    for step in stride(from: steps.rows.count - 1, through: 0, by: -1) {
      let rows = steps.rows[step]
      let block = steps.starts[step]
      for (index, row) in rows.enumerated() {
        let arriving = outputGradient.row(row) + column
        let gate = gates.row(block + index)
        let cell = cells.row(block + index)
        let squashed = squashedCells.row(block + index)
        let stateFlow = byState.row(index)
        let cellFlow = byCell.row(index)
        let byGate = gateGradients.row(block + index)
        for unit in 0..<h {
          let opening = gate[unit]
          let keeping = gate[h + unit]
          let candidate = gate[2 * h + unit]
          let showing = gate[3 * h + unit]
          let gradient = arriving[unit] + stateFlow[unit]
          let cellGradient = cellFlow[unit] + gradient * showing * (1 - squashed[unit] * squashed[unit])
          byGate[unit] = cellGradient * candidate * opening * (1 - opening)
          byGate[h + unit] = cellGradient * cell[unit] * keeping * (1 - keeping)
          byGate[2 * h + unit] = cellGradient * opening * (1 - candidate * candidate)
          byGate[3 * h + unit] = gradient * squashed[unit] * showing * (1 - showing)
          cellFlow[unit] = cellGradient * keeping
        }
      }
      if step > 0 {
        MatrixProduct.multiply(
          gateGradients.row(block), bank.value(hiddenWeights), into: byState.pointer, m: rows.count, n: h, k: 4 * h)
      }
    }
    MatrixProduct.accumulateTransposed(
      gateGradients.pointer, states.pointer, into: bank.gradient(hiddenWeights), m: 4 * h, n: h, k: input.rows)
    // From step order to row order. The inputs of the gates are no longer needed.
    for (step, rows) in steps.rows.enumerated() {
      for (index, row) in rows.enumerated() {
        let byGate = gateGradients.row(steps.starts[step] + index)
        inputGates.row(row).update(from: byGate, count: 4 * h)
        VectorLoops.accumulate(1, byGate, into: bank.gradient(bias), 4 * h)
      }
    }
    MatrixProduct.accumulateTransposed(
      inputGates.pointer, input.pointer, into: bank.gradient(inputWeights), m: 4 * h, n: inputCount, k: input.rows)
    MatrixProduct.multiply(
      inputGates.pointer, bank.value(inputWeights), into: inputGradient.pointer, m: input.rows, n: inputCount,
      k: 4 * h, beta: 1)
  }
}
