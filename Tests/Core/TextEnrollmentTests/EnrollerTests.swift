import KeywordSpotting
import ModelFormat
import Testing
import TextEnrollment

@Suite struct EnrollerTests {
  private let enroller = Enroller(model: UntrainedModel.model, language: TestLanguage.file)

  private func variants(_ text: String) throws -> [String] {
    try enroller.enroll(text).report.variants.map(\.arpabet)
  }

  @Test(
    "The variants are the combinations of the words' pronunciations, the usual ones first",
    arguments: [
      ("Hey Computer", ["HH EY . K AH M P Y UW T ER"]),
      ("jarvis", ["JH AA R V AH S", "JH AA R V IH S"]),
      (
        "tomato on",
        ["T AH M EY T OW . AA N", "T AH M EY T OW . AO N", "T AH M AA T OW . AA N", "T AH M AA T OW . AO N"]
      ),
      ("k9", ["K EY . N AY N"]),
      ("YouTube", ["Y UW . T UW B"]),
      ("computer's", ["K AH M P Y UW T ER Z"]),
      ("Jarvis's", ["JH AA R V AH S IH Z", "JH AA R V IH S IH Z"]),
      ("ant's", ["AE N T S"]),
      ("goin'", ["G OW IH N"]), ("turn'", ["T ER N"]),
      ("ckb", ["S IY . K EY . B IY"]), ("the", []),
    ])
  func product(text: String, expected: [String]) throws {
    guard !expected.isEmpty else {
      #expect(throws: EnrollmentError.unknownWord(text)) { try enroller.enroll(text) }
      return
    }
    #expect(try variants(text) == expected)
  }

  @Test("There are at most eight variants, all different")
  func variantLimit() throws {
    let variants = try variants("a tomato on jarvis a")
    #expect(variants.count == 8)
    #expect(Set(variants).count == 8)
    #expect(variants[0] == "AH . T AH M EY T OW . AA N . JH AA R V AH S . AH")
    #expect(try self.variants("ant aunt").count == 2)
  }

  @Test("The enrollment contains the embeddings of every variant, the text and the threshold")
  func enrollment() throws {
    let (enrollment, report) = try enroller.enroll("Jarvis", threshold: 0.7)
    #expect(enrollment.text == "Jarvis")
    #expect(enrollment.threshold == 0.7)
    let encoder = TextEncoder(UntrainedModel.model)
    #expect(enrollment.variants == report.variants.map { encoder.encode($0) })
    #expect(report.words.map(\.source) == [.lexicon])
  }

  @Test("A typed pronunciation is used unchanged")
  func typed() throws {
    let (enrollment, report) = try enroller.enroll("Xyzzy 2000", pronunciation: "z IH1 z iy0 | t uw")
    #expect(enrollment.text == "Xyzzy 2000")
    #expect(report.variants.map(\.arpabet) == ["Z IH Z IY . T UW"])
    #expect(report.words.map(\.source) == [.typed, .typed])
    #expect(report.warnings == [])
    let reason = TypedPronunciationError.unknownPhoneme(symbol: "ZZ", position: 0, nearest: [.z, .zh])
    #expect(throws: EnrollmentError.pronunciation(reason, way: "ZZ")) {
      try enroller.enroll("Xyzzy", pronunciation: "ZZ")
    }
  }

  @Test(
    "Several typed pronunciations are all variants, in order and without duplicates",
    arguments: [
      ("Z IH Z IY\nZ AY Z IY", ["Z IH Z IY", "Z AY Z IY"]), ("Z IH Z IY, Z AY Z IY,", ["Z IH Z IY", "Z AY Z IY"]),
      ("z ih z iy\r\n\n  /ˈzɪzi/\n/ˈzaɪzi/", ["Z IH Z IY", "Z AY Z IY"]),
      (
        "\"tomato, on\", AA N",
        [
          "T AH M EY T OW . AA N", "T AH M EY T OW . AO N", "T AH M AA T OW . AA N",
          "T AH M AA T OW . AO N", "AA N",
        ]
      ),
      ("“ziz-ee”", ["Z IH Z IY"]),
    ])
  func severalWays(pronunciation: String, expected: [String]) throws {
    let (enrollment, report) = try enroller.enroll("Xyzzy", pronunciation: pronunciation)
    #expect(report.variants.map(\.arpabet) == expected)
    #expect(enrollment.variants.map(\.phonemes) == report.variants.map(\.phonemes))
    #expect(report.words.allSatisfy { $0.source == .typed })
  }

  @Test("Eight ways are kept beside a spelling with many readings, and a ninth is an error")
  func tooManyWays() throws {
    let others = (1...7).map { Array(repeating: "AA", count: $0).joined(separator: " ") }
    let report = try enroller.enroll("x", pronunciation: "\"tomato on\"," + others.joined(separator: ",")).report
    #expect(report.variants.map(\.arpabet) == ["T AH M EY T OW . AA N"] + others)
    let nine = (1...9).map { Array(repeating: "AA", count: $0).joined(separator: " ") }.joined(separator: ",")
    #expect(throws: EnrollmentError.pronunciation(.tooManyWays(count: 9, maximum: 8), way: nine)) {
      try enroller.enroll("x", pronunciation: nine)
    }
  }

  @Test(
    "An error in one of several ways refers to that way", arguments: ["HH EY\n K XX", "HH EY, K XX", "\"hey\", K XX"])
  func wrongWay(pronunciation: String) {
    let reason = TypedPronunciationError.unknownPhoneme(symbol: "XX", position: 2, nearest: [.aa, .ae, .ah])
    #expect(throws: EnrollmentError.pronunciation(reason, way: "K XX")) {
      try enroller.enroll("x", pronunciation: pronunciation)
    }
  }

  @Test("Short phrases give a warning")
  func shortPhrase() throws {
    #expect(try enroller.enroll("hey").report.warnings == [.shortPhrase(phonemeCount: 2, recommended: 6)])
    #expect(try enroller.enroll("hey tube").report.warnings == [.shortPhrase(phonemeCount: 5, recommended: 6)])
    #expect(try enroller.enroll("hey jarvis").report.warnings == [])
  }

  @Test("A phrase equal to another, its beginning and its continuation give different warnings")
  func comparisons() throws {
    let enrolled = try ["computer", "hey computer", "jarvis"].map { try enroller.enroll($0).enrollment }
    func warnings(_ text: String, _ pronunciation: String? = nil) throws -> [EnrollmentWarning] {
      try enroller.enroll(text, pronunciation: pronunciation, besides: enrolled).report.warnings
    }
    #expect(try warnings("hey jarvis") == [.contains(phraseIndex: 2)])
    #expect(try warnings("COMPUTER") == [.sameAs(phraseIndex: 0), .partOf(phraseIndex: 1)])
    #expect(try warnings("jarviss", "JH AA R V IH S") == [.sameAs(phraseIndex: 2)])
    #expect(try warnings("hey") == [.shortPhrase(phonemeCount: 2, recommended: 6), .beginningOf(phraseIndex: 1)])
    #expect(try warnings("computer on") == [.beginsWith(phraseIndex: 0)])
  }

  @Test("A phrase near another or part of it gives a warning with the number of edits")
  func nearPhrases() throws {
    let enrolled = try ["hey jarvis on", "tomato"].map { try enroller.enroll($0).enrollment }
    func warnings(_ text: String, _ pronunciation: String? = nil) throws -> [EnrollmentWarning] {
      try enroller.enroll(text, pronunciation: pronunciation, besides: enrolled).report.warnings
    }
    #expect(try warnings("jarvis") == [.partOf(phraseIndex: 0)])
    // One of ten phonemes. Of the two ways to say "jarvis" and "on", the nearest counts.
    #expect(try warnings("x", "HH EY . JH AA R V IH S . AO T") == [.near(phraseIndex: 0, edits: 1, phonemeCount: 10)])
    // Two of six phonemes are a third, which is near; three are not.
    #expect(try warnings("x", "D AH M EY T UW") == [.near(phraseIndex: 1, edits: 2, phonemeCount: 6)])
    #expect(try warnings("x", "D AH B EY T UW") == [])
  }

  @Test("A phrase of 48 phonemes is accepted, one of 49 is rejected")
  func phonemeLimit() throws {
    let six = Array(repeating: "computer", count: 5).joined(separator: " ")
    #expect(try enroller.enroll(six + " hey hey ant a").report.variants[0].phonemes.count == 48)
    #expect(throws: EnrollmentError.tooManyPhonemes(count: 49, maximum: 48)) {
      try enroller.enroll(six + " hey hey ant hey")
    }
  }

  @Test(
    "Blanks and line ends of all kinds become single spaces",
    arguments: ["\n", "\t", "\r\n", "\u{85}", "\u{A0}", "\u{2028}", "  ", " \u{200B}"])
  func blanks(blank: String) throws {
    for pronunciation in [nil, "HH EY . K AH M P Y UW T ER"] {
      let (enrollment, report) = try enroller.enroll("hey\(blank)computer\(blank)", pronunciation: pronunciation)
      #expect(enrollment.text == "hey computer")
      #expect(report.variants.map(\.arpabet) == ["HH EY . K AH M P Y UW T ER"])
    }
  }

  @Test("Text that cannot be read is rejected with the reason")
  func unreadable() {
    #expect(throws: EnrollmentError.text(.nothingToSay)) { try enroller.enroll("...") }
    #expect(throws: EnrollmentError.text(.otherScript(scalar: "\u{3B1}", position: 0))) {
      try enroller.enroll("\u{3B1}")
    }
  }

  @Test(
    "Control and bidirectional characters are rejected, even with a typed pronunciation",
    arguments: ["\u{0}", "\u{1B}", "\u{7F}", "\u{9B}", "\u{61C}", "\u{202E}", "\u{2069}"])
  func controlCharacters(scalar: Unicode.Scalar) {
    for pronunciation in [nil, "HH EY . K AH M P Y UW T ER"] {
      #expect(throws: EnrollmentError.text(.unsupportedCharacter(scalar: scalar, position: 3))) {
        try enroller.enroll("hey\(scalar)computer", pronunciation: pronunciation)
      }
    }
  }

  @Test("A word of many letters is refused at once, as too long")
  func endlessWord() {
    let enroller = Enroller(model: UntrainedModel.model, language: EnglishLanguage.file)
    for count in [100, 5_000] {
      let word = String(repeating: "blorp", count: count / 5)
      let time = ContinuousClock().measure {
        #expect(throws: EnrollmentError.tooManyPhonemes(count: count, maximum: 48)) { try enroller.enroll(word) }
      }
      #expect(time < .seconds(5), "\(count) letters")
    }
  }
}
