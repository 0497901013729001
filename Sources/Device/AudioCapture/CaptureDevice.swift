import CALSA

/// A device that ALSA can record from.
public struct CaptureDevice: Equatable, Sendable {
  /// ALSA's name, which ``CaptureSettings/device`` takes.
  public var name: String
  /// What ALSA says about it, in one line; may be empty.
  public var description: String

  public init(name: String, description: String) {
    self.name = name
    self.description = description
  }

  /// The devices worth naming: those of the configuration, and each card behind ALSA's converter.
  ///
  /// ALSA's list holds every card under ten names; of those only `plughw`, which gives 16 kHz mono whatever the card
  /// records, is kept. Empty where there is neither a card nor a sound server.
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
    // Converters that play into nowhere or into another device; they come with ALSA's plug-ins, card or not.
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
