/// Converts Latin letters, digits and punctuation to ASCII.
///
/// This is the compatibility form of Unicode (NFKC) where that is Latin, without accents, and with typographic
/// quotation marks, dashes and blanks made plain. It needs no Unicode tables of the standard library.
package enum LatinFolding {
  /// The result for a Unicode scalar.
  package enum Folded: Equatable {
    /// One to four bytes, the first in the low bits: ASCII, or one of the symbol bytes.
    case text(UInt32)
    /// Nothing: a combining mark, a soft hyphen, a zero-width character, a trade mark.
    case dropped
    /// A letter of another script.
    case otherScript
    /// A symbol without a reading, or a control character.
    case unsupported
  }

  // Symbols outside ASCII with a reading, as bytes that folded text does not otherwise contain.
  package static let degreeSign: UInt8 = 0x80
  package static let euroSign: UInt8 = 0x81
  package static let poundSign: UInt8 = 0x82
  package static let yenSign: UInt8 = 0x83
  package static let rupeeSign: UInt8 = 0x84
  package static let centSign: UInt8 = 0x85
  package static let squareSign: UInt8 = 0x86
  package static let cubeSign: UInt8 = 0x87
  package static let plusMinusSign: UInt8 = 0x88
  package static let divisionSign: UInt8 = 0x89

  package static func fold(_ scalar: UInt32) -> Folded {
    switch scalar {
    case 0x21...0x7E: return .text(scalar)
    case 0x09...0x0D, 0x20, 0x85, 0xA0, 0x1680, 0x2000...0x200A, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000, 0xA1, 0xA8,
      0xAF, 0xB4, 0xB7, 0xB8, 0xBF, 0x2022, 0x2027:
      return one(" ")
    case 0xA9, 0xAD, 0xAE, 0x300...0x36F, 0x180E, 0x1AB0...0x1AFF, 0x200B...0x200F, 0x2060...0x2064, 0x20D0...0x20FF,
      0x2117, 0x2120, 0x2122, 0xFE00...0xFE0F, 0xFEFF:
      return .dropped
    case 0x2010...0x2015, 0x2043, 0x2212, 0x2E3A, 0x2E3B, 0xFE58: return one("-")
    case 0x2B9, 0x2BB...0x2BD, 0x2018, 0x2019, 0x201B, 0x2032, 0x2035, 0xFF07: return one("'")
    case 0xAB, 0xBB, 0x2BA, 0x201A, 0x201C...0x201F, 0x2033, 0x2036, 0x2039, 0x203A, 0x300C...0x300F, 0x301D...0x301F:
      return one("\"")
    case 0x2044, 0x2215: return one("/")
    case 0xD7: return one("x")
    case 0xB0, 0xBA: return .text(UInt32(degreeSign))
    case 0x2103: return .text(UInt32(degreeSign) | 0x4300)
    case 0x2109: return .text(UInt32(degreeSign) | 0x4600)
    case 0x20AC: return .text(UInt32(euroSign))
    case 0xA3, 0xFFE1: return .text(UInt32(poundSign))
    case 0xA5, 0xFFE5: return .text(UInt32(yenSign))
    case 0x20B9: return .text(UInt32(rupeeSign))
    case 0xA2, 0xFFE0: return .text(UInt32(centSign))
    case 0xB2: return .text(UInt32(squareSign))
    case 0xB3: return .text(UInt32(cubeSign))
    case 0xB1: return .text(UInt32(plusMinusSign))
    case 0xF7: return .text(UInt32(divisionSign))
    case 0xC0...0x24F: return letter(latinLetters, scalar - 0xC0) ?? listed(scalar)
    case 0x1E00...0x1EFF: return letter(additionalLetters, scalar - 0x1E00) ?? listed(scalar)
    case 0x2070...0x209C: return letter(raisedAndLowered, scalar - 0x2070) ?? .unsupported
    case 0x2100...0x214F: return letter(letterlike, scalar - 0x2100) ?? listed(scalar)
    case 0x2160...0x217F: return romanNumeral(scalar - 0x2160)
    case 0x2460...0x249B: return number((scalar - 0x2460) % 20 + 1)
    case 0x249C...0x24B5: return .text(scalar - 0x249C + 0x61)
    case 0x24B6...0x24CF: return .text(scalar - 0x24B6 + 0x41)
    case 0x24D0...0x24E9: return .text(scalar - 0x24D0 + 0x61)
    case 0x24EA, 0x24FF: return one("0")
    case 0x24EB...0x24F4: return number(scalar - 0x24EB + 11)
    case 0x24F5...0x24FE: return number(scalar - 0x24F5 + 1)
    case 0x2776...0x2793: return number((scalar - 0x2776) % 10 + 1)
    case 0xFF01...0xFF5E: return .text(scalar - 0xFEE0)
    // The alphabets of mathematics: bold, italic, script and so on, 26 capitals and 26 small letters each.
    case 0x1D400...0x1D6A3:
      let index = (scalar - 0x1D400) % 52
      return .text(index < 26 ? 0x41 + index : 0x61 + index - 26)
    case 0x1FBF0...0x1FBF9: return .text(0x30 + scalar - 0x1FBF0)
    case 0x1D7CE...0x1D7FF: return .text(0x30 + (scalar - 0x1D7CE) % 10)
    case 0x1F130...0x1F149, 0x1F150...0x1F169, 0x1F170...0x1F189: return .text(0x41 + (scalar - 0x1F130) % 32)
    default: return listed(scalar)
    }
  }

  private static func one(_ letter: Unicode.Scalar) -> Folded { .text(letter.value) }

  private static func number(_ value: UInt32) -> Folded {
    .text(value < 10 ? 0x30 + value : 0x30 + value / 10 | (0x30 + value % 10) << 8)
  }

  private static func letter(_ letters: StaticString, _ index: UInt32) -> Folded? {
    let byte = letters.utf8Start[Int(index)]
    return byte == UInt8(ascii: ".") ? nil : .text(UInt32(byte))
  }

  /// I…XII, L, C, D and M; from index 16, the same in small letters.
  private static func romanNumeral(_ index: UInt32) -> Folded {
    var wanted = index % 16
    var text: UInt32 = 0
    var shift: UInt32 = 0
    romanNumerals.withUTF8Buffer { numerals in
      for byte in numerals {
        if byte == 0x20 {
          if wanted == 0 { break }
          wanted -= 1
        } else if wanted == 0 {
          text |= UInt32(index < 16 ? byte : byte + 0x20) << shift
          shift += 8
        }
      }
    }
    return .text(text)
  }

  /// Looks a scalar up in ``longer``.
  private static func listed(_ scalar: UInt32) -> Folded {
    var parser = Unicode.UTF8.ForwardParser()
    return longer.withUTF8Buffer { bytes in
      var next = bytes.makeIterator()
      var isFound = false
      var text: UInt32 = 0
      var shift: UInt32 = 0
      while case .valid(let encoded) = parser.parseScalar(from: &next) {
        let value = Unicode.UTF8.decode(encoded).value
        if value == 0x20 {
          if isFound { return .text(text) }
        } else if value >= 0x80 {
          isFound = value == scalar
        } else if isFound {
          text |= value << shift
          shift += 8
        }
      }
      return isOtherScript(scalar) ? .otherScript : .unsupported
    }
  }

  private static func isOtherScript(_ scalar: UInt32) -> Bool {
    switch scalar {
    case 0x180...0x2AF, 0x370...0x1DFF, 0x1E00...0x1FFF, 0x2126, 0x2135...0x2138, 0x2C00...0x2DFF, 0x3040...0xD7FF,
      0xF900...0xFDFF, 0xFE70...0xFEFC, 0xFF66...0xFFDC, 0x10000...0x1EFFF, 0x20000...0x3FFFF:
      true
    default: false
    }
  }

  private static let romanNumerals: StaticString = "I II III IV V VI VII VIII IX X XI XII L C D M "

  // Each is followed by what it folds to and a blank.
  private static let longer: StaticString = """
    ÆAe æae Ǣae ǣae Ǽae ǽae ŒOe œoe ÞTh þth ßss ẞSS ĲIJ ĳij ŉ'n ǄDZ ǅDz ǆdz ǱDZ ǲDz ǳdz ǇLJ ǈLj ǉlj ǊNJ ǋNj ǌnj \
    ﬀff ﬁfi ﬂfl ﬃffi ﬄffl ﬅst ﬆst ¼1/4 ½1/2 ¾3/4 ⅐1/7 ⅑1/9 ⅒1/10 ⅓1/3 ⅔2/3 ⅕1/5 ⅖2/5 ⅗3/5 ⅘4/5 ⅙1/6 ⅚5/6 ⅛1/8 ⅜3/8 \
    ⅝5/8 ⅞7/8 ªa ¦| µu μu ¹1 №No. ℡tel ℻fax ℀a/c ℅c/o …... ‥.. ․. 、, 。. ﹐, ﹕: ﹖? ﹗! ﹟# ﹠& ﹡* ﹢+ ﹣- ﹤< ﹥> ﹦= ﹨\\ ﹩$ \
    ﹪% ﹫@ ∕/ ∶: ⁄/ ᴀA ʙB ᴄC ᴅD ᴇE ꜰF ɢG ʜH ɪI ᴊJ ᴋK ʟL ᴍM ɴN ᴏO ᴘP ʀR ꜱS ᴛT ᴜU ᴠV ᴡW ʏY ᴢZ \
    ʰh ʲj ʳr ʷw ʸy ˡl ˢs ˣx ᴬA ᴮB ᴰD ᴱE ᴳG ᴴH ᴵI ᴶJ ᴷK ᴸL ᴹM ᴺN ᴼO ᴾP ᴿR ᵀT ᵁU ᵂW \
    ᵃa ᵇb ᵈd ᵉe ᵍg ᵏk ᵐm ᵒo ᵖp ᵗt ᵘu ᵛv ᶜc ᶠf ᶻz ᵢi ᵣr ᵤu ᵥv \u{20}
    """

  // A full stop stands for a letter that is listed above or has no Latin form. From U+00C0:
  private static let latinLetters: StaticString = """
    AAAAAA.CEEEEIIIIDNOOOOO.OUUUUY..aaaaaa.ceeeeiiiidnooooo.ouuuuy.yAaAaAaCcCcCcCcDdDdEeEeEeEeEeGgGgGgGg\
    HhHhIiIiIiIiIi..JjKkkLlLlLlLlLlNnNnNn...OoOoOo..RrRrRrSsSsSsSsTtTtTtUuUuUuUuUuUuWwYyYZzZzZzsbBBb...C\
    cDDDd....FfG...IKkl..NnOOo..Pp.....tTtTUu.VYyZz......................AaIiOoUuUuUuUuUu.AaAa..GgGgKkOo\
    Oo..j...Gg..NnAa..OoAaAaEeEeIiIiOoOoRrRrUuUuSsTt..HhNd..ZzAaEeOoOoOoOoYylntj..ACcLTsz..BU.EeJj.qRrYy
    """

  // From U+1E00:
  private static let additionalLetters: StaticString = """
    AaBbBbBbCcDdDdDdDdDdEeEeEeEeEeFfGgHhHhHhHhHhIiIiKkKkKkLlLlLlLlMmMmMmNnNnNnNnOoOoOoOoPpPpRrRrRrRrSsSs\
    SsSsSsTtTtTtTtUuUuUuUuUuVvVvWwWwWwWwWwXxXxYyZzZzZzhtwyas....AaAaAaAaAaAaAaAaAaAaAaAaEeEeEeEeEeEeEeEe\
    IiIiOoOoOoOoOoOoOoOoOoOoOoOoUuUuUuUuUuUuUuYyYyYyYy....Yy
    """

  // From U+2070, superscripts and subscripts; from U+2100, letters used as symbols.
  private static let raisedAndLowered: StaticString = "0i..456789+-=()n0123456789+-=().aeox.hklmnpst"
  private static let letterlike: StaticString =
    "..C.......gHHHh.IILl.N...PQRRR......Z...Z.KABC.eEF.Mo....i...........Ddeij......"
}
