/// Converts Latin letters, quotation marks, dashes and spaces to ASCII.
enum LatinFolding {
  /// The result for a Unicode scalar.
  enum Folded: Equatable {
    /// One or two ASCII bytes; the second is 0 if there is only one.
    case ascii(UInt8, UInt8)
    /// Nothing: a combining mark, a soft hyphen, a zero-width character.
    case dropped
    /// A letter of another script.
    case otherScript
    /// A symbol without a reading.
    case unsupported
  }

  // Symbols outside ASCII with a reading, as bytes that folded text does not otherwise contain.
  static let degreeSign: UInt8 = 0x80
  static let euroSign: UInt8 = 0x81
  static let poundSign: UInt8 = 0x82

  static func fold(_ scalar: UInt32) -> Folded {
    switch scalar {
    case 0x09, 0x0A, 0x0D, 0x20: return one(" ")
    case 0x21...0x7E: return .ascii(UInt8(scalar), 0)
    case 0xA0: return one(" ")
    case 0xA3: return .ascii(poundSign, 0)
    case 0xAD: return .dropped
    case 0xB0: return .ascii(degreeSign, 0)
    case 0xA1, 0xAB, 0xB7, 0xBB, 0xBF: return one(" ")
    case 0xC0...0xFF: return latin1(scalar)
    case 0x100...0x17F: return latinExtendedA(scalar)
    case 0x1A0, 0x1A1: return cased(scalar, "o")
    case 0x1AF: return one("U")
    case 0x1B0: return one("u")
    case 0x218, 0x219: return cased(scalar, "s")
    case 0x21A, 0x21B: return cased(scalar, "t")
    case 0x2B9...0x2BC: return one("'")
    case 0x300...0x36F: return .dropped
    case 0x1EA0...0x1EF9: return vietnamese(scalar)
    case 0x2000...0x200A, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000: return one(" ")
    case 0x200B...0x200F, 0x202A...0x202E, 0x2060...0x2064, 0xFE00...0xFE0F, 0xFEFF: return .dropped
    case 0x2010...0x2015, 0x2212: return one("-")
    case 0x2018, 0x2019, 0x201B, 0x2032: return one("'")
    case 0x201A, 0x201C...0x201F, 0x2033, 0x2039, 0x203A, 0x2022, 0x2026: return one(" ")
    case 0x20AC: return .ascii(euroSign, 0)
    case 0x370...0x1DFF, 0x1F00...0x1FFF, 0x2C00...0x2DFF, 0x3040...0xD7FF, 0xF900...0xFDFF, 0xFE70...0xFEFC,
      0x10000...0x1EFFF, 0x20000...0x3FFFF:
      return .otherScript
    default: return .unsupported
    }
  }

  private static func one(_ letter: Unicode.Scalar) -> Folded { .ascii(UInt8(letter.value), 0) }

  // Even code points are capitals in the ranges that use this.
  private static func cased(_ scalar: UInt32, _ letter: Unicode.Scalar) -> Folded {
    .ascii(UInt8(letter.value) - (scalar & 1 == 0 ? 0x20 : 0), 0)
  }

  private static func latin1(_ scalar: UInt32) -> Folded {
    switch scalar {
    case 0xC6: .ascii(UInt8(ascii: "A"), UInt8(ascii: "e"))
    case 0xE6: .ascii(UInt8(ascii: "a"), UInt8(ascii: "e"))
    case 0xDE: .ascii(UInt8(ascii: "T"), UInt8(ascii: "h"))
    case 0xFE: .ascii(UInt8(ascii: "t"), UInt8(ascii: "h"))
    case 0xDF: .ascii(UInt8(ascii: "s"), UInt8(ascii: "s"))
    case 0xD7, 0xF7: .unsupported
    default: .ascii(latin1Letters.utf8Start[Int(scalar - 0xC0)], 0)
    }
  }

  private static let latin1Letters: StaticString = "AAAAAA.CEEEEIIIIDNOOOOO.OUUUUY..aaaaaa.ceeeeiiiidnooooo.ouuuuy.y"

  private static func latinExtendedA(_ scalar: UInt32) -> Folded {
    switch scalar {
    case 0x132: .ascii(UInt8(ascii: "I"), UInt8(ascii: "j"))
    case 0x133: .ascii(UInt8(ascii: "i"), UInt8(ascii: "j"))
    case 0x152: .ascii(UInt8(ascii: "O"), UInt8(ascii: "e"))
    case 0x153: .ascii(UInt8(ascii: "o"), UInt8(ascii: "e"))
    default: .ascii(latinExtendedALetters.utf8Start[Int(scalar - 0x100)], 0)
    }
  }

  private static let latinExtendedALetters: StaticString =
    "AaAaAaCcCcCcCcDdDdEeEeEeEeEeGgGgGgGgHhHhIiIiIiIiIi..JjKkkLlLlLlLlLlNnNnNnnNnOoOoOo..RrRrRrSsSsSsSsTtTtTtUuUuUuUuUuUuWwYyYZzZzZzs"

  private static func vietnamese(_ scalar: UInt32) -> Folded {
    switch scalar {
    case ...0x1EB7: cased(scalar, "a")
    case ...0x1EC7: cased(scalar, "e")
    case ...0x1ECB: cased(scalar, "i")
    case ...0x1EE3: cased(scalar, "o")
    case ...0x1EF1: cased(scalar, "u")
    default: cased(scalar, "y")
    }
  }
}
