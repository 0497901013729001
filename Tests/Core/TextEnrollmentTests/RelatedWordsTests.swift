import KeywordSpotting
import Testing
import TextEnrollment

@Suite struct RelatedWordsTests {
  private static func phonemes(_ arpabet: String) -> [UInt8] {
    arpabet.split(separator: " ").compactMap { Phoneme(arpabet: String($0))?.rawValue }
  }

  private func related(_ word: String, _ entries: [(String, [String])]) throws -> RelatedWords {
    var writer = LexiconWriter()
    for (word, spoken) in entries { try writer.add(word, spoken.map { Self.phonemes($0) }) }
    return try writer.bytes().withUnsafeBytes { RelatedWords(word, try Lexicon($0)) }
  }

  @Test(
    "A known word with an ending is pronounced by rule",
    arguments: [
      ("dimmers", "dimmer", "D IH M ER", ["D IH M ER Z"]), ("socket's", "socket", "S AA K AH T", ["S AA K AH T S"]),
      ("switches", "switch", "S W IH CH", ["S W IH CH IH Z", "S W IH CH AH Z"]),
      ("parties", "party", "P AA R T IY", ["P AA R T IY Z"]), ("bosses'", "bosses", "B AO S IH Z", ["B AO S IH Z"]),
      ("plugged", "plug", "P L AH G", ["P L AH G D"]), ("baked", "bake", "B EY K", ["B EY K T"]),
      ("added", "add", "AE D", ["AE D IH D", "AE D AH D"]), ("carried", "carry", "K AE R IY", ["K AE R IY D"]),
    ])
  func inflected(word: String, stem: String, spoken: String, expected: [String]) throws {
    let found = try related(word, [(stem, [spoken])]).inflected
    for pronunciation in expected { #expect(found.contains(Self.phonemes(pronunciation)), "\(word)") }
    #expect(found.count == expected.count)
  }

  @Test("A word of which a known word is made is what is left of that")
  func bases() throws {
    let found = try related(
      "dim", [("dims", ["D IH M Z"]), ("dim's", ["D IH M Z"]), ("dimer", ["D AY M ER"]), ("dimly", ["D IH M L IY"])])
    #expect(found.bases.contains(Self.phonemes("D IH M")))
    #expect(found.bases.contains(Self.phonemes("D AY M")))
    #expect(found.bases.count == 2)
    // The ending must fit what is left.
    #expect(try related("bat", [("bats", ["B AE T Z"])]).bases.isEmpty)
  }

  @Test("Two known words in a row give each pronunciation of the first with each of the second")
  func compounds() throws {
    let found = try related(
      "smarthome",
      [("smart", ["S M AA R T"]), ("home", ["HH OW M", "HH AO M"]), ("sma", ["S M AA"]), ("me", ["M IY"])])
    #expect(found.compounds.map(\.shorterLetterCount) == [4])
    #expect(
      found.compounds.map(\.pronunciations) == [
        [Self.phonemes("S M AA R T HH OW M"), Self.phonemes("S M AA R T HH AO M")]
      ])
    #expect(found.start?.remainingLetterCount == 4)
    #expect(found.start?.pronunciations == [Self.phonemes("S M AA R T")])
    #expect(found.end?.remainingLetterCount == 5)
  }

  @Test(
    "Words that nothing is known about, short words and apostrophes give nothing",
    arguments: ["zzyzx", "a", "'", "'s", ""])
  func nothing(word: String) throws {
    let found = try related(word, [("home", ["HH OW M"])])
    #expect(found.inflected.isEmpty && found.bases.isEmpty && found.compounds.isEmpty)
    #expect(found.start == nil && found.end == nil)
  }
}
