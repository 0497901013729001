/// The shapes of both encoders.
public struct NetworkConfiguration: Sendable, Equatable, Codable {
  /// The kind of acoustic encoder.
  public enum Architecture: String, Sendable, Codable, CaseIterable {
    /// The causal encoder of a model file.
    case streaming
    /// The paper's ECAPA-TDNN. Not for streams and not exportable.
    case ecapa
  }

  /// The acoustic encoder to build.
  public var architecture = Architecture.streaming
  /// The shape of the streaming encoder.
  public var streaming = EncoderConfiguration()
  /// The shape of the ECAPA-TDNN encoder.
  public var ecapa = ECAPAConfiguration()
  /// The shape of the text encoder.
  public var text = TextEncoderConfiguration()

  /// Creates the default shapes, with the streaming encoder.
  public init() {}

  /// Creates a streaming encoder of the given shape with the default text encoder.
  public init(streaming: EncoderConfiguration) { self.streaming = streaming }

  /// Why these shapes cannot be built; nil if they can.
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
    if positive.contains(where: { $0 < 1 }) { return "every count of channels and units must be at least 1" }
    if block.isEmpty || block.count != streaming.blockRightContexts.count {
      return "streaming.blockKernels and streaming.blockRightContexts need one entry per block"
    }
    if zip(block, streaming.blockRightContexts).contains(where: { $1 < 0 || $1 >= $0 }) {
      return "a block's right context must be at least 0 and below its kernel"
    }
    if ecapa.dilations.isEmpty || ecapa.scale < 2 || ecapa.channels % ecapa.scale != 0 {
      return "ecapa.scale must be at least 2 and divide ecapa.channels; ecapa.dilations needs an entry per block"
    }
    if ecapa.stride != 4 { return "ecapa.stride must be 4 (an embedding every 40 ms)" }
    return nil
  }

  /// A name that encodes the whole shape, for the model's provenance and the checkpoint.
  public var name: String { architecture == .streaming ? streaming.name : ecapa.name }

  /// Builds the encoder. Its layers register their parameters in the bank.
  func makeEncoder(bank: ParameterBank) -> any FrameEncoder {
    switch architecture {
    case .streaming: AcousticEncoder(streaming, bank: bank)
    case .ecapa: ECAPAEncoder(ecapa, bank: bank)
    }
  }
}
