/// Base64 with padding by RFC 4648, §4. Each sequence of bytes has exactly one text.
public enum Base64 {
  private static let alphabet: StaticString = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

  /// The text of the bytes.
  public static func encoded(_ bytes: [UInt8]) -> String {
    var text: [UInt8] = []
    var index = 0
    while index < bytes.count {
      let count = min(3, bytes.count - index)
      var group: UInt32 = 0
      for offset in 0..<3 { group = group << 8 | (offset < count ? UInt32(bytes[index + offset]) : 0) }
      for place in 0..<4 {
        text.append(place <= count ? alphabet.utf8Start[Int(group >> UInt32(18 - 6 * place) & 63)] : UInt8(ascii: "="))
      }
      index += 3
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// The bytes of a text; `nil` if it contains other characters, lacks padding, or has nonzero unused bits.
  public static func decoded(_ text: [UInt8]) -> [UInt8]? {
    guard text.count % 4 == 0 else { return nil }
    var bytes: [UInt8] = []
    for start in stride(from: 0, to: text.count, by: 4) {
      var group: UInt32 = 0
      var count = 0
      for place in 0..<4 {
        group <<= 6
        guard let value = value(of: text[start + place]) else { continue }
        guard count == place else { return nil }
        group |= value
        count += 1
      }
      for place in count..<4 {
        guard start + 4 == text.count, text[start + place] == UInt8(ascii: "=") else { return nil }
      }
      guard count >= 2 else { return nil }
      let unused: UInt32 = count == 4 ? 0 : count == 3 ? 0xFF : 0xFFFF
      guard group & unused == 0 else { return nil }
      for place in 0..<(count - 1) { bytes.append(UInt8(truncatingIfNeeded: group >> UInt32(16 - 8 * place))) }
    }
    return bytes
  }

  private static func value(of character: UInt8) -> UInt32? {
    switch character {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(character - UInt8(ascii: "A"))
    case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(character - UInt8(ascii: "a")) + 26
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(character - UInt8(ascii: "0")) + 52
    case UInt8(ascii: "+"): 62
    case UInt8(ascii: "/"): 63
    default: nil
    }
  }
}
