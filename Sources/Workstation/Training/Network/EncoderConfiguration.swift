/// The shape of the streaming acoustic encoder.
///
/// 40 log-mel bands at 100 frames a second → two strided convolutions (×4 fewer frames) → residual blocks of a depthwise and
/// a pointwise convolution → a linear projection to `dimension`. Every batch normalisation is folded at export.
public struct EncoderConfiguration: Sendable, Equatable, Codable {
  public var stemChannels = 128
  public var channels = 256
  public var dimension = 96
  public var stemKernel = 5
  public var reductionKernel = 3
  /// Kernel of each block's depthwise convolution, in frames of 40 ms.
  public var blockKernels = [7, 9, 9, 9, 9, 9, 9, 9, 9]
  /// Frames of the future that each block sees.
  public var blockRightContexts = [1, 0, 0, 1, 0, 0, 0, 0, 0]

  public init() {}

  /// Frames of the future at 100 frames a second that an embedding depends on: 2 from the stem, 2 · 1 from the reduction,
  /// 4 for each of the blocks'.
  public var lookAheadFrames: Int {
    (stemKernel - 1) / 2 + 2 * ((reductionKernel - 1) / 2) + 4 * blockRightContexts.reduce(0, +)
  }

  /// A name that says the whole shape, for the model's provenance and the checkpoint.
  public var name: String {
    "ds-tcn-\(stemChannels)-\(channels)-\(dimension)-k"
      + blockKernels.map(String.init).joined(separator: ".") + "-r"
      + blockRightContexts.map(String.init).joined(separator: ".")
  }
}
