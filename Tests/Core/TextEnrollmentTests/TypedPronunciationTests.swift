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

@Suite struct PhoneticAlphabetTests {
  private func read(_ text: String) throws -> String {
    PhonemeSequence(words: try TypedPronunciation.words(of: text)).arpabet
  }

  @Test(
    "Transcriptions of British and American dictionaries become the phonemes of CMUdict",
    arguments: [
      ("/həˈləʊ/", "HH AH L OW"), ("/həˈloʊ/", "HH AH L OW"), ("[kəmˈpjuːtɚ]", "K AH M P Y UW T ER"),
      ("/kəmˈpjuːtə(r)/", "K AH M P Y UW T ER"), ("/kəmˈpjuːtər/", "K AH M P Y UW T ER"),
      ("kəmˈpjuːtəʳ", "K AH M P Y UW T ER"), ("/ʃɪˈvɔːn/", "SH IH V AO N"), ("/lɒt/", "L AA T"), ("/ɡəʊt/", "G OW T"),
      ("/bɑːθ/", "B AA TH"), ("/trap/", "T R AE P"), ("/dres/", "D R EH S"), ("/dɹɛs/", "D R EH S"),
      ("/nɜːs/", "N ER S"), ("/nɝs/", "N ER S"), ("/nəːs/", "N ER S"), ("/fɜːr/", "F ER"),
      ("/nɪə/", "N IH R"), ("/nɪə(r)/", "N IH R"), ("/skweə/", "S K W EH R"), ("/skwɛː/", "S K W EH R"),
      ("/kjʊə/", "K Y UH R"), ("/ˈhɪərəʊ/", "HH IH R OW"), ("/ˈhiəɹəʊ/", "HH IH R OW"), ("/ˈɛəriə/", "EH R IY AH"),
      ("/ˈrəʊzᵻz/", "R OW Z IH Z"), ("/ˈvɛəri/", "V EH R IY"), ("/faɪər/", "F AY ER"),
      ("/ˈkæmərə/", "K AE M ER AH"), ("/əˈraʊnd/", "AH R AW N D"), ("/əˈɹaʊnd/", "AH R AW N D"),
      ("/ˈbɒtl̩/", "B AA T AH L"), ("/ˈbʌtn̩/", "B AH T AH N"), ("/ˈbʌtᵊn/", "B AH T AH N"),
      ("/ðɪs/", "DH IH S"), ("/θɪŋk/", "TH IH NG K"), ("/ˈvɪʒən/", "V IH ZH AH N"), ("/ʍɪt͡ʃ/", "W IH CH"),
      ("/t͡ʃɜːt͡ʃ/", "CH ER CH"), ("/d͡ʒʌd͡ʒ/", "JH AH JH"), ("/ʧɪn/", "CH IH N"), ("/ʤɪn/", "JH IH N"),
      ("/lɔɪd/", "L OY D"), ("/maʊθ/", "M AW TH"), ("/praɪs/", "P R AY S"), ("/prʌɪs/", "P R AY S"),
      ("/feɪs/", "F EY S"), ("/ɡuːs/", "G UW S"), ("/ɡʉːs/", "G UW S"), ("/fʊt/", "F UH T"), ("/fliːs/", "F L IY S"),
      ("/jɛs/", "Y EH S"), ("/lɒx/", "L AA K"), ("/ˈwɔɾɚ/", "W AO T ER"), ("[pʰɪ̃n]", "P IH N N"),
      ("[mɪɫk]", "M IH L K"),
      ("/ˈnʌt.ʃɛl/", "N AH T SH EH L"), ("/ˈnʌtˌʃɛl/", "N AH T SH EH L"), ("/haʊ’ziː/", "HH AW Z IY"),
    ])
  func dictionaries(text: String, expected: String) throws {
    #expect(try read(text) == expected)
  }

  @Test(
    "Spaces and bars separate words, or full stops and bars if spaces separate phonemes",
    arguments: [
      ("/heɪ ˈsɪri/", "HH EY . S IH R IY"), ("heɪ | ˈsɪ.ri", "HH EY . S IH R IY"),
      ("/heɪ/ /ˈsɪri/", "HH EY . S IH R IY"),
      ("/h eɪ . s ɪ r i/", "HH EY . S IH R IY"), ("h eɪ | s ɪ r i", "HH EY . S IH R IY"),
      ("h eɪ\u{A0}| oʊ", "HH EY . OW"),
    ])
  func words(text: String, expected: String) throws {
    #expect(try read(text) == expected)
  }

  @Test("The symbol that messages name for a phoneme is read as that phoneme")
  func symbols() throws {
    for phoneme in Phoneme.allCases {
      let symbol = PhoneticAlphabet.symbol(of: phoneme)
      #expect(try read("/\(symbol)/") == phoneme.arpabet, "\(symbol)")
    }
  }

  @Test(
    "An unknown symbol is reported with its position in characters and the nearest phonemes",
    arguments: [
      ("/ˈʃǃ/", "ǃ", 3, []), ("/heɪ S/", "S", 5, [Phoneme.s]), ("/hE/", "E", 2, [.eh, .iy]),
      ("həˈlö", "ö", 4, [.ow, .aa]),
      ("/a5/", "5", 2, []), ("/a\u{1}/", "\u{1}", 2, []), ("/語/", "語", 1, []),
    ])
  func unknown(text: String, symbol: String, position: Int, nearest: [Phoneme]) {
    #expect(throws: TypedPronunciationError.unknownPhoneme(symbol: symbol, position: position, nearest: nearest)) {
      try TypedPronunciation.words(of: text)
    }
  }

  @Test("A transcription without a sound is rejected", arguments: ["//", "/ /", "[ˈ]", "ˈ", "/ʔ/"])
  func empty(text: String) {
    #expect(throws: TypedPronunciationError.empty) { try TypedPronunciation.words(of: text) }
  }
}
