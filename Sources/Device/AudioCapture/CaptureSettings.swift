/// What is listened to, and how it is opened.
public struct CaptureSettings: Equatable, Sendable {
  /// ALSA's name of a card, such as `default` or `plughw:1`, or a stream as ``CaptureOrigin`` reads it.
  public var device = "default"
  /// How a sample is laid out.
  public var format = SampleFormat.int16
  /// Channels of a frame.
  public var channelCount = 1
  /// Index of the channel that is listened to; nil for the mean of all.
  public var channel: Int?
  /// How often a card wakes the capture thread, and the most that is read at once.
  public var periodMilliseconds = 20
  /// What a card keeps while the capture thread is late; more is an overrun.
  public var bufferMilliseconds = 1_000
  /// Time without a sample after which a card counts as hung and the other side of a connection as gone.
  public var silenceLimitMilliseconds = 3_000

  public init(device: String = "default") { self.device = device }

  /// Samples of one read at most.
  var chunkSamples: Int { max(160, CaptureSettings.hertz * periodMilliseconds / 1_000) }

  /// Whether the frames can be turned into samples.
  var hasChannel: Bool { channelCount >= 1 && channel ?? 0 < channelCount }

  /// Samples of a second, whatever the source.
  package static let hertz = 16_000
}
