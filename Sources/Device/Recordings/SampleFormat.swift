/// The layout of a sample, little-endian. The raw value is ALSA's name.
public enum SampleFormat: String, CaseIterable, Equatable, Sendable {
  case int16 = "S16_LE"
  /// 24 bits in the low three bytes of four.
  case int24 = "S24_LE"
  /// 24 bits in three bytes.
  case packedInt24 = "S24_3LE"
  case int32 = "S32_LE"
  /// IEEE 754, full scale is ±1.
  case float32 = "FLOAT_LE"

  /// Bytes per sample.
  public var byteCount: Int {
    switch self {
    case .int16: 2
    case .packedInt24: 3
    case .int24, .int32, .float32: 4
    }
  }

  /// The value of full scale.
  var fullScale: Double {
    switch self {
    case .int16: 0x1p15
    case .int24, .packedInt24: 0x1p23
    case .int32: 0x1p31
    case .float32: 1
    }
  }

  /// The sample at an address, which need not be aligned; 0 for a floating-point value that is no number.
  @inline(__always)
  func value(_ bytes: UnsafeRawPointer) -> Double {
    switch self {
    case .int16: return Double(Int16(littleEndian: bytes.loadUnaligned(as: Int16.self)))
    // The highest of the four bytes is undefined.
    case .int24: return Double((Int32(littleEndian: bytes.loadUnaligned(as: Int32.self)) << 8) >> 8)
    case .packedInt24:
      return Double(
        Int32(bytes.loadUnaligned(as: UInt16.self).littleEndian)
          | Int32(bytes.load(fromByteOffset: 2, as: Int8.self)) << 16)
    case .int32: return Double(Int32(littleEndian: bytes.loadUnaligned(as: Int32.self)))
    case .float32:
      let value = Float(bitPattern: UInt32(littleEndian: bytes.loadUnaligned(as: UInt32.self)))
      return value == value ? Double(min(max(value, -1e6), 1e6)) : 0
    }
  }
}

/// The layout of the frames of a stream.
public struct SampleLayout: Equatable, Sendable {
  /// The layout of a sample.
  public var format = SampleFormat.int16
  /// The number of channels of a frame, at least 1.
  public var channelCount = 1
  /// Frames per second.
  public var hertz = 16_000

  /// Creates a layout; without arguments, that of the spotter's input.
  public init(format: SampleFormat = .int16, channelCount: Int = 1, hertz: Int = 16_000) {
    self.format = format
    self.channelCount = channelCount
    self.hertz = hertz
  }

  /// Bytes per frame.
  public var frameBytes: Int { format.byteCount * channelCount }
}

/// Which channel of a source to use, how much to amplify it, and what raw samples look like.
public struct SourceOptions: Equatable, Sendable {
  /// The index of the channel to use; nil for the mean of all channels.
  public var channel: Int?
  /// The amplification in dB.
  public var gainDecibels = 0
  /// The layout of a stream that does not say it itself.
  public var rawLayout = SampleLayout()
  /// The index of the channel of such a stream.
  public var rawChannel: Int?

  /// Creates options: the mean of all channels, not amplified.
  public init() {}

  /// `10^(gainDecibels / 20)`.
  package var gain: Double {
    var gain = 1.0
    for _ in 0..<abs(gainDecibels) { gain *= 1.122_018_454_301_963_4 }
    return gainDecibels < 0 ? 1 / gain : gain
  }
}
