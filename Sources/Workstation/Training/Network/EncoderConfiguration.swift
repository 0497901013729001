/// The shape of the streaming acoustic encoder.
///
/// 40 log-mel bands at 100 frames per second → two strided convolutions (a quarter of the frames) → residual blocks of
/// a depthwise and a pointwise convolution → a linear projection to `dimension`. Export folds every batch
/// normalization.
public struct EncoderConfiguration: Sendable, Equatable, Codable {
  /// Channels after the first convolution.
  public var stemChannels = 128
  /// Channels of the blocks.
  public var channels = 256
  /// `D`, columns of the embeddings.
  public var dimension = 96
  /// Kernel of the first convolution, in frames of 10 ms.
  public var stemKernel = 5
  /// Kernel of the second convolution, in frames of 20 ms.
  public var reductionKernel = 3
  /// Kernel of each block's depthwise convolution, in frames of 40 ms.
  public var blockKernels = [7, 9, 9, 9, 9, 9, 9, 9, 9]
  /// Look-ahead of each block, in frames of 40 ms.
  public var blockRightContexts = [1, 0, 0, 1, 0, 0, 0, 0, 0]

  /// Creates the default shape.
  public init() {}

  /// Look-ahead of an embedding in frames of 10 ms: 2 from the stem, 2 · 1 from the reduction, and 4 per frame of the
  /// blocks' right context.
  public var lookAheadFrames: Int {
    (stemKernel - 1) / 2 + 2 * ((reductionKernel - 1) / 2) + 4 * blockRightContexts.reduce(0, +)
  }

  /// A name that encodes the whole shape, for the model's provenance and the checkpoint.
  public var name: String {
    "ds-tcn-\(stemChannels)-\(channels)-\(dimension)-k"
      + blockKernels.map(String.init).joined(separator: ".") + "-r"
      + blockRightContexts.map(String.init).joined(separator: ".")
  }
}
