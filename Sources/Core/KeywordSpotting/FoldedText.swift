/// The characters of a text as they are read and compared: folded by ``LatinFolding``, blanks joined and trimmed.
///
/// Texts with the same characters look the same, apart from case. Allocates nothing.
package struct FoldedText: IteratorProtocol {
  /// A character of the folded text.
  package enum Element: Equatable {
    /// ASCII, or a symbol byte of ``LatinFolding``.
    case byte(UInt8)
    /// A scalar that cannot be folded. Text of other scripts consists of these.
    case unfolded(Unicode.Scalar, isOtherScript: Bool)
  }

  /// The position of the scalar that the last character is from, from 0.
  package private(set) var position = -1
  private var scalars: String.UnicodeScalarView.Iterator
  // Bytes that a scalar was folded to and that were not returned yet, the first in the low bits.
  private var pending: UInt32 = 0
  private var held: Element?
  private var last: UInt8 = 0x20
  private var hasBlank = false

  /// Begins at the start of a text.
  package init(_ text: String) { scalars = text.unicodeScalars.makeIterator() }

  /// The next character; `nil` after the last one.
  package mutating func next() -> Element? {
    while pending == 0 && held == nil {
      guard let scalar = scalars.next() else { return nil }
      position += 1
      let folded = LatinFolding.fold(scalar.value)
      switch folded {
      case .dropped: break
      case .text(0x20): hasBlank = last != 0x20
      case .text(let bytes):
        pending = bytes
        // "1½" is not "11/2".
        if isVulgarFraction(scalar.value), last >= 0x30 && last <= 0x39 { hasBlank = true }
      case .otherScript, .unsupported: held = .unfolded(scalar, isOtherScript: folded == .otherScript)
      }
    }
    if hasBlank {
      hasBlank = false
      last = 0x20
      return .byte(0x20)
    }
    if let unfolded = held {
      held = nil
      last = 0
      return unfolded
    }
    last = UInt8(truncatingIfNeeded: pending)
    pending >>= 8
    return .byte(last)
  }

  private func isVulgarFraction(_ scalar: UInt32) -> Bool {
    scalar >= 0xBC && scalar <= 0xBE || scalar >= 0x2150 && scalar <= 0x215E
  }
}
