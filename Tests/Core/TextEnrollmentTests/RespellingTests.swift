import KeywordSpotting
import Testing
import TextEnrollment

/// Spellings in quotation marks, with the released language file.
@Suite struct RespellingTests {
  private let enroller = Enroller(model: UntrainedModel.model, language: EnglishLanguage.file)

  private func ways(_ spelling: String) throws -> [String] {
    try enroller.enroll("x", pronunciation: "\"\(spelling)\"").report.variants.map(\.arpabet)
  }

  @Test(
    "Syllables with one reading are read by their letters, in any case",
    arguments: [
      ("shi-vawn", "SH IH V AO N"), ("shi-VAWN", "SH IH V AO N"), ("Shi-vawn", "SH IH V AO N"),
      ("SHI-VAWN", "SH IH V AO N"),
      ("shi·vawn", "SH IH V AO N"), ("neev", "N IY V"), ("SEER-sha", "S IH R SH AH"), ("EE-fa", "IY F AH"),
      ("kuhm-PYOO-ter", "K AH M P Y UW T ER"), ("mok-see", "M AA K S IY"), ("zhwah-keem", "ZH W AA K IY M"),
      ("ay-den", "EY D EH N"), ("toh-kee-oh", "T OW K IY OW"), ("ty-gur", "T AY G ER"), ("nigh-kee", "N AY K IY"),
      ("LES-ter", "L EH S T ER"), ("boy-zun-berr-ee", "B OY Z AH N B EH R IY"), ("hah-vee-AIR", "HH AA V IY EH R"),
      ("jer-AHRD", "JH ER AA R D"), ("thay-uh", "TH EY AH"), ("wuu-ster", "W UH S T ER"), ("koo-pay", "K UW P EY"),
      ("mike-uh", "M AY K AH"), ("kwin-oh-uh", "K W IH N OW AH"), ("BAHKH", "B AA K"), ("fohn-ik", "F OW N IH K"),
      ("a-LEK-sa", "AH L EH K S AH"), ("KA-lee", "K AA L IY"), ("so-fee-a", "S OW F IY AH"), ("dhee", "DH IY"),
    ])
  func syllables(spelling: String, expected: String) throws {
    #expect(try ways(spelling) == [expected])
  }

  @Test(
    "Syllables with several readings are looked up, and words without hyphens always are",
    arguments: [
      ("mar-low", ["M AA R L OW"]), ("e-mail", ["IY M EY L"]), ("tough-nuts", ["T AH F N AH T S"]),
      ("hey shi-vawn", ["HH EY . SH IH V AO N"]), ("HEY BAHKH", ["HH EY . B AA K"]),
      ("zoon gps", ["Z UW N . JH IY P IY EH S"]), ("lights out", ["L AY T S . AW T"]), ("k-9", ["K EY . N AY N"]),
    ])
  func looked(spelling: String, expected: [String]) throws {
    #expect(try ways(spelling) == expected)
  }

  @Test(
    "Without hyphens, a spelling has all readings of the phrase", arguments: ["room 101", "hey GPS", "20 °", "tomato"])
  func phrases(text: String) throws {
    #expect(try ways(text) == enroller.enroll(text).report.variants.map(\.arpabet))
  }

  @Test("Unknown syllables are guessed, with a warning")
  func guessed() throws {
    let report = try enroller.enroll("x", pronunciation: "\"zough-lee\"").report
    #expect(report.variants.map { $0.arpabet.hasSuffix("L IY") } == [true])
    guard case .guessedPronunciation("zough-lee", let guesses)? = report.warnings.last else {
      Issue.record("\(report.warnings)")
      return
    }
    #expect(guesses == report.variants.map(\.arpabet))
    #expect(report.words.map(\.source) == [.typed])
  }

  @Test(
    "A character that is no letter is reported with its position",
    arguments: [("shi-語", "語", 4), ("hey привет", "п", 4), ("shi-🎤", "🎤", 4), ("ay-€", "€", 3)])
  func notLetters(spelling: String, symbol: String, position: Int) {
    let reason = TypedPronunciationError.unknownPhoneme(symbol: symbol, position: position, nearest: [])
    #expect(throws: EnrollmentError.pronunciation(reason, way: "\"\(spelling)\"")) { try ways(spelling) }
  }

  @Test("A spelling without letters is rejected", arguments: ["", " - ", "...", "-"])
  func empty(spelling: String) {
    #expect(throws: EnrollmentError.pronunciation(.empty, way: "\"\(spelling)\"")) { try ways(spelling) }
  }
}
