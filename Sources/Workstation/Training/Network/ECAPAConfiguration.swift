/// The shape of an ``ECAPAEncoder``.
///
/// The published networks have 512 or 1,024 channels, 1,536 for aggregation and a bottleneck of 128, at 100 frames a second;
/// these defaults are sized for keyword spotting at 25.
public struct ECAPAConfiguration: Sendable, Equatable, Codable {
  public var channels = 128
  /// Groups of channels within a block's dilated convolution; divides `channels`.
  public var scale = 8
  /// Units that a block's squeeze-and-excitation has between its two layers.
  public var bottleneckCount = 32
  /// Channels after the aggregation of all blocks.
  public var aggregationChannels = 384
  public var dimension = 96
  /// Kernel of the first convolution, in feature frames of 10 ms.
  public var kernel = 5
  /// Feature frames from one embedding to the next. The aligner and the phrase sampler need 4.
  public var stride = 4
  /// Kernel of the blocks' convolutions, in embedding frames.
  public var blockKernel = 3
  /// Dilation of each block's convolutions, in embedding frames.
  public var dilations = [2, 3, 4]

  public init() {}

  /// A name that says the whole shape, for the model's provenance and the checkpoint.
  public var name: String {
    "ecapa-\(channels)-\(scale)-\(bottleneckCount)-\(aggregationChannels)-\(dimension)-k\(kernel).\(blockKernel)-s\(stride)"
      + "-d" + dilations.map(String.init).joined(separator: ".")
  }
}
