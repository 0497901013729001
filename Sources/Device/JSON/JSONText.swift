extension [UInt8] {
  /// Appends `text` as a JSON string in UTF-8, between quotation marks.
  ///
  /// Escapes what RFC 8259 asks for: quotation mark, backslash and control characters, those that have a short form by it.
  mutating func appendQuoted(_ text: String) {
    append(UInt8(ascii: "\""))
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): append(contentsOf: [UInt8(ascii: "\\"), byte])
      case 0x08: append(contentsOf: "\\b".utf8)
      case 0x09: append(contentsOf: "\\t".utf8)
      case 0x0A: append(contentsOf: "\\n".utf8)
      case 0x0C: append(contentsOf: "\\f".utf8)
      case 0x0D: append(contentsOf: "\\r".utf8)
      case 0..<0x20:
        let digits = [UInt8]("0123456789abcdef".utf8)
        append(contentsOf: "\\u00".utf8)
        append(contentsOf: [digits[Int(byte >> 4)], digits[Int(byte & 15)]])
      default: append(byte)
      }
    }
    append(UInt8(ascii: "\""))
  }
}
