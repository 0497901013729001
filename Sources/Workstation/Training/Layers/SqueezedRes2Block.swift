/// The SE-Res2Block of ECAPA-TDNN: `y = x + SE(BN(relu(W₂ · Res2(BN(relu(W₁ x))))))`.
///
/// Input and output are `[T, channels]`, ragged by utterance.
/// - Reference: Desplanques et al. 2020, arXiv:2005.07143, figure 1.
public final class SqueezedRes2Block {
  public let entry: TemporalConvolution
  public let entryNormalization: BatchNormalization
  public let res2: Res2Convolution
  public let exit: TemporalConvolution
  public let exitNormalization: BatchNormalization
  public let excitation: SqueezeExcitation
  public let output = Matrix()
  private let entryOutput = Matrix()
  private let res2Output = Matrix()
  private let exitOutput = Matrix()
  private let exitGradient = Matrix()
  private let res2Gradient = Matrix()
  private let entryGradient = Matrix()

  public init(
    _ name: String, bank: ParameterBank, channelCount: Int, scale: Int, kernel: Int, dilation: Int, bottleneckCount: Int
  ) {
    entry = TemporalConvolution(
      name + ".entry", bank: bank, inputCount: channelCount, outputCount: channelCount, hasBias: true)
    entryNormalization = BatchNormalization(
      name + ".entryNorm", bank: bank, channelCount: channelCount, rectifies: false, rectifiesInput: true)
    res2 = Res2Convolution(
      name + ".res2", bank: bank, channelCount: channelCount, scale: scale, kernel: kernel, dilation: dilation)
    exit = TemporalConvolution(
      name + ".exit", bank: bank, inputCount: channelCount, outputCount: channelCount, hasBias: true)
    exitNormalization = BatchNormalization(
      name + ".exitNorm", bank: bank, channelCount: channelCount, rectifies: false, rectifiesInput: true)
    excitation = SqueezeExcitation(
      name + ".excitation", bank: bank, channelCount: channelCount, bottleneckCount: bottleneckCount)
  }

  /// Fills ``output``. Keeps a reference to `input` until ``backward(_:)``.
  public func forward(_ input: Matrix, _ bounds: SequenceBounds, training: Bool) {
    entry.forward(input, bounds, into: entryOutput)
    entryNormalization.forward(entryOutput, training: training)
    res2.forward(entryOutput, bounds, into: res2Output, training: training)
    exit.forward(res2Output, bounds, into: exitOutput)
    exitNormalization.forward(exitOutput, training: training)
    excitation.forward(exitOutput, bounds, residual: input, into: output)
  }

  /// `gradient` is by the output and is overwritten with that by the input.
  public func backward(_ gradient: Matrix) {
    excitation.backward(gradient, into: exitGradient)
    exitNormalization.backward(exitGradient, output: exitOutput)
    exit.backward(exitGradient, into: res2Gradient)
    res2.backward(res2Gradient)
    entryNormalization.backward(res2Gradient, output: entryOutput)
    entry.backward(res2Gradient, into: entryGradient)
    VectorLoops.accumulate(1, entryGradient.pointer, into: gradient.pointer, gradient.count)
  }

  /// Which rectifiers were open in the last forward pass.
  public var openRectifiers: [Bool] {
    entryNormalization.openInputs + res2.openRectifiers + exitNormalization.openInputs + excitation.openRectifiers
  }
}
