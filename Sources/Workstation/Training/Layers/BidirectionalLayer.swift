/// A bidirectional recurrent layer over ragged sequences: `output[t] = [forward h_t; backward h_t]`.
///
/// | operand | shape |
/// |---|---|
/// | input | `[N, in]` ragged |
/// | output | `[N, 2H]` ragged |
public protocol BidirectionalLayer: AnyObject {
  /// Columns of the input.
  var inputCount: Int { get }
  /// `H`, units per direction.
  var hiddenCount: Int { get }

  /// Runs both directions. Keeps a reference to `input` until ``backward(_:into:)``.
  func forward(_ input: Matrix, _ bounds: SequenceBounds, into output: Matrix)

  /// Adds to the gradients of the parameters and writes that of the input.
  func backward(_ outputGradient: Matrix, into inputGradient: Matrix)
}

/// One direction of a ``BidirectionalRecurrentLayer``: the equations of its units.
public protocol RecurrentLayerDirection: AnyObject {
  /// - Parameter reversed: whether a sequence is visited from its last row to its first.
  init(_ name: String, bank: ParameterBank, inputCount: Int, hiddenCount: Int, reversed: Bool)

  /// Writes columns `column ..< column + hiddenCount` of `output`. Keeps a reference to `input` until
  /// ``backward(_:column:into:)``.
  func forward(_ input: Matrix, _ bounds: SequenceBounds, into output: Matrix, column: Int)

  /// Adds to the parameters' gradients and to the input's.
  func backward(_ outputGradient: Matrix, column: Int, into inputGradient: Matrix)
}

/// Two directions side by side, the forward one in the first columns of the output.
///
/// Their parameters stand in the bank one direction after the other, forward first; checkpoints rely on the order.
public final class BidirectionalRecurrentLayer<Direction: RecurrentLayerDirection>: BidirectionalLayer {
  /// Columns of the input.
  public let inputCount: Int
  /// `H`, units per direction.
  public let hiddenCount: Int
  /// The direction that visits a sequence from its first row to its last.
  public let forwardDirection: Direction
  /// The direction that visits a sequence from its last row to its first.
  public let backwardDirection: Direction

  /// Registers the parameters of both directions in `bank`, under `name`.
  public init(_ name: String, bank: ParameterBank, inputCount: Int, hiddenCount: Int) {
    self.inputCount = inputCount
    self.hiddenCount = hiddenCount
    forwardDirection = Direction(
      name + ".forward", bank: bank, inputCount: inputCount, hiddenCount: hiddenCount, reversed: false)
    backwardDirection = Direction(
      name + ".backward", bank: bank, inputCount: inputCount, hiddenCount: hiddenCount, reversed: true)
  }

  /// Runs both directions. Keeps a reference to `input` until ``backward(_:into:)``.
  public func forward(_ input: Matrix, _ bounds: SequenceBounds, into output: Matrix) {
    output.reshape(rows: input.rows, columns: 2 * hiddenCount)
    forwardDirection.forward(input, bounds, into: output, column: 0)
    backwardDirection.forward(input, bounds, into: output, column: hiddenCount)
  }

  /// Adds to the gradients of the parameters and writes that of the input.
  public func backward(_ outputGradient: Matrix, into inputGradient: Matrix) {
    inputGradient.reshape(rows: outputGradient.rows, columns: inputCount)
    inputGradient.setZero()
    forwardDirection.backward(outputGradient, column: 0, into: inputGradient)
    backwardDirection.backward(outputGradient, column: hiddenCount, into: inputGradient)
  }
}

/// The order in which a recurrent direction visits the rows of a ragged batch: every sequence's first step, then every
/// second one, and so on.
///
/// Within a step the longest sequences come first. The sequences that continue are therefore a prefix of the previous
/// step, and entry `i` of a step follows entry `i` of the step before it.
struct RecurrentSteps {
  /// For each step, the row of each sequence that is still active.
  private(set) var rows: [[Int]] = []
  /// The number of entries before each step.
  private(set) var starts: [Int] = []

  init() {}

  /// - Parameter reversed: whether sequences are visited from last row to first.
  init(_ bounds: SequenceBounds, reversed: Bool) {
    let order = (0..<bounds.count).sorted {
      (bounds.length($0), $1) > (bounds.length($1), $0)
    }
    var placed = 0
    let longest = order.first.map { bounds.length($0) } ?? 0
    for step in 0..<longest {
      var active: [Int] = []
      for sequence in order {
        let length = bounds.length(sequence)
        guard length > step else { break }
        active.append(bounds.starts[sequence] + (reversed ? length - 1 - step : step))
      }
      starts.append(placed)
      placed += active.count
      rows.append(active)
    }
  }
}
