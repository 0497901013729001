/// The float form of the streaming encoder: features `[T, 40]` → embeddings `[⌈T/4⌉, D]`, before they are scaled to unit
/// length.
///
/// Block: `y = relu(x + BN(pointwise(relu(BN(depthwise(x))))))`. Left context at the start of a sequence is zeros in each
/// layer, as in the device's rings.
public final class AcousticEncoder: FrameEncoder {
  public let configuration: EncoderConfiguration
  public var dimension: Int { configuration.dimension }
  public let stem: TemporalConvolution
  public let stemNormalization: BatchNormalization
  public let reduction: TemporalConvolution
  public let reductionNormalization: BatchNormalization
  public let blocks: [Block]
  public let projection: TemporalConvolution
  public let projectionBias: ParameterSlot
  public let bank: ParameterBank
  /// Rounding of the activations as on the device; nil where the run does not train for it.
  public private(set) var quantization: EncoderQuantization?

  /// One residual block with the activations that its backward pass needs.
  public final class Block {
    public let depthwise: DepthwiseConvolution
    public let depthwiseNormalization: BatchNormalization
    public let pointwise: TemporalConvolution
    public let pointwiseNormalization: BatchNormalization
    public let inner = Matrix()
    public let output = Matrix()
    private let innerGradient = Matrix()
    private let residualGradient = Matrix()

    init(_ name: String, bank: ParameterBank, channels: Int, kernel: Int, rightContext: Int) {
      depthwise = DepthwiseConvolution(
        name + ".depthwise", bank: bank, channelCount: channels, kernel: kernel, rightContext: rightContext)
      depthwiseNormalization = BatchNormalization(
        name + ".depthwiseNorm", bank: bank, channelCount: channels, rectifies: true)
      pointwise = TemporalConvolution(name + ".pointwise", bank: bank, inputCount: channels, outputCount: channels)
      pointwiseNormalization = BatchNormalization(
        name + ".pointwiseNorm", bank: bank, channelCount: channels, rectifies: true, initialScale: 0.5)
    }

    /// `tensor` is the index of the inner tensor in `quantization`; the output's follows it.
    func forward(
      _ input: Matrix, _ bounds: SequenceBounds, training: Bool, quantization: EncoderQuantization?, tensor: Int
    ) {
      depthwise.forward(input, bounds, into: inner)
      depthwiseNormalization.forward(inner, training: training)
      quantization?.forward(inner, tensor: tensor)
      pointwise.forward(inner, bounds, into: output)
      pointwiseNormalization.forward(output, residual: input, training: training)
      quantization?.forward(output, tensor: tensor + 1)
    }

    /// `gradient` is by the output and is overwritten with that by the input.
    func backward(_ gradient: Matrix, quantization: EncoderQuantization?, tensor: Int) {
      let rectified = quantization?.backward(gradient, tensor: tensor + 1, output: output) ?? output
      pointwiseNormalization.backward(gradient, output: rectified, residualGradient: residualGradient)
      pointwise.backward(gradient, into: innerGradient)
      let innerRectified = quantization?.backward(innerGradient, tensor: tensor, output: inner) ?? inner
      depthwiseNormalization.backward(innerGradient, output: innerRectified)
      depthwise.backward(innerGradient, into: gradient)
      VectorLoops.accumulate(1, residualGradient.pointer, into: gradient.pointer, gradient.count)
    }
  }

  public let stemOutput = Matrix()
  public let reductionOutput = Matrix()
  public private(set) var outputBounds = SequenceBounds(lengths: [])
  private let blockGradient = Matrix()
  private let stemGradient = Matrix()

  public init(_ configuration: EncoderConfiguration, bank: ParameterBank) {
    self.configuration = configuration
    self.bank = bank
    let channels = configuration.channels
    stem = TemporalConvolution(
      "encoder.stem", bank: bank, inputCount: 40, outputCount: configuration.stemChannels,
      kernel: configuration.stemKernel, stride: 2, rightContext: (configuration.stemKernel - 1) / 2)
    stemNormalization = BatchNormalization(
      "encoder.stemNorm", bank: bank, channelCount: configuration.stemChannels, rectifies: true)
    reduction = TemporalConvolution(
      "encoder.reduction", bank: bank, inputCount: configuration.stemChannels, outputCount: channels,
      kernel: configuration.reductionKernel, stride: 2, rightContext: (configuration.reductionKernel - 1) / 2)
    reductionNormalization = BatchNormalization(
      "encoder.reductionNorm", bank: bank, channelCount: channels, rectifies: true)
    blocks = configuration.blockKernels.indices.map {
      Block(
        "encoder.block\($0)", bank: bank, channels: channels, kernel: configuration.blockKernels[$0],
        rightContext: configuration.blockRightContexts[$0])
    }
    projection = TemporalConvolution(
      "encoder.projection", bank: bank, inputCount: channels, outputCount: configuration.dimension, gain: 1)
    projectionBias = bank.slot(
      "encoder.projectionBias", rows: 1, columns: configuration.dimension, decays: false, .constant(0))
  }

  /// Adds ``quantization``, which is off until it is told otherwise. Its statistics follow those of all layers that are
  /// registered already.
  /// - Precondition: the bank is not sealed, or shares one that was prepared before it was sealed.
  public func prepareQuantization() {
    let channels = configuration.channels
    quantization = EncoderQuantization(
      bank: bank,
      channelCounts: [configuration.stemChannels, channels] + blocks.flatMap { _ in [channels, channels] } + [
        configuration.dimension
      ])
  }

  /// Moves the taps of blocks whose right context was another one in the encoder that the values come from, so that each still
  /// stands for the same frame: what a block newly hears of the future starts with weights of 0, and the oldest frames fall away.
  func keepTiming(of before: EncoderConfiguration) {
    guard before.blockKernels == configuration.blockKernels else { return }
    for (index, block) in blocks.enumerated() {
      block.depthwise.shiftTaps(by: configuration.blockRightContexts[index] - before.blockRightContexts[index])
    }
  }

  /// - Returns: the bounds of the output's sequences.
  @discardableResult
  public func forward(_ features: Matrix, _ bounds: SequenceBounds, into output: Matrix, training: Bool)
    -> SequenceBounds
  {
    stem.forward(features, bounds, into: stemOutput)
    stemNormalization.forward(stemOutput, training: training)
    quantization?.forward(stemOutput, tensor: 0)
    let half = bounds.strided(by: 2)
    reduction.forward(stemOutput, half, into: reductionOutput)
    reductionNormalization.forward(reductionOutput, training: training)
    quantization?.forward(reductionOutput, tensor: 1)
    outputBounds = half.strided(by: 2)
    var current = reductionOutput
    for (index, block) in blocks.enumerated() {
      block.forward(
        current, outputBounds, training: training, quantization: quantization, tensor: 2 + 2 * index)
      current = block.output
    }
    projection.forward(current, outputBounds, into: output)
    let bias = bank.value(projectionBias)
    for row in 0..<output.rows { VectorLoops.accumulate(1, bias, into: output.row(row), output.columns) }
    quantization?.forward(output, tensor: 2 + 2 * blocks.count)
    return outputBounds
  }

  /// `gradient` is by the output; where the output was rounded, it is overwritten.
  public func backward(_ gradient: Matrix) {
    _ = quantization?.backward(gradient, tensor: 2 + 2 * blocks.count, output: gradient)
    let biasGradient = bank.gradient(projectionBias)
    for row in 0..<gradient.rows { VectorLoops.accumulate(1, gradient.row(row), into: biasGradient, gradient.columns) }
    projection.backward(gradient, into: blockGradient)
    for (index, block) in blocks.enumerated().reversed() {
      block.backward(blockGradient, quantization: quantization, tensor: 2 + 2 * index)
    }
    let reductionRectified = quantization?.backward(blockGradient, tensor: 1, output: reductionOutput)
    reductionNormalization.backward(blockGradient, output: reductionRectified ?? reductionOutput)
    reduction.backward(blockGradient, into: stemGradient)
    let stemRectified = quantization?.backward(stemGradient, tensor: 0, output: stemOutput)
    stemNormalization.backward(stemGradient, output: stemRectified ?? stemOutput)
    stem.backward(stemGradient, into: nil)
  }
}
