/// The SE-Res2Block of ECAPA-TDNN: `y = x + SE(BN(relu(W₂ · Res2(BN(relu(W₁ x))))))`.
///
/// Input and output are `[T, channels]`, ragged by utterance.
/// - Reference: Desplanques et al. 2020, arXiv:2005.07143, figure 1.
public final class SqueezedRes2Block {
  /// `W₁`.
  public let entry: TemporalConvolution
  /// The normalization after `entry`.
  public let entryNormalization: BatchNormalization
  /// The dilated convolutions over groups of channels.
  public let res2: Res2Convolution
  /// `W₂`.
  public let exit: TemporalConvolution
  /// The normalization after `exit`.
  public let exitNormalization: BatchNormalization
  /// The scaling of channels per utterance.
  public let excitation: SqueezeExcitation
  /// `[T, channels]`, the result of the last forward pass.
  public let output = Matrix()
  private let entryOutput = Matrix()
  private let res2Output = Matrix()
  private let exitOutput = Matrix()
  private let exitGradient = Matrix()
  private let res2Gradient = Matrix()
  private let entryGradient = Matrix()

  /// Registers the parameters of all layers under `name`.
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

  /// Computes ``output``. Keeps a reference to `input` until ``backward(_:)``.
  public func forward(_ input: Matrix, _ bounds: SequenceBounds, training: Bool) {
    entry.forward(input, bounds, into: entryOutput)
    entryNormalization.forward(entryOutput, training: training)
    res2.forward(entryOutput, bounds, into: res2Output, training: training)
    exit.forward(res2Output, bounds, into: exitOutput)
    exitNormalization.forward(exitOutput, training: training)
    excitation.forward(exitOutput, bounds, residual: input, into: output)
  }

  /// Converts the gradient by the output into that by the input, in place, and adds to the gradients of the parameters.
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
