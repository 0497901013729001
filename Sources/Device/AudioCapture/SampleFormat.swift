/// The layout of a sample from a sound card, signed and little-endian. The raw value is ALSA's name.
public enum SampleFormat: String, CaseIterable, Equatable, Sendable {
  case int16 = "S16_LE"
  /// 24 bits in the low three bytes of four.
  case int24 = "S24_LE"
  /// 24 bits in three bytes.
  case packedInt24 = "S24_3LE"
  case int32 = "S32_LE"

  /// Bytes per sample.
  public var byteCount: Int {
    switch self {
    case .int16: 2
    case .packedInt24: 3
    case .int24, .int32: 4
    }
  }
}

/// Extracts one channel, or the mean of all channels, from interleaved frames and rounds it to Int16.
///
/// The result is `round(x / (n · 2ᵇ))`, rounded half away from zero and saturated. x is the channel's sample or the sum
/// of the channels, n the number of channels in it, and b the number of bits beyond 16. 16-bit samples of one channel
/// pass unchanged. No allocation.
package struct ChannelSelection {
  package let format: SampleFormat
  package let channelCount: Int
  /// The index of the channel; nil for the mean of all channels.
  package let channel: Int?

  /// - Precondition: `channel` is less than `channelCount`.
  package init(format: SampleFormat, channelCount: Int, channel: Int?) {
    self.format = format
    self.channelCount = channelCount
    self.channel = channel
  }

  /// Bytes per frame.
  package var frameBytes: Int { format.byteCount * channelCount }

  /// Whether the frames already have the layout of the samples.
  var isIdentity: Bool { format == .int16 && channelCount == 1 }

  /// Converts frames to samples.
  ///
  /// | operand   | shape               | type    |
  /// |-----------|---------------------|---------|
  /// | `frames`  | `[n, channelCount]` | bytes   |
  /// | `samples` | `[n]`               | `Int16` |
  package func convert(_ frames: UnsafeRawPointer, frameCount: Int, into samples: UnsafeMutablePointer<Int16>) {
    let first = channel ?? 0
    let last = channel ?? channelCount - 1
    let scale = Int64(last - first + 1) << Int64(extraBits)
    var index = 0
    while index < frameCount {
      var sum: Int64 = 0
      for channel in first...last {
        sum += Int64(sample(frames + index * frameBytes + channel * format.byteCount))
      }
      let rounded = (sum + (sum < 0 ? -scale / 2 : scale / 2)) / scale
      samples[index] = Int16(clamping: rounded)
      index += 1
    }
  }

  private var extraBits: Int {
    switch format {
    case .int16: 0
    case .int24, .packedInt24: 8
    case .int32: 16
    }
  }

  private func sample(_ bytes: UnsafeRawPointer) -> Int32 {
    switch format {
    case .int16: Int32(Int16(littleEndian: bytes.loadUnaligned(as: Int16.self)))
    // The highest of the four bytes is undefined.
    case .int24: (Int32(littleEndian: bytes.loadUnaligned(as: Int32.self)) << 8) >> 8
    case .packedInt24:
      Int32(bytes.loadUnaligned(as: UInt16.self).littleEndian)
        | Int32(bytes.load(fromByteOffset: 2, as: Int8.self)) << 16
    case .int32: Int32(littleEndian: bytes.loadUnaligned(as: Int32.self))
    }
  }
}
