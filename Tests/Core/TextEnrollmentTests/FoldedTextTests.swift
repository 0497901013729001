import Foundation
import KeywordSpotting
import Testing

@Suite struct FoldedTextTests {
  /// The folded text; unfolded scalars in brackets.
  private func folded(_ text: String) -> String {
    var characters = FoldedText(text)
    var folded = ""
    while let character = characters.next() {
      switch character {
      case .byte(let byte): folded.unicodeScalars.append(Unicode.Scalar(byte))
      case .unfolded(let scalar, _): folded += "[\(scalar)]"
      }
    }
    return folded
  }

  @Test("Every character whose compatibility form is one letter or digit with accents becomes that letter or digit")
  func compatibilityForms() {
    // Not looked for: raised 2 and 3, which are read as powers, the ordinal indicator, which is taken for a degree sign,
    // and letters of alphabets for linguists.
    let others: Set<UInt32> = [0xB2, 0xB3, 0xBA, 0xA7F2, 0xA7F3, 0xA7F4, 0x107A5, 0x1F12B, 0x1F12C, 0x2C7C, 0x2C7D]
    var count = 0
    for value in 0xA0...0x1FFFF as ClosedRange<UInt32> where !others.contains(value) {
      guard let scalar = Unicode.Scalar(value) else { continue }
      let parts = String(Character(scalar)).decomposedStringWithCompatibilityMapping.unicodeScalars
        .filter { $0.properties.canonicalCombiningClass == .notReordered }
      guard parts.count == 1, let part = parts.first, part.isASCII, Character(part).isLetter || Character(part).isNumber
      else { continue }
      count += 1
      let code = String(value, radix: 16)
      #expect(LatinFolding.fold(value) == .text(part.value), "U+\(code) \(scalar) is \(part)")
    }
    #expect(count > 1_400)
  }

  @Test(
    "Ligatures, punctuation, fractions, circled and Roman numbers become ASCII",
    arguments: [
      ("\u{FB01}nd o\u{FB03}ce", "find office"), ("\u{2018}it\u{2019}s\u{2019}", "'it's'"),
      ("\u{201C}hi\u{201D}", "\"hi\""),
      ("check\u{2014}in 5\u{2212}3", "check-in 5-3"), ("wait\u{2026}", "wait..."), ("1\u{BD} cups", "1 1/2 cups"),
      ("\u{2153}", "1/3"), ("\u{2166}, \u{217B}", "VII, xii"), ("\u{2461} \u{2473} \u{24B6}\u{24D1}", "2 20 Ab"),
      ("\u{1F170}\u{1F13B}", "AL"), ("\u{C6}on \u{153}uvre stra\u{DF}e", "Aeon oeuvre strasse"),
      ("\u{FF28}\u{FF25}\u{FF39}\u{3000}\u{FF11}\u{FF01}", "HEY 1!"), ("4\u{D7}4", "4x4"), ("CO\u{2082}", "CO2"),
      ("\u{1D407}\u{1D41E}\u{1D432} \u{1D7DA}", "Hey 2"), ("\u{2116} 5", "No. 5"),
    ])
  func others(text: String, expected: String) {
    #expect(folded(text) == expected)
  }

  @Test("Blanks of all kinds are joined and trimmed, and invisible characters are dropped")
  func blanks() {
    #expect(folded(" hey\u{A0}\t \u{2003}scout\r\n") == "hey scout")
    #expect(folded("\u{FEFF}hey\u{200B} s\u{AD}cout\u{2122}\u{FE0F}") == "hey scout")
    #expect(folded("\u{4F60} \u{597D}") == "[\u{4F60}] [\u{597D}]")
    #expect(folded(" \t ") == "")
  }

  @Test("Each folded text consists of symbol bytes and visible ASCII without two blanks in a row, for any text")
  func anyText() {
    var generator = TestGenerator(seed: 1_902)
    for draw in 0..<5_000 {
      var text = ""
      for _ in 0..<generator.next(below: 8) {
        let limits = [0x80, 0x250, 0x2200, 0x1_0000, 0x11_0000]
        let limit = limits[generator.next(below: limits.count)]
        if let scalar = Unicode.Scalar(UInt32(generator.next(below: limit))) { text.unicodeScalars.append(scalar) }
      }
      var characters = FoldedText(text)
      var last = UInt8(ascii: " ")
      var bytes: [UInt8] = []
      while let character = characters.next() {
        guard case .byte(let byte) = character else {
          last = 0
          continue
        }
        #expect(byte >= 0x20 && byte != 0x7F && byte < 0x8A, "seed 1902, draw \(draw): \(text.unicodeScalars)")
        #expect(byte != 0x20 || last != 0x20, "seed 1902, draw \(draw): \(text.unicodeScalars)")
        last = byte
        bytes.append(byte)
      }
      #expect(PhraseText.isSame(text, " \(text)\t"), "seed 1902, draw \(draw): \(text.unicodeScalars)")
      let tidied = PhraseText.tidied(text)
      #expect(PhraseText.isSame(text, tidied), "seed 1902, draw \(draw): \(text.unicodeScalars)")
      #expect(PhraseText.tidied(tidied) == tidied, "seed 1902, draw \(draw): \(text.unicodeScalars)")
    }
  }

  @Test(
    "Texts that look the same are one phrase",
    arguments: [
      ("Hey Scout", "HEY  scout"), ("hey scout", "\u{FF48}\u{FF45}\u{FF59}\u{3000}scout\r"),
      ("caf\u{E9}", "cafe\u{301}"),
      ("it's on", "it\u{2019}s\u{A0}on"), ("office", "o\u{FB03}ce"), ("1 1/2", "1\u{BD}"),
      ("\u{4F60}\u{597D}", "\u{4F60}\u{597D} "),
    ])
  func same(first: String, second: String) {
    #expect(PhraseText.isSame(first, second))
    #expect(PhraseText.isSame(second, first))
  }

  @Test(
    "Texts that look different are two phrases",
    arguments: [
      ("hey scout", "heyscout"), ("hey scout", "hey scout!"), ("m\u{B2}", "m2"),
      ("\u{4F60} \u{597D}", "\u{4F60}\u{597D}"),
      ("hey", "hey scout"), ("\u{430}", "a"), ("", "a"),
    ])
  func different(first: String, second: String) {
    #expect(!PhraseText.isSame(first, second))
    #expect(!PhraseText.isSame(second, first))
  }

  @Test("A stored text has plain blanks and punctuation, and keeps accents, symbols and other scripts")
  func tidied() {
    #expect(PhraseText.tidied("\tHey\u{A0}\u{A0}\u{FF33}cout\r\n") == "Hey Scout")
    #expect(
      PhraseText.tidied("it\u{2019}s caf\u{E9} 20\u{B0} \u{BD} \u{4F60}") == "it's caf\u{E9} 20\u{B0} \u{BD} \u{4F60}")
    #expect(PhraseText.tidied("e\u{301}\u{200B}") == "e\u{301}")
  }
}
