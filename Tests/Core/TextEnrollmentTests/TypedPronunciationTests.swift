import KeywordSpotting
import Testing
import TextEnrollment

@Suite struct TypedPronunciationTests {
  @Test(
    "Phonemes, stress and word boundaries are read",
    arguments: [
      ("HH EY . K AH M P Y UW T ER", "HH EY . K AH M P Y UW T ER"),
      ("hh ey1|k ah0 m p y uw1 t er0", "HH EY . K AH M P Y UW T ER"),
      ("  AA\t. . B\n", "AA . B"), (". AA .", "AA"), ("B.", "B"), ("Zh", "ZH"),
    ])
  func read(text: String, expected: String) throws {
    #expect(PhonemeSequence(words: try TypedPronunciation.words(of: text)).arpabet == expected)
  }

  @Test("Every phoneme's name is read back")
  func names() {
    #expect(Phoneme.allCases.map(\.arpabet).sorted() == Phoneme.allCases.map(\.arpabet))
    for phoneme in Phoneme.allCases {
      #expect(Phoneme(arpabet: phoneme.arpabet) == phoneme)
      #expect(Phoneme(arpabet: phoneme.arpabet.lowercased() + "1") == (phoneme.isVowel ? phoneme : nil))
    }
    #expect(Phoneme.allCases.filter(\.isVowel).count == 15)
    for wrong in ["", "1", "A", "AAA", "AA3", "AA11", "H", "AX", "\u{C4}"] { #expect(Phoneme(arpabet: wrong) == nil) }
  }

  @Test("A pronunciation without phonemes is rejected", arguments: ["", "  ", ". | ."])
  func empty(text: String) {
    #expect(throws: TypedPronunciationError.empty) { try TypedPronunciation.words(of: text) }
  }

  @Test(
    "An unknown symbol is reported with its position and the nearest phonemes",
    arguments: [
      ("HH EY . K AX", "AX", 10, [Phoneme.ah]), ("H EY", "H", 0, [.hh]), ("K XH", "XH", 2, [.ah, .ch, .dh]),
      ("AA5", "AA5", 0, [.aa]), ("SHH", "SHH", 0, [.sh, .hh]), ("K1", "K1", 0, [.k]),
    ])
  func unknown(text: String, symbol: String, position: Int, nearest: [Phoneme]) {
    #expect(throws: TypedPronunciationError.unknownPhoneme(symbol: symbol, position: position, nearest: nearest)) {
      try TypedPronunciation.words(of: text)
    }
  }
}
