import CALSA
import CPlatform

/// How a microphone is opened.
public struct MicrophoneSettings: Equatable, Sendable {
  /// ALSA's name of the device, such as `default` or `plughw:1`.
  public var device = "default"
  /// How the card lays out a sample.
  public var format = SampleFormat.int16
  /// Channels of a frame.
  public var channelCount = 1
  /// Index of the channel that is listened to; nil for the mean of all.
  public var channel: Int?
  /// How often the card wakes the capture thread.
  public var periodMilliseconds = 20
  /// What the card keeps while the capture thread is late; more is an overrun.
  public var bufferMilliseconds = 1_000
  /// Time without a sample after which the card counts as hung.
  public var silenceLimitMilliseconds = 3_000

  public init(device: String = "default") { self.device = device }
}

/// An open ALSA capture stream: 16 kHz, one channel of it or the mean of all, as Int16.
///
/// An overrun or a suspension is recovered from inside ``read(into:waitMilliseconds:)`` and counted; what cannot be
/// recovered from is thrown, and the caller opens the device again. Opening never waits for a busy card. One thread
/// at a time; nothing is allocated after `init` but what libasound itself does on recovery.
package final class Microphone {
  package static let hertz = 16_000

  /// What one read gave.
  package enum Reading: Equatable {
    /// This many samples.
    case samples(Int)
    /// Nothing within the time to wait.
    case nothingYet
    /// The stream is over and was read to its end. Only files behind ALSA plug-ins end; a sound card never does.
    case ended
  }

  /// Times that the card's buffer overran.
  package private(set) var overrunCount = 0
  /// Times that the machine was suspended.
  package private(set) var suspendCount = 0
  /// Samples of real time for which no sample was given, over all overruns and suspensions.
  package private(set) var lostSampleCount: Int64 = 0

  private let settings: MicrophoneSettings
  private let stream: OpaquePointer
  private let selection: ChannelSelection
  /// Frames as the card gives them, where they are not the samples already: `[frameCapacity, channels]`.
  private let frames: UnsafeMutableRawBufferPointer
  private let frameCapacity: Int
  /// Recoveries since the last sample; a card that only ever fails is given up.
  private var fruitlessRecoveries = 0
  /// When the last sample given was recorded, and when the last read gave any.
  private var recordedUntil: Int64
  private var lastDelivery: Int64

  /// Opens and starts a device.
  ///
  /// - Throws: `cannotOpen` or `unsupportedFormat`.
  package init(_ settings: MicrophoneSettings) throws(CaptureError) {
    calsa_keep_messages()
    var opened: OpaquePointer?
    let result = snd_pcm_open(&opened, settings.device, SND_PCM_STREAM_CAPTURE, Int32(SND_PCM_NONBLOCK))
    guard result >= 0, let stream = opened else {
      throw .cannotOpen(
        device: settings.device, errorNumber: -result, detail: String(cString: calsa_message()))
    }
    precondition(settings.channelCount >= 1 && settings.channel ?? 0 < settings.channelCount)
    if let property = refusedProperty(of: stream, settings) {
      snd_pcm_close(stream)
      throw .unsupportedFormat(device: settings.device, property: property)
    }
    let started = snd_pcm_start(stream)
    guard started >= 0 else {
      snd_pcm_close(stream)
      throw .cannotOpen(
        device: settings.device, errorNumber: -started, detail: String(cString: calsa_message()))
    }
    self.settings = settings
    self.stream = stream
    selection = ChannelSelection(
      format: settings.format, channelCount: settings.channelCount, channel: settings.channel)
    frameCapacity = selection.isIdentity ? 0 : Self.hertz * settings.periodMilliseconds / 1_000
    frames = .allocate(byteCount: frameCapacity * selection.frameBytes, alignment: 16)
    recordedUntil = platform_monotonic_nanoseconds()
    lastDelivery = recordedUntil
  }

  deinit {
    snd_pcm_close(stream)
    frames.deallocate()
  }

  /// Reads what the card has, waiting for it at most as long as given.
  ///
  /// - Throws: `disconnected` or `silent`.
  package func read(
    into samples: UnsafeMutableBufferPointer<Int16>, waitMilliseconds: Int
  ) throws(CaptureError) -> Reading {
    var count = readFrames(into: samples)
    if count == -Int(platform_error_again) {
      let waited = snd_pcm_wait(stream, Int32(waitMilliseconds))
      if waited < 0 && waited != -platform_error_interrupted {
        count = Int(waited)
      } else {
        count = readFrames(into: samples)
      }
    }
    if count > 0 {
      let now = platform_monotonic_nanoseconds()
      let waiting = max(0, snd_pcm_avail_update(stream))
      recordedUntil = now - Int64(waiting) * 1_000_000_000 / Int64(Self.hertz)
      lastDelivery = now
      fruitlessRecoveries = 0
      return .samples(count)
    }
    if count == 0 {
      let state = snd_pcm_state(stream)
      return state == SND_PCM_STATE_DRAINING || state == SND_PCM_STATE_SETUP ? .ended : .nothingYet
    }
    if count == -Int(platform_error_again) || count == -Int(platform_error_interrupted) {
      let quiet = (platform_monotonic_nanoseconds() - lastDelivery) / 1_000_000
      if quiet > Int64(settings.silenceLimitMilliseconds) {
        throw .silent(device: settings.device, milliseconds: Int(quiet))
      }
      return .nothingYet
    }
    try recover(from: Int32(-count))
    return .nothingYet
  }

  /// What the card has, as samples; libasound's count or negative error.
  private func readFrames(into samples: UnsafeMutableBufferPointer<Int16>) -> Int {
    if selection.isIdentity {
      return Int(snd_pcm_readi(stream, samples.baseAddress, snd_pcm_uframes_t(samples.count)))
    }
    let wanted = min(samples.count, frameCapacity)
    let count = Int(snd_pcm_readi(stream, frames.baseAddress, snd_pcm_uframes_t(wanted)))
    if count > 0 { selection.convert(frames.baseAddress!, frameCount: count, into: samples.baseAddress!) }
    return count
  }

  /// Starts the stream again after an overrun or a suspension.
  private func recover(from errorNumber: Int32) throws(CaptureError) {
    fruitlessRecoveries += 1
    guard errorNumber == platform_error_pipe || errorNumber == platform_error_suspended, fruitlessRecoveries <= 5 else {
      throw .disconnected(device: settings.device, errorNumber: errorNumber)
    }
    if errorNumber == platform_error_pipe {
      overrunCount += 1
    } else {
      suspendCount += 1
      // A card that can resume says EAGAIN until it has; most cannot, and are prepared anew below.
      var attempts = 0
      while snd_pcm_resume(stream) == -platform_error_again && attempts < 20 {
        platform_sleep_milliseconds(50)
        attempts += 1
      }
    }
    if snd_pcm_state(stream) != SND_PCM_STATE_RUNNING {
      var result = snd_pcm_prepare(stream)
      if result >= 0 { result = snd_pcm_start(stream) }
      guard result >= 0 else { throw .disconnected(device: settings.device, errorNumber: -result) }
    }
    let now = platform_monotonic_nanoseconds()
    lostSampleCount += (now - recordedUntil) * Int64(Self.hertz) / 1_000_000_000
    recordedUntil = now
  }
}

/// Sets the stream to what is asked for. Returns the first property that the card refuses and what it has instead, else nil.
private func refusedProperty(of stream: OpaquePointer, _ settings: MicrophoneSettings) -> String? {
  var allocated: OpaquePointer?
  guard snd_pcm_hw_params_malloc(&allocated) >= 0, let parameters = allocated else { return "memory" }
  defer { snd_pcm_hw_params_free(parameters) }
  var period = snd_pcm_uframes_t(Microphone.hertz * settings.periodMilliseconds / 1_000)
  var buffer = snd_pcm_uframes_t(Microphone.hertz * settings.bufferMilliseconds / 1_000)
  var direction: Int32 = 0
  if snd_pcm_hw_params_any(stream, parameters) < 0 { return "configuration" }
  if snd_pcm_hw_params_set_access(stream, parameters, SND_PCM_ACCESS_RW_INTERLEAVED) < 0 { return "access" }
  if snd_pcm_hw_params_set_format(stream, parameters, settings.format.alsa) < 0 {
    return "\(settings.format.rawValue) samples\(offeredFormats(stream, parameters))"
  }
  if snd_pcm_hw_params_set_channels(stream, parameters, UInt32(settings.channelCount)) < 0 {
    var fewest: UInt32 = 0
    var most: UInt32 = 0
    let isKnown =
      snd_pcm_hw_params_get_channels_min(parameters, &fewest) >= 0
      && snd_pcm_hw_params_get_channels_max(parameters, &most) >= 0
    let offered = fewest == most ? "\(fewest)" : "\(fewest) to \(most)"
    return "\(settings.channelCount) channels\(isKnown ? "; it offers \(offered)" : "")"
  }
  if snd_pcm_hw_params_set_rate(stream, parameters, UInt32(Microphone.hertz), 0) < 0 { return "16 kHz" }
  if snd_pcm_hw_params_set_period_size_near(stream, parameters, &period, &direction) < 0 { return "period" }
  if snd_pcm_hw_params_set_buffer_size_near(stream, parameters, &buffer) < 0 { return "buffer" }
  if snd_pcm_hw_params(stream, parameters) < 0 { return "the combination" }
  return nil
}

/// "; it offers S16_LE, S32_LE", or nothing where the card has none that can be used.
private func offeredFormats(_ stream: OpaquePointer, _ parameters: OpaquePointer) -> String {
  var offered = ""
  for format in SampleFormat.allCases where snd_pcm_hw_params_test_format(stream, parameters, format.alsa) == 0 {
    offered += (offered.isEmpty ? "; it offers " : ", ") + format.rawValue
  }
  return offered
}

extension SampleFormat {
  fileprivate var alsa: snd_pcm_format_t {
    switch self {
    case .int16: SND_PCM_FORMAT_S16_LE
    case .int24: SND_PCM_FORMAT_S24_LE
    case .packedInt24: SND_PCM_FORMAT_S24_3LE
    case .int32: SND_PCM_FORMAT_S32_LE
    }
  }
}
