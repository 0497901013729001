/// The geometry of one encoder layer: the input frames of an output frame, and the channels.
///
/// Output frame `j` uses the input frames `stride · j − leftContext … stride · j + rightContext` in steps of
/// `dilation`. Frames before the start of the stream are zeros. The output can be computed when input frame
/// `stride · j + rightContext` is available.
public struct LayerShape: Equatable, Sendable {
  /// How input channels are combined. The raw value is the file's `kind` field.
  public enum Kind: UInt8, Equatable, Sendable {
    /// A temporal convolution over all input channels, with weights `[output][kernel][input]` and dilation 1.
    case dense = 0
    /// Each channel separately, with weights `[kernel][channel]` and as many outputs as inputs.
    case depthwise = 1
  }

  /// The range that outputs are clamped to. The raw value is the file's `activation` field.
  public enum Activation: UInt8, Equatable, Sendable {
    /// −127…127.
    case linear = 0
    /// 0…127.
    case relu = 1
  }

  /// How input channels are combined.
  public var kind: Kind
  /// The range of the outputs.
  public var activation: Activation
  /// Whether the layer adds the input of the previous layer at the same frame index.
  public var addsResidual: Bool
  /// Channels of an input frame.
  public var inputChannels: Int
  /// Channels of an output frame.
  public var outputChannels: Int
  /// Taps of the kernel, in frames.
  public var kernelFrames: Int
  /// Input frames per output frame.
  public var stride: Int
  /// Input frames between taps.
  public var dilation: Int
  /// Input frames after `stride · j` that an output frame waits for.
  public var rightContext: Int

  /// Creates a shape from its members.
  public init(
    kind: Kind, activation: Activation, addsResidual: Bool = false, inputChannels: Int, outputChannels: Int,
    kernelFrames: Int = 1, stride: Int = 1, dilation: Int = 1, rightContext: Int = 0
  ) {
    self.kind = kind
    self.activation = activation
    self.addsResidual = addsResidual
    self.inputChannels = inputChannels
    self.outputChannels = outputChannels
    self.kernelFrames = kernelFrames
    self.stride = stride
    self.dilation = dilation
    self.rightContext = rightContext
  }

  /// Input frames from the first to the last tap, inclusive.
  public var spanFrames: Int { (kernelFrames - 1) * dilation + 1 }

  /// Input frames before `stride · j` that an output frame uses.
  public var leftContext: Int { spanFrames - 1 - rightContext }

  /// Products per output value.
  public var depth: Int { kind == .dense ? kernelFrames * inputChannels : kernelFrames }

  /// Weights of the layer, which equal its multiply-accumulate operations per output frame.
  public var weightCount: Int { depth * outputChannels }
}

/// The limits of a layer. They keep every index, sum and state small enough to be exact on every board.
///
/// With `depth ≤ 2¹⁵`, `|weight| ≤ 128`, `|input| ≤ 127` and `|bias| < 2²⁹`, an accumulator stays within ±2³⁰. Its
/// product with a 31-bit multiplier, plus the residual's product and the rounding, stays within ±2⁶², which fits 64
/// bits.
public enum LayerLimits {
  /// Layers of the encoder.
  public static let layerCount = 64
  /// Input or output channels.
  public static let channels = 1024
  /// Taps of a kernel, in frames.
  public static let kernelFrames = 64
  /// Input frames between taps.
  public static let dilation = 64
  /// Input frames per output frame.
  public static let stride = 4
  /// Products per output value.
  public static let depth = 1 << 15
  /// Exclusive limit of the magnitude of a bias.
  public static let biasMagnitude: Int32 = 1 << 29
  /// Dimension of the embeddings.
  public static let embeddingDimension = 512
  /// Past frames that all layers together can keep, in bytes.
  public static let stateBytes = 1 << 22
  /// Feature frames per embedding: 100 Hz become 25 Hz.
  public static let timeReduction = 4
  /// Features per frame.
  public static let featureCount = 40
}
