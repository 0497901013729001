/// Consecutive convolutions over groups of channels. Each group reads its own input and the output of the previous
/// group.
///
/// The channels form `scale` equal groups `x_0, x_1, …`: `y_0 = x_0`, `y_1 = K_1(x_1)`, `y_g = K_g(x_g + y_{g−1})`,
/// with `K(x) = BN(relu(dilated convolution(x)))` and equal context on the left and on the right.
///
/// | operand | shape |
/// |---|---|
/// | input, output | `[T, channels]` ragged |
/// | weights of a group | `[w, kernel, w]`, `w = channels / scale` |
///
/// - Precondition: `scale` divides `channelCount`; `kernel` is odd.
/// - Reference: Gao et al. 2019, arXiv:1904.01169; Desplanques et al. 2020, arXiv:2005.07143, §3.2.
public final class Res2Convolution {
  /// Columns of input and output.
  public let channelCount: Int
  /// The number of groups.
  public let scale: Int
  private let width: Int
  private let groups: [Group]
  private let passed = Matrix()
  private let arriving = Matrix()

  private final class Group {
    let convolution: TemporalConvolution
    let normalization: BatchNormalization
    let input = Matrix()
    let output = Matrix()

    init(_ name: String, bank: ParameterBank, width: Int, kernel: Int, dilation: Int) {
      convolution = TemporalConvolution(
        name, bank: bank, inputCount: width, outputCount: width, kernel: kernel,
        rightContext: dilation * (kernel - 1) / 2, dilation: dilation, hasBias: true)
      normalization = BatchNormalization(
        name + ".norm", bank: bank, channelCount: width, rectifies: false, rectifiesInput: true)
    }
  }

  /// Registers the parameters of all groups under `name`.
  public init(_ name: String, bank: ParameterBank, channelCount: Int, scale: Int, kernel: Int, dilation: Int) {
    precondition(scale > 0 && channelCount % scale == 0, "\(scale) groups do not divide \(channelCount) channels")
    precondition(kernel % 2 == 1, "a kernel of \(kernel) has no middle")
    self.channelCount = channelCount
    self.scale = scale
    let width = channelCount / scale
    self.width = width
    groups = (1..<max(scale, 1)).map {
      Group("\(name).group\($0)", bank: bank, width: width, kernel: kernel, dilation: dilation)
    }
  }

  /// Writes `output` `[T, channels]`. Keeps no reference to `input`.
  public func forward(_ input: Matrix, _ bounds: SequenceBounds, into output: Matrix, training: Bool) {
    let rows = input.rows
    output.reshape(rows: rows, columns: channelCount)
    for row in 0..<rows { output.row(row).update(from: input.row(row), count: width) }
    for (index, group) in groups.enumerated() {
      let column = (index + 1) * width
      group.input.reshape(rows: rows, columns: width)
      for row in 0..<rows { group.input.row(row).update(from: input.row(row) + column, count: width) }
      if index > 0 {
        VectorLoops.accumulate(1, groups[index - 1].output.pointer, into: group.input.pointer, rows * width)
      }
      group.convolution.forward(group.input, bounds, into: group.output)
      group.normalization.forward(group.output, training: training)
      for row in 0..<rows { (output.row(row) + column).update(from: group.output.row(row), count: width) }
    }
  }

  /// Converts the gradient by the output into that by the input, in place, and adds to the gradients of the parameters.
  public func backward(_ gradient: Matrix) {
    let rows = gradient.rows
    for (index, group) in groups.enumerated().reversed() {
      let column = (index + 1) * width
      arriving.reshape(rows: rows, columns: width)
      for row in 0..<rows { arriving.row(row).update(from: gradient.row(row) + column, count: width) }
      if index + 1 < groups.count { VectorLoops.accumulate(1, passed.pointer, into: arriving.pointer, rows * width) }
      group.normalization.backward(arriving, output: group.output)
      group.convolution.backward(arriving, into: passed)
      for row in 0..<rows { (gradient.row(row) + column).update(from: passed.row(row), count: width) }
    }
  }

  /// Which rectifiers of the groups were open in the last forward pass.
  public var openRectifiers: [Bool] { groups.flatMap { $0.normalization.openInputs } }
}
