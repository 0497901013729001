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

  /// Whether ``tidied(_:)`` replaces the scalar by ASCII or drops it.
  package static func isFolded(_ scalar: Unicode.Scalar) -> Bool {
    switch LatinFolding.fold(scalar.value) {
    case .text, .dropped: !isShown(scalar.value)
    case .otherScript, .unsupported: false
    }
  }

  /// Whether two texts are the same phrase: they look the same (``FoldedText``), apart from case.
  package static func isSame(_ left: String, _ right: String) -> Bool {
    var left = FoldedText(left)
    var right = FoldedText(right)
    while true {
      let (first, second) = (left.next().map(lowercased), right.next().map(lowercased))
      guard first == second else { return false }
      if first == nil { return true }
    }
  }

  private static func lowercased(_ element: FoldedText.Element) -> FoldedText.Element {
    guard case .byte(let byte) = element, byte >= 0x41 && byte <= 0x5A else { return element }
    return .byte(byte + 0x20)
  }

  /// The text as it is stored and shown: blanks of all kinds become single spaces, invisible characters are dropped, and
  /// letters and punctuation that look like ASCII become ASCII. Accents and other scripts stay.
  package static func tidied(_ text: String) -> String {
    var bytes: [UInt8] = []
    var hasBlank = false
    for scalar in text.unicodeScalars {
      let folded = LatinFolding.fold(scalar.value)
      if folded == .text(0x20) {
        hasBlank = !bytes.isEmpty
        continue
      }
      if folded == .dropped && !isShown(scalar.value) { continue }
      if hasBlank { bytes.append(0x20) }
      hasBlank = false
      if case .text(var rest) = folded, rest & 0x80 == 0, !isShown(scalar.value) {
        while rest != 0 {
          bytes.append(UInt8(truncatingIfNeeded: rest))
          rest >>= 8
        }
      } else {
        bytes.append(contentsOf: Unicode.UTF8.encode(scalar) ?? Unicode.UTF8.encodedReplacementCharacter)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Whether a scalar that can be folded differs from what it is folded to when shown: Latin letters with accents, the
  /// accents themselves, fractions and symbols.
  private static func isShown(_ scalar: UInt32) -> Bool {
    switch scalar {
    case 0xA9...0xAC, 0xAE...0xBF, 0xC0...0x36F, 0x1E00...0x1EFF, 0x2070...0x209C, 0x20D0...0x20FF, 0x2103, 0x2109,
      0x2116...0x2122, 0x2150...0x215E, 0x2460...0x24FF, 0x2776...0x2793:
      true
    default: false
    }
  }
}
