import CALSA

/// A device that ALSA can capture from.
public struct CaptureDevice: Equatable, Sendable {
  /// ALSA's name, as in ``CaptureSettings/device``.
  public var name: String
  /// ALSA's description in one line; may be empty.
  public var description: String

  /// Describes a device by its ALSA name and ALSA's description.
  public init(name: String, description: String) {
    self.name = name
    self.description = description
  }

  /// The useful capture devices: those from ALSA's configuration, and each card behind ALSA's converter.
  ///
  /// ALSA lists every card under ten names. Of those, only `plughw` is included, which converts any card to 16 kHz
  /// mono.
  ///
  /// - Returns: The devices; empty without a card or a sound server.
  public static func all() -> [CaptureDevice] {
    calsa_keep_messages()
    var found: UnsafeMutablePointer<UnsafeMutableRawPointer?>?
    guard snd_device_name_hint(-1, "pcm", &found) >= 0, let hints = found else { return [] }
    defer { snd_device_name_free_hint(hints) }
    var devices: [CaptureDevice] = []
    var index = 0
    while let hint = hints[index] {
      index += 1
      guard let name = text("NAME", of: hint), text("IOID", of: hint) != "Output", isWorthNaming(name) else { continue }
      let lines = (text("DESC", of: hint) ?? "").split(separator: "\n").joined(separator: ", ")
      devices.append(CaptureDevice(name: name, description: lines))
    }
    return devices
  }

  private static func isWorthNaming(_ name: String) -> Bool {
    // Converters without a capture device behind them. ALSA's plug-ins define them even without a card.
    let converters = [
      "null", "lavrate", "samplerate", "speexrate", "speex", "upmix", "vdownmix", "jack", "oss", "a52", "usbstream",
    ]
    if converters.contains(name) { return false }
    return name.hasPrefix("plughw:") || !name.contains(":")
  }

  private static func text(_ key: String, of hint: UnsafeMutableRawPointer) -> String? {
    guard let value = snd_device_name_get_hint(hint, key) else { return nil }
    defer { calsa_free(value) }
    return String(cString: value)
  }
}
