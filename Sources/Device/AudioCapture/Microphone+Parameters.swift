import CALSA
import Messages
import Recordings

/// The layout that a card was opened with, or the first property that it refuses.
enum CardParameters {
  case layout(SampleLayout)
  /// The property and what the card offers instead.
  case refused(String)

  /// In the order in which they are tried.
  fileprivate static let rates: [UInt32] = [
    16_000, 32_000, 48_000, 44_100, 96_000, 88_200, 192_000, 176_400, 24_000, 22_050, 12_000, 11_025, 8_000,
  ]
}

/// Applies the settings to the stream. What they leave open, the card decides.
func applyParameters(of stream: OpaquePointer, _ settings: CaptureSettings) -> CardParameters {
  var allocated: OpaquePointer?
  guard snd_pcm_hw_params_malloc(&allocated) >= 0, let parameters = allocated else { return .refused("memory") }
  defer { snd_pcm_hw_params_free(parameters) }
  if snd_pcm_hw_params_any(stream, parameters) < 0 { return .refused("configuration") }
  if snd_pcm_hw_params_set_access(stream, parameters, SND_PCM_ACCESS_RW_INTERLEAVED) < 0 { return .refused("access") }
  var layout = SampleLayout()
  layout.format = settings.format ?? preferredFormat(stream, parameters)
  if snd_pcm_hw_params_set_format(stream, parameters, layout.format.alsa) < 0 {
    return .refused(layout.format.rawValue + " samples" + offeredFormats(stream, parameters))
  }
  if let refused = setChannels(of: stream, parameters, settings, &layout) { return .refused(refused) }
  layout.hertz = settings.hertz ?? preferredRate(stream, parameters)
  if !RateConverter.accepts(hertz: layout.hertz)
    || snd_pcm_hw_params_set_rate(stream, parameters, UInt32(layout.hertz), 0) < 0
  {
    return .refused(decimal(layout.hertz) + " Hz" + offeredRates(parameters))
  }
  var period = snd_pcm_uframes_t(layout.hertz * settings.periodMilliseconds / 1_000)
  var buffer = snd_pcm_uframes_t(layout.hertz * settings.bufferMilliseconds / 1_000)
  var direction: Int32 = 0
  if snd_pcm_hw_params_set_period_size_near(stream, parameters, &period, &direction) < 0 { return .refused("period") }
  if snd_pcm_hw_params_set_buffer_size_near(stream, parameters, &buffer) < 0 { return .refused("buffer") }
  if snd_pcm_hw_params(stream, parameters) < 0 { return .refused("the combination") }
  return .layout(layout)
}

/// Sets the number of channels: the given one, or the card's smallest that includes the channel.
///
/// - Returns: What the card refuses and what it offers instead; nil if it accepts.
private func setChannels(
  of stream: OpaquePointer, _ parameters: OpaquePointer, _ settings: CaptureSettings, _ layout: inout SampleLayout
) -> String? {
  var fewest: UInt32 = 0
  var most: UInt32 = 0
  let isKnown =
    snd_pcm_hw_params_get_channels_min(parameters, &fewest) >= 0
    && snd_pcm_hw_params_get_channels_max(parameters, &most) >= 0
  var count = UInt32(settings.channelCount ?? settings.fewestChannels)
  if settings.channelCount == nil, isKnown, fewest > count { count = fewest }
  layout.channelCount = Int(count)
  if count >= settings.fewestChannels, snd_pcm_hw_params_set_channels(stream, parameters, count) >= 0 { return nil }
  return decimal(Int(count)) + " channels" + (isKnown ? offered(fewest, most) : "")
}

/// The first format that the card offers, in the order of the cases; 16 bits if it offers none of them.
private func preferredFormat(_ stream: OpaquePointer, _ parameters: OpaquePointer) -> SampleFormat {
  for format in SampleFormat.allCases where snd_pcm_hw_params_test_format(stream, parameters, format.alsa) == 0 {
    return format
  }
  return .int16
}

/// 16 kHz, or else the first of the other rates that the card offers: those above first.
private func preferredRate(_ stream: OpaquePointer, _ parameters: OpaquePointer) -> Int {
  for rate in CardParameters.rates where snd_pcm_hw_params_test_rate(stream, parameters, rate, 0) == 0 {
    return Int(rate)
  }
  return 16_000
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
    case .float32: SND_PCM_FORMAT_FLOAT_LE
    }
  }
}
