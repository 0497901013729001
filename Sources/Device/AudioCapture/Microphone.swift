import CALSA
import CPlatform
import Recordings

/// An open ALSA capture stream: 16 kHz Int16 samples of one channel or of the mean of all channels, whatever the card
/// records.
///
/// ``read(into:waitMilliseconds:)`` recovers from overruns and suspensions and counts them. For other errors it throws,
/// and the caller must open the device again. Opening does not wait for a busy card. One thread at a time. After
/// `init`, only libasound may allocate, during recovery.
package final class Microphone {
  /// The losses since the device was opened.
  package private(set) var losses = CaptureLosses()
  /// The time when the last delivered sample was recorded, in nanoseconds of the monotonic clock.
  private(set) var recordedUntil: Int64

  private let settings: CaptureSettings
  private let stream: OpaquePointer
  private let layout: SampleLayout
  /// Nil if the card's frames are the samples.
  private let converter: SampleConverter?
  /// Frames in the card's layout, if it differs from that of the samples: `[frameCapacity, channels]`.
  private let frames: UnsafeMutableRawBufferPointer
  private let frameCapacity: Int
  /// Recoveries since the last sample; after several, the card counts as disconnected.
  private var fruitlessRecoveries = 0
  /// The time when the last read delivered samples.
  private var lastDelivery: Int64

  /// Opens and starts a device.
  ///
  /// - Throws: `cannotOpen`, `busy`, `unknownDevice` or `unsupportedFormat`.
  package init(_ settings: CaptureSettings) throws(CaptureError) {
    let (stream, layout) = try Self.open(settings)
    let started = snd_pcm_start(stream)
    guard started >= 0 else {
      snd_pcm_close(stream)
      throw Self.failure(of: settings, errorNumber: -started)
    }
    self.settings = settings
    self.stream = stream
    self.layout = layout
    var options = SourceOptions()
    options.channel = settings.channel
    options.gainDecibels = settings.gainDecibels
    frameCapacity = max(1, settings.chunkSamples * layout.hertz / CaptureSettings.hertz)
    let isConverted = layout != SampleLayout() || settings.gainDecibels != 0
    converter = isConverted ? SampleConverter(layout, options, blockFrames: frameCapacity) : nil
    frames = .allocate(byteCount: isConverted ? frameCapacity * layout.frameBytes : 0, alignment: 16)
    recordedUntil = platform_monotonic_nanoseconds()
    lastDelivery = recordedUntil
  }

  /// Opens a device without recording, and closes it.
  ///
  /// - Returns: What it would record.
  /// - Throws: As `init`.
  package static func layout(_ settings: CaptureSettings) throws(CaptureError) -> SampleLayout {
    let (stream, layout) = try open(settings)
    snd_pcm_close(stream)
    return layout
  }

  private static func open(_ settings: CaptureSettings) throws(CaptureError) -> (OpaquePointer, SampleLayout) {
    calsa_keep_messages()
    var opened: OpaquePointer?
    let result = snd_pcm_open(&opened, settings.device, SND_PCM_STREAM_CAPTURE, Int32(SND_PCM_NONBLOCK))
    guard result >= 0, let stream = opened else { throw failure(of: settings, errorNumber: -result) }
    switch applyParameters(of: stream, settings) {
    case .layout(let layout): return (stream, layout)
    case .refused(let property):
      snd_pcm_close(stream)
      throw .unsupportedFormat(device: settings.device, property: property)
    }
  }

  deinit {
    snd_pcm_close(stream)
    frames.deallocate()
  }

  private static func failure(of settings: CaptureSettings, errorNumber: Int32) -> CaptureError {
    let detail = String(cString: calsa_message())
    if errorNumber == platform_error_busy {
      return .busy(device: settings.device, holders: CardHolder.all(of: settings.device))
    }
    // For an absent card, ALSA reports a different error: its name is known.
    if errorNumber == platform_error_no_entry, detail.utf8.starts(with: "Unknown PCM".utf8) {
      return .unknownDevice(device: settings.device, detail: detail)
    }
    return .cannotOpen(device: settings.device, errorNumber: errorNumber, detail: detail)
  }

  /// Reads the samples that have arrived. If there are none, waits up to `waitMilliseconds`.
  ///
  /// - Throws: `disconnected` or `silent`.
  package func read(
    into samples: UnsafeMutableBufferPointer<Int16>, waitMilliseconds: Int
  ) throws(CaptureError) -> CaptureReading {
    if let converter {
      let count = converter.produce(into: samples)
      if count > 0 { return .samples(count) }
    }
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
      // The last samples of a stalled card are read late. They were recorded no later than their count implies, plus 10
      // % for a card with a slow clock.
      let hertz = Int64(layout.hertz)
      recordedUntil = min(
        now - Int64(waiting) * 1_000_000_000 / hertz, recordedUntil + Int64(count) * 1_100_000_000 / hertz)
      lastDelivery = now
      fruitlessRecoveries = 0
      guard let converter else { return .samples(count) }
      converter.supply(frames.baseAddress!, frameCount: count)
      let sampleCount = converter.produce(into: samples)
      return sampleCount > 0 ? .samples(sampleCount) : .nothingYet
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

  /// Reads available frames, into `samples` if they need no conversion; returns libasound's count or negative error.
  private func readFrames(into samples: UnsafeMutableBufferPointer<Int16>) -> Int {
    converter == nil
      ? Int(snd_pcm_readi(stream, samples.baseAddress, snd_pcm_uframes_t(samples.count)))
      : Int(snd_pcm_readi(stream, frames.baseAddress, snd_pcm_uframes_t(frameCapacity)))
  }

  /// Restarts the stream after an overrun or a suspension.
  private func recover(from errorNumber: Int32) throws(CaptureError) {
    fruitlessRecoveries += 1
    guard errorNumber == platform_error_pipe || errorNumber == platform_error_suspended, fruitlessRecoveries <= 5 else {
      throw .disconnected(device: settings.device, errorNumber: errorNumber)
    }
    if errorNumber == platform_error_pipe {
      losses.overrunCount += 1
    } else {
      losses.suspendCount += 1
      // A card that can resume returns EAGAIN until it has. Most cannot and are prepared again below.
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
    losses.lostSampleCount += (now - recordedUntil) * Int64(CaptureSettings.hertz) / 1_000_000_000
    recordedUntil = now
  }
}
