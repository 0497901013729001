/// The shapes of both encoders.
public struct NetworkConfiguration: Sendable, Equatable, Codable {
  public enum Architecture: String, Sendable, Codable, CaseIterable {
    /// The causal encoder that a model file holds.
    case streaming
    /// The paper's: not for streams, and not exported.
    case ecapa
  }

  public var architecture = Architecture.streaming
  /// Of the streaming encoder.
  public var streaming = EncoderConfiguration()
  public var ecapa = ECAPAConfiguration()
  public var text = TextEncoderConfiguration()

  public init() {}

  /// The streaming encoder of a shape, with the usual text encoder.
  public init(streaming: EncoderConfiguration) { self.streaming = streaming }

  /// Why these shapes cannot be built; nil where they can.
  public var fault: String? {
    let block = streaming.blockKernels
    let positive =
      [
        streaming.stemChannels, streaming.channels, streaming.dimension, ecapa.channels, ecapa.dimension,
        text.inputCount,
      ]
      + [
        text.hiddenCount, ecapa.bottleneckCount, ecapa.aggregationChannels, streaming.stemKernel,
        streaming.reductionKernel,
      ]
    if positive.contains(where: { $0 < 1 }) { return "every count of channels and units is at least 1" }
    if block.isEmpty || block.count != streaming.blockRightContexts.count {
      return "streaming.blockKernels and streaming.blockRightContexts need one entry a block"
    }
    if zip(block, streaming.blockRightContexts).contains(where: { $1 < 0 || $1 >= $0 }) {
      return "a block's right context is at least 0 and below its kernel"
    }
    if ecapa.dilations.isEmpty || ecapa.scale < 2 || ecapa.channels % ecapa.scale != 0 {
      return "ecapa.scale is at least 2 and divides ecapa.channels, and ecapa.dilations has an entry a block"
    }
    if ecapa.stride != 4 { return "ecapa.stride is 4: embeddings stand every 40 ms" }
    return nil
  }

  /// A name that says the whole shape, for the model's provenance and the checkpoint.
  public var name: String { architecture == .streaming ? streaming.name : ecapa.name }

  /// The encoder's layers; the bank registers their parameters.
  func makeEncoder(bank: ParameterBank) -> any FrameEncoder {
    switch architecture {
    case .streaming: AcousticEncoder(streaming, bank: bank)
    case .ecapa: ECAPAEncoder(ecapa, bank: bank)
    }
  }
}
