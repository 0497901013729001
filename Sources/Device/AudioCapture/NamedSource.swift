/// A microphone or a stream to listen to, and what to call it.
public struct NamedSource: Equatable, Sendable, CustomStringConvertible {
  /// The name in events and messages; nil for none.
  public var name: String?
  /// As in ``CaptureSettings/device``.
  public var device: String

  /// A source with a name, or with none.
  public init(name: String?, device: String) {
    self.name = name
    self.device = device
  }

  /// Parses `DEVICE` or `NAME=DEVICE`. The name has letters, digits, `-` and `_`, so that ALSA's `plughw:CARD=Device` has
  /// none.
  public init(_ text: String) {
    device = text
    for (index, byte) in zip(text.utf8.indices, text.utf8) {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), 0x80...0xFF:
        continue
      case UInt8(ascii: "=") where index > text.startIndex:
        name = String(text[..<index])
        device = String(text[text.utf8.index(after: index)...])
        return
      default: return
      }
    }
  }

  /// The device, and its name if that is another.
  public var description: String {
    guard let name, name != device else { return device }
    return name + " (" + device + ")"
  }
}
