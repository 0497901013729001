/// The shape of an ``ECAPAEncoder``.
///
/// The published networks have 512 or 1,024 channels, 1,536 for aggregation and a bottleneck of 128, at 100 frames per
/// second. The defaults here are sized for keyword spotting at 25 frames per second.
public struct ECAPAConfiguration: Sendable, Equatable, Codable {
  /// Channels of the blocks.
  public var channels = 128
  /// Groups of channels within a block's dilated convolution. Must divide `channels`.
  public var scale = 8
  /// Units between the two layers of a block's squeeze-and-excitation.
  public var bottleneckCount = 32
  /// Channels after the aggregation of all blocks.
  public var aggregationChannels = 384
  /// `D`, columns of the embeddings.
  public var dimension = 96
  /// Kernel of the first convolution, in feature frames of 10 ms.
  public var kernel = 5
  /// Feature frames per embedding. The aligner and the phrase sampler require 4.
  public var stride = 4
  /// Kernel of the convolutions in the blocks, in embedding frames.
  public var blockKernel = 3
  /// Dilation of the convolutions in each block, in embedding frames.
  public var dilations = [2, 3, 4]

  /// Creates the default shape.
  public init() {}

  /// A name that encodes the whole shape, for the model's provenance and the checkpoint.
  public var name: String {
    "ecapa-\(channels)-\(scale)-\(bottleneckCount)-\(aggregationChannels)-\(dimension)-k\(kernel).\(blockKernel)-s\(stride)"
      + "-d" + dilations.map(String.init).joined(separator: ".")
  }
}
