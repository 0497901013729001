/// The geometry of one encoder layer: which input frames make an output frame, and through how many weights.
///
/// Output frame `j` uses the input frames `stride · j − leftContext … stride · j + rightContext` in steps of `dilation`;
/// frames before the stream's start are zeros. It can be computed as soon as input frame `stride · j + rightContext` is
/// there.
public struct LayerShape: Equatable, Sendable {
  /// How input channels meet output channels. The raw value is the file's `kind` field.
  public enum Kind: UInt8, Equatable, Sendable {
    /// A temporal convolution over all input channels; weights `[output][kernel][input]`, dilation 1.
    case dense = 0
    /// Each channel by itself; weights `[kernel][channel]`, as many outputs as inputs.
    case depthwise = 1
  }

  /// The range that outputs are clamped to. The raw value is the file's `activation` field.
  public enum Activation: UInt8, Equatable, Sendable {
    /// −127…127
    case linear = 0
    /// 0…127
    case relu = 1
  }

  public var kind: Kind
  public var activation: Activation
  /// Whether the layer adds the input of the layer right before it, at the same frame index.
  public var addsResidual: Bool
  public var inputChannels: Int
  public var outputChannels: Int
  /// Taps of the kernel, in frames.
  public var kernelFrames: Int
  /// Input frames per output frame.
  public var stride: Int
  /// Input frames between taps.
  public var dilation: Int
  /// Input frames after `stride · j` that an output frame waits for.
  public var rightContext: Int

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

  /// Input frames from the first to the last tap, both counted.
  public var spanFrames: Int { (kernelFrames - 1) * dilation + 1 }

  /// Input frames before `stride · j` that an output frame uses.
  public var leftContext: Int { spanFrames - 1 - rightContext }

  /// Products in one output value.
  public var depth: Int { kind == .dense ? kernelFrames * inputChannels : kernelFrames }

  /// Weights of the layer; also its multiply-accumulates per output frame.
  public var weightCount: Int { depth * outputChannels }
}

/// The bounds on a layer that keep every index, sum and state small enough to be exact on every board.
///
/// With `depth ≤ 2¹⁵`, `|weight| ≤ 128`, `|input| ≤ 127` and `|bias| < 2²⁹` an accumulator stays inside ±2³⁰: its product
/// with a 31-bit multiplier, the residual's product and the rounding stay inside ±2⁶², which 64 bits hold.
public enum LayerLimits {
  public static let layerCount = 64
  public static let channels = 1024
  public static let kernelFrames = 64
  public static let dilation = 64
  public static let stride = 4
  public static let depth = 1 << 15
  public static let biasMagnitude: Int32 = 1 << 29
  public static let embeddingDimension = 512
  /// Past frames that all layers together may ask to keep, in bytes.
  public static let stateBytes = 1 << 22
  /// Feature frames for one embedding: 100 become 25 a second.
  public static let timeReduction = 4
  public static let featureCount = 40
}
