/// The device to capture from, and how to open it.
public struct CaptureSettings: Equatable, Sendable {
  /// ALSA's name of a card, such as `default` or `plughw:1`, or a stream as in ``CaptureOrigin``.
  public var device = "default"
  /// The layout of a sample.
  public var format = SampleFormat.int16
  /// The number of channels per frame.
  public var channelCount = 1
  /// The index of the channel to use; nil for the mean of all channels.
  public var channel: Int?
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

  /// Whether the selected channel exists.
  var hasChannel: Bool { channelCount >= 1 && channel ?? 0 < channelCount }

  /// The sample rate of all captures.
  package static let hertz = 16_000
}
