import Recordings

/// The device to capture from, and how to open it.
public struct CaptureSettings: Equatable, Sendable {
  /// ALSA's name of a card, such as `default` or `plughw:1`, or a stream as in ``CaptureOrigin``.
  public var device = "default"
  /// The layout of a sample; nil for what the card offers, preferably 16 bits, and for raw streams of 16 bits.
  public var format: SampleFormat?
  /// The number of channels per frame; nil for the card's smallest number that includes the channel, and for raw streams
  /// of as many as the channel needs.
  public var channelCount: Int?
  /// Frames per second; nil for 16,000 or the closest rate above it that the card offers, and for raw streams of 16,000.
  public var hertz: Int?
  /// The index of the channel to use; nil for the mean of all channels.
  public var channel: Int?
  /// The index of the channel of a stream that says how many it has, such as a WAV file; nil for the mean of all.
  public var fileChannel: Int?
  /// The amplification in dB.
  public var gainDecibels = 0
  /// The interval at which a card wakes the capture thread, and the most audio per read.
  public var periodMilliseconds = 20
  /// The size of a card's buffer. If the capture thread is later than this, the card overruns.
  public var bufferMilliseconds = 1_000
  /// The time without samples after which a card counts as hung and a connection as lost.
  public var silenceLimitMilliseconds = 3_000

  /// Creates settings for a device, with defaults for the rest.
  public init(device: String = "default") { self.device = device }

  /// The most samples per read.
  var chunkSamples: Int { max(160, CaptureSettings.hertz * periodMilliseconds / 1_000) }

  /// The number of channels that include the selected one.
  var fewestChannels: Int { (channel ?? 0) + 1 }

  /// How to read a stream.
  var sourceOptions: SourceOptions {
    var options = SourceOptions()
    options.channel = fileChannel
    options.gainDecibels = gainDecibels
    options.rawChannel = channel
    options.rawLayout = SampleLayout(
      format: format ?? .int16, channelCount: channelCount ?? fewestChannels, hertz: hertz ?? CaptureSettings.hertz)
    return options
  }

  /// The sample rate of all captures.
  package static let hertz = 16_000
}
