/// The rules for the text of a phrase.
///
/// Texts come from files, pages and command lines, and go to terminals, journals, hubs and programs. A text that could
/// control a terminal, begin a new line or display in another order than it is written is rejected.
package enum PhraseText {
  /// Whether the bytes are a valid text: 1…``PhraseLimits/textBytes`` bytes of UTF-8 without the characters of
  /// ``isRefused(_:)``.
  package static func isValid(_ bytes: some Collection<UInt8>) -> Bool {
    guard bytes.count >= 1 && bytes.count <= PhraseLimits.textBytes else { return false }
    var parser = Unicode.UTF8.ForwardParser()
    var next = bytes.makeIterator()
    while true {
      switch parser.parseScalar(from: &next) {
      case .valid(let encoded): if isRefused(Unicode.UTF8.decode(encoded)) { return false }
      case .emptyInput: return true
      case .error: return false
      }
    }
  }

  /// Control characters (C0, DEL, C1), line and paragraph separators, and bidirectional formatting characters.
  package static func isRefused(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0...0x1F, 0x7F...0x9F, 0x061C, 0x200E...0x200F, 0x2028...0x202E, 0x2066...0x2069: true
    default: false
    }
  }
}
