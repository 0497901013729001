/// The float form of the streaming encoder: features `[T, 40]` → embeddings `[⌈T/4⌉, D]`, not yet scaled to unit
/// length.
///
/// Block: `y = relu(x + BN(pointwise(relu(BN(depthwise(x))))))`. In each layer the left context at the start of a
/// sequence is zeros, as in the ring buffers of the device.
public final class AcousticEncoder: FrameEncoder {
  /// The shape of the encoder.
  public let configuration: EncoderConfiguration
  /// `D`, columns of the embeddings.
  public var dimension: Int { configuration.dimension }
  /// The first strided convolution.
  public let stem: TemporalConvolution
  /// The normalization after `stem`, with a ReLU.
  public let stemNormalization: BatchNormalization
  /// The second strided convolution.
  public let reduction: TemporalConvolution
  /// The normalization after `reduction`, with a ReLU.
  public let reductionNormalization: BatchNormalization
  /// The residual blocks in order.
  public let blocks: [Block]
  /// The linear projection to `dimension`.
  public let projection: TemporalConvolution
  /// `[1, dimension]`.
  public let projectionBias: ParameterSlot
  /// The bank that owns the parameters.
  public let bank: ParameterBank
  /// Rounding of the activations as on the device; nil if the run does not train for it.
  public private(set) var quantization: EncoderQuantization?

  /// One residual block with the activations that its backward pass needs.
  public final class Block {
    /// The convolution over time.
    public let depthwise: DepthwiseConvolution
    /// The normalization after `depthwise`, with a ReLU.
    public let depthwiseNormalization: BatchNormalization
    /// The convolution over channels.
    public let pointwise: TemporalConvolution
    /// The normalization after `pointwise`. A ReLU follows the addition of the residual.
    public let pointwiseNormalization: BatchNormalization
    /// `[T, channels]`, the activation between the two convolutions.
    public let inner = Matrix()
    /// `[T, channels]`, the result of the block.
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

    /// Makes the output equal to an input without negative values, which those of the other blocks are.
    func becomeIdentity() {
      let normalization = pointwiseNormalization
      for slot in [normalization.scale, normalization.shift] {
        normalization.bank.value(slot).update(repeating: 0, count: slot.count)
      }
    }

    /// `tensor` is the index of the inner tensor in `quantization`. The output tensor follows it.
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

    /// Converts the gradient by the output into that by the input, in place.
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

  /// `[⌈T/2⌉, stemChannels]`, the activation after the stem.
  public let stemOutput = Matrix()
  /// `[⌈T/4⌉, channels]`, the activation after the reduction.
  public let reductionOutput = Matrix()
  /// The sequences of the last output.
  public private(set) var outputBounds = SequenceBounds(lengths: [])
  private let blockGradient = Matrix()
  private let stemGradient = Matrix()

  /// Registers the parameters of all layers in `bank`.
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

  /// Adds ``quantization``, which is initially inactive. Its statistics follow those of all layers registered so far.
  ///
  /// - Precondition: the bank is not sealed, or shares one that was prepared before it was sealed.
  public func prepareQuantization() {
    let channels = configuration.channels
    quantization = EncoderQuantization(
      bank: bank,
      channelCounts: [configuration.stemChannels, channels] + blocks.flatMap { _ in [channels, channels] } + [
        configuration.dimension
      ])
  }

  /// Sets the statistics of all normalizations to those of a batch, without changing the function in evaluation.
  ///
  /// The normalizations of an imported network have a mean of 0 and a variance of 1, whatever their inputs are. In
  /// training, which uses the statistics of the batch, such a network would compute another function. After this call
  /// it computes the same one, up to the difference between batches.
  public func anchorNormalizations(to features: Matrix, _ bounds: SequenceBounds) {
    let normalizations =
      [stemNormalization, reductionNormalization]
      + blocks.flatMap { [$0.depthwiseNormalization, $0.pointwiseNormalization] }
    for normalization in normalizations { normalization.isAnchoring = true }
    forward(features, bounds, into: Matrix(), training: false)
    for normalization in normalizations { normalization.isAnchoring = false }
  }

  /// Writes the embeddings and keeps what ``backward(_:)`` needs.
  ///
  /// - Parameters:
  ///   - features: `[T, 40]`, ragged.
  ///   - output: `[⌈T/4⌉, D]`.
  ///   - training: whether batch normalization uses the statistics of the batch.
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

  /// Adds to the gradients of the parameters. `gradient` is by the output. It is overwritten if the output was rounded.
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
