/// Whether a character is one of C0, DEL or C1, which move a terminal's cursor or change what it does.
package func isControlCharacter(_ scalar: Unicode.Scalar) -> Bool {
  scalar.value < 0x20 || (0x7F..<0xA0).contains(scalar.value)
}

/// A text that is safe to print on a terminal: each control character except tab and newline becomes a question mark.
public func withoutControlCharacters(_ text: String) -> String {
  var bytes = Array(text.utf8)
  replaceControlCharacters(&bytes)
  return String(decoding: bytes, as: UTF8.self)
}

/// Replaces control characters in UTF-8 bytes, as ``withoutControlCharacters(_:)`` does.
public func replaceControlCharacters(_ bytes: inout [UInt8]) {
  let mark = UInt8(ascii: "?")
  for index in bytes.indices {
    switch bytes[index] {
    case UInt8(ascii: "\t"), UInt8(ascii: "\n"): continue
    case 0..<0x20, 0x7F: bytes[index] = mark
    // C1 controls; some terminals treat U+009B as ESC [.
    case 0x80..<0xA0 where index > 0 && bytes[index - 1] == 0xC2: (bytes[index - 1], bytes[index]) = (mark, mark)
    default: continue
    }
  }
}
