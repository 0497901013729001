import CALSA
import Messages

/// Applies the settings to the stream.
///
/// - Returns: The first property that the card refuses and what it offers instead; nil if it accepts all.
func refusedProperty(of stream: OpaquePointer, _ settings: CaptureSettings) -> String? {
  var allocated: OpaquePointer?
  guard snd_pcm_hw_params_malloc(&allocated) >= 0, let parameters = allocated else { return "memory" }
  defer { snd_pcm_hw_params_free(parameters) }
  var period = snd_pcm_uframes_t(CaptureSettings.hertz * settings.periodMilliseconds / 1_000)
  var buffer = snd_pcm_uframes_t(CaptureSettings.hertz * settings.bufferMilliseconds / 1_000)
  var direction: Int32 = 0
  if snd_pcm_hw_params_any(stream, parameters) < 0 { return "configuration" }
  if snd_pcm_hw_params_set_access(stream, parameters, SND_PCM_ACCESS_RW_INTERLEAVED) < 0 { return "access" }
  if snd_pcm_hw_params_set_format(stream, parameters, settings.format.alsa) < 0 {
    return settings.format.rawValue + " samples" + offeredFormats(stream, parameters)
  }
  if snd_pcm_hw_params_set_channels(stream, parameters, UInt32(settings.channelCount)) < 0 {
    var fewest: UInt32 = 0
    var most: UInt32 = 0
    let isKnown =
      snd_pcm_hw_params_get_channels_min(parameters, &fewest) >= 0
      && snd_pcm_hw_params_get_channels_max(parameters, &most) >= 0
    return decimal(settings.channelCount) + " channels" + (isKnown ? offered(fewest, most) : "")
  }
  if snd_pcm_hw_params_set_rate(stream, parameters, UInt32(CaptureSettings.hertz), 0) < 0 {
    return "16000 Hz" + offeredRates(parameters)
  }
  if snd_pcm_hw_params_set_period_size_near(stream, parameters, &period, &direction) < 0 { return "period" }
  if snd_pcm_hw_params_set_buffer_size_near(stream, parameters, &buffer) < 0 { return "buffer" }
  if snd_pcm_hw_params(stream, parameters) < 0 { return "the combination" }
  return nil
}

/// "; it offers S16_LE, S32_LE", or an empty text if the card has no supported format.
private func offeredFormats(_ stream: OpaquePointer, _ parameters: OpaquePointer) -> String {
  var offered = ""
  for format in SampleFormat.allCases where snd_pcm_hw_params_test_format(stream, parameters, format.alsa) == 0 {
    offered += (offered.isEmpty ? "; it offers " : ", ") + format.rawValue
  }
  return offered
}

/// "; it offers 48000 Hz", or an empty text if the card does not report its rates.
private func offeredRates(_ parameters: OpaquePointer) -> String {
  var lowest: UInt32 = 0
  var highest: UInt32 = 0
  var direction: Int32 = 0
  guard snd_pcm_hw_params_get_rate_min(parameters, &lowest, &direction) >= 0,
    snd_pcm_hw_params_get_rate_max(parameters, &highest, &direction) >= 0
  else { return "" }
  return offered(lowest, highest) + " Hz"
}

private func offered(_ least: UInt32, _ most: UInt32) -> String {
  "; it offers " + decimal(Int(least)) + (least == most ? "" : " to " + decimal(Int(most)))
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
