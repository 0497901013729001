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

    func forward(_ input: Matrix, _ bounds: SequenceBounds, training: Bool) {
      depthwise.forward(input, bounds, into: inner)
      depthwiseNormalization.forward(inner, training: training)
      pointwise.forward(inner, bounds, into: output)
      pointwiseNormalization.forward(output, residual: input, training: training)
    }

    /// `gradient` is by the output and is overwritten with that by the input.
    func backward(_ gradient: Matrix) {
      pointwiseNormalization.backward(gradient, output: output, residualGradient: residualGradient)
      pointwise.backward(gradient, into: innerGradient)
      depthwiseNormalization.backward(innerGradient, output: inner)
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

  /// - Returns: the bounds of the output's sequences.
  @discardableResult
  public func forward(_ features: Matrix, _ bounds: SequenceBounds, into output: Matrix, training: Bool)
    -> SequenceBounds
  {
    stem.forward(features, bounds, into: stemOutput)
    stemNormalization.forward(stemOutput, training: training)
    let half = bounds.strided(by: 2)
    reduction.forward(stemOutput, half, into: reductionOutput)
    reductionNormalization.forward(reductionOutput, training: training)
    outputBounds = half.strided(by: 2)
    var current = reductionOutput
    for block in blocks {
      block.forward(current, outputBounds, training: training)
      current = block.output
    }
    projection.forward(current, outputBounds, into: output)
    let bias = bank.value(projectionBias)
    for row in 0..<output.rows { VectorLoops.accumulate(1, bias, into: output.row(row), output.columns) }
    return outputBounds
  }

  public func backward(_ gradient: Matrix) {
    let biasGradient = bank.gradient(projectionBias)
    for row in 0..<gradient.rows { VectorLoops.accumulate(1, gradient.row(row), into: biasGradient, gradient.columns) }
    projection.backward(gradient, into: blockGradient)
    for block in blocks.reversed() { block.backward(blockGradient) }
    reductionNormalization.backward(blockGradient, output: reductionOutput)
    reduction.backward(blockGradient, into: stemGradient)
    stemNormalization.backward(stemGradient, output: stemOutput)
    stem.backward(stemGradient, into: nil)
  }
}
