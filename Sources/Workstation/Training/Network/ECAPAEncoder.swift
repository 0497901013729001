/// ECAPA-TDNN as a frame encoder: features `[T, 40]` → embeddings `[⌈T/4⌉, D]`, not yet scaled to unit length.
///
/// `x_0 = BN(relu(convolution(features)))`, strided; `x_k = block_k(x_0 + … + x_{k−1})` with ``SqueezedRes2Block``;
/// `y = W_p · relu(W_a [x_1; x_2; …] + b_a) + b_p`. The encoder is not suited to streams: it depends on past and
/// future, and each block scales its channels by means over the whole utterance. ``AttentiveStatisticsPooling`` pools
/// the frames of a phrase.
/// - Reference: Desplanques et al. 2020, arXiv:2005.07143, §3 and figure 2.
public final class ECAPAEncoder: FrameEncoder {
  /// The shape of the encoder.
  public let configuration: ECAPAConfiguration
  /// `D`, columns of the embeddings.
  public var dimension: Int { configuration.dimension }
  /// The bank that owns the parameters.
  public let bank: ParameterBank
  /// The strided convolution on the features.
  public let stem: TemporalConvolution
  /// The normalization after `stem`, preceded by a ReLU.
  public let stemNormalization: BatchNormalization
  /// The blocks in order.
  public let blocks: [SqueezedRes2Block]
  /// `W_a` and `b_a`.
  public let aggregation: Linear
  /// `W_p` and `b_p`.
  public let projection: Linear
  /// The sequences of the last output.
  public private(set) var outputBounds = SequenceBounds(lengths: [])
  private let stemOutput = Matrix()
  /// The input of each block except the first: the sum of all outputs before it.
  private let sums: [Matrix]
  private let concatenated = Matrix()
  private let aggregated = Matrix()
  private let aggregatedGradient = Matrix()
  private let concatenatedGradient = Matrix()
  private let blockGradient = Matrix()
  private let sumGradient = Matrix()

  /// Registers the parameters of all layers in `bank`.
  ///
  /// - Precondition: `configuration.dilations` is not empty.
  public init(_ configuration: ECAPAConfiguration, bank: ParameterBank) {
    precondition(!configuration.dilations.isEmpty, "an ECAPA encoder needs a block")
    self.configuration = configuration
    self.bank = bank
    let channels = configuration.channels
    stem = TemporalConvolution(
      "encoder.stem", bank: bank, inputCount: 40, outputCount: channels, kernel: configuration.kernel,
      stride: configuration.stride, rightContext: (configuration.kernel - 1) / 2, hasBias: true)
    stemNormalization = BatchNormalization(
      "encoder.stemNorm", bank: bank, channelCount: channels, rectifies: false, rectifiesInput: true)
    blocks = configuration.dilations.enumerated().map { index, dilation in
      SqueezedRes2Block(
        "encoder.block\(index)", bank: bank, channelCount: channels, scale: configuration.scale,
        kernel: configuration.blockKernel, dilation: dilation, bottleneckCount: configuration.bottleneckCount)
    }
    sums = configuration.dilations.dropFirst().map { _ in Matrix() }
    aggregation = Linear(
      "encoder.aggregation", bank: bank, inputCount: channels * configuration.dilations.count,
      outputCount: configuration.aggregationChannels, gain: 1.4)
    projection = Linear(
      "encoder.projection", bank: bank, inputCount: configuration.aggregationChannels,
      outputCount: configuration.dimension)
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
    outputBounds = bounds.strided(by: configuration.stride)
    let channels = configuration.channels
    concatenated.reshape(rows: stemOutput.rows, columns: channels * blocks.count)
    var input = stemOutput
    for (index, block) in blocks.enumerated() {
      block.forward(input, outputBounds, training: training)
      for row in 0..<block.output.rows {
        (concatenated.row(row) + index * channels).update(from: block.output.row(row), count: channels)
      }
      if index < sums.count {
        sums[index].copy(from: input)
        VectorLoops.accumulate(1, block.output.pointer, into: sums[index].pointer, input.count)
        input = sums[index]
      }
    }
    aggregation.forward(concatenated, into: aggregated)
    for index in 0..<aggregated.count { aggregated.pointer[index] = max(aggregated.pointer[index], 0) }
    projection.forward(aggregated, into: output)
    return outputBounds
  }

  /// Adds to the gradients of the parameters. `gradient` is by the output of the last forward pass in training.
  public func backward(_ gradient: Matrix) {
    projection.backward(gradient, into: aggregatedGradient)
    for index in 0..<aggregated.count {
      aggregatedGradient.pointer[index] = aggregated.pointer[index] > 0 ? aggregatedGradient.pointer[index] : 0
    }
    aggregation.backward(aggregatedGradient, into: concatenatedGradient)
    let channels = configuration.channels
    let rows = gradient.rows
    // Each output is part of the input of every later block, so their gradients add up.
    sumGradient.reshape(rows: rows, columns: channels)
    sumGradient.setZero()
    for (index, block) in blocks.enumerated().reversed() {
      blockGradient.copy(from: sumGradient)
      for row in 0..<rows {
        VectorLoops.accumulate(
          1, concatenatedGradient.row(row) + index * channels, into: blockGradient.row(row), channels)
      }
      block.backward(blockGradient)
      VectorLoops.accumulate(1, blockGradient.pointer, into: sumGradient.pointer, sumGradient.count)
    }
    stemNormalization.backward(sumGradient, output: stemOutput)
    stem.backward(sumGradient, into: nil)
  }

  /// Which rectifiers were open in the last forward pass.
  public var openRectifiers: [Bool] {
    stemNormalization.openInputs + blocks.flatMap(\.openRectifiers) + aggregated.values.map { $0 > 0 }
  }
}
