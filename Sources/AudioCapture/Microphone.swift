import CALSA
import CPlatform

/// How a microphone is opened.
public struct MicrophoneSettings: Equatable, Sendable {
  /// ALSA's name of the device, such as `default` or `plughw:1`.
  public var device = "default"
  /// How often the card wakes the capture thread.
  public var periodMilliseconds = 20
  /// What the card keeps while the capture thread is late; more is an overrun.
  public var bufferMilliseconds = 1_000
  /// Time without a sample after which the card counts as hung.
  public var silenceLimitMilliseconds = 3_000

  public init(device: String = "default") { self.device = device }
}

/// An open ALSA capture stream: 16 kHz mono Int16.
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
    recordedUntil = platform_monotonic_nanoseconds()
    lastDelivery = recordedUntil
  }

  deinit { snd_pcm_close(stream) }

  /// Reads what the card has, waiting for it at most as long as given.
  ///
  /// - Throws: `disconnected` or `silent`.
  package func read(
    into samples: UnsafeMutableBufferPointer<Int16>, waitMilliseconds: Int
  ) throws(CaptureError) -> Reading {
    var count = snd_pcm_readi(stream, samples.baseAddress, snd_pcm_uframes_t(samples.count))
    if count == -Int(EAGAIN) {
      let waited = snd_pcm_wait(stream, Int32(waitMilliseconds))
      if waited < 0 && waited != -EINTR {
        count = Int(waited)
      } else {
        count = snd_pcm_readi(stream, samples.baseAddress, snd_pcm_uframes_t(samples.count))
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
    if count == -Int(EAGAIN) || count == -Int(EINTR) {
      let quiet = (platform_monotonic_nanoseconds() - lastDelivery) / 1_000_000
      if quiet > Int64(settings.silenceLimitMilliseconds) {
        throw .silent(device: settings.device, milliseconds: Int(quiet))
      }
      return .nothingYet
    }
    try recover(from: Int32(-count))
    return .nothingYet
  }

  /// Starts the stream again after an overrun or a suspension.
  private func recover(from errorNumber: Int32) throws(CaptureError) {
    fruitlessRecoveries += 1
    guard errorNumber == EPIPE || errorNumber == ESTRPIPE, fruitlessRecoveries <= 5 else {
      throw .disconnected(device: settings.device, errorNumber: errorNumber)
    }
    if errorNumber == EPIPE {
      overrunCount += 1
    } else {
      suspendCount += 1
      // A card that can resume says EAGAIN until it has; most cannot, and are prepared anew below.
      var attempts = 0
      while snd_pcm_resume(stream) == -EAGAIN && attempts < 20 {
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

/// Sets the stream to what Heed listens to. Returns the name of the first property that the card refuses, else nil.
private func refusedProperty(of stream: OpaquePointer, _ settings: MicrophoneSettings) -> String? {
  var allocated: OpaquePointer?
  guard snd_pcm_hw_params_malloc(&allocated) >= 0, let parameters = allocated else { return "memory" }
  defer { snd_pcm_hw_params_free(parameters) }
  var period = snd_pcm_uframes_t(Microphone.hertz * settings.periodMilliseconds / 1_000)
  var buffer = snd_pcm_uframes_t(Microphone.hertz * settings.bufferMilliseconds / 1_000)
  var direction: Int32 = 0
  if snd_pcm_hw_params_any(stream, parameters) < 0 { return "configuration" }
  if snd_pcm_hw_params_set_access(stream, parameters, SND_PCM_ACCESS_RW_INTERLEAVED) < 0 { return "access" }
  if snd_pcm_hw_params_set_format(stream, parameters, SND_PCM_FORMAT_S16) < 0 { return "16-bit samples" }
  if snd_pcm_hw_params_set_channels(stream, parameters, 1) < 0 { return "one channel" }
  if snd_pcm_hw_params_set_rate(stream, parameters, UInt32(Microphone.hertz), 0) < 0 { return "16 kHz" }
  if snd_pcm_hw_params_set_period_size_near(stream, parameters, &period, &direction) < 0 { return "period" }
  if snd_pcm_hw_params_set_buffer_size_near(stream, parameters, &buffer) < 0 { return "buffer" }
  if snd_pcm_hw_params(stream, parameters) < 0 { return "the combination" }
  return nil
}
