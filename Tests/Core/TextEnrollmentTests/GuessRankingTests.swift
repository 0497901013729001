import KeywordSpotting
import Testing
import TextEnrollment

@Suite struct GuessRankingTests {
  private static func candidate(_ phonemes: [UInt8], _ evidence: [Int: Float]) -> GuessRanking.Candidate {
    var values = [Float](repeating: 0, count: GuessRanking.evidenceCount)
    for (index, value) in evidence { values[index] = value }
    return GuessRanking.Candidate(phonemes: phonemes, evidence: values)
  }

  @Test("Probabilities are the shares of the exponentials, with a share for all other pronunciations")
  func probabilities() {
    let candidates = [Self.candidate([1], [0: -1, 3: 1]), Self.candidate([2], [0: -2])]
    var weights = [Float](repeating: 0, count: GuessRanking.evidenceCount)
    (weights[0], weights[3], weights[16]) = (0.5, 0.25, -3)
    // e to the −0.25, −1 and −3.
    let (first, second, others) = (0.778_800_8, 0.367_879_4, 0.049_787_1)
    let found = GuessRanking.probabilities(candidates, weights)
    #expect(found.count == 2)
    #expect(abs(Double(found[0]) - first / (first + second + others)) < 1e-6)
    #expect(abs(Double(found[1]) - second / (first + second + others)) < 1e-6)
    #expect(GuessRanking.probabilities([], weights).isEmpty)
  }

  @Test("Guesses of the released file differ, and their probabilities descend and add up to at most 1")
  func releasedFile() {
    for word in ["zorblax", "smarthomes", "nightwatchers", "xq", "qwfp", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"] {
      let guesses = EnglishLanguage.file.guesses(for: word, maximumCount: 5)
      #expect(Set(guesses.map(\.phonemes)).count == guesses.count && !guesses.isEmpty, "\(word)")
      #expect(zip(guesses, guesses.dropFirst()).allSatisfy { $0.probability >= $1.probability }, "\(word)")
      #expect(guesses.reduce(0) { $0 + $1.probability } <= 1.000_01, "\(word)")
      #expect(guesses.allSatisfy { $0.phonemes.allSatisfy { $0 < UInt8(Phoneme.count) } }, "\(word)")
    }
    for nothing in ["", "'", "123"] { #expect(EnglishLanguage.file.guesses(for: nothing).isEmpty) }
  }

  @Test(
    "Words made of known words are pronounced like them",
    arguments: [
      ("dimmerswitch", "D IH M ER S W IH CH"), ("plugwise", "P L AH G W AY Z"), ("lightstrips", "L AY T S T R IH P S"),
    ])
  func madeOfKnownWords(word: String, spoken: String) {
    #expect(!EnglishLanguage.file.lexicon.contains(word))
    let first = EnglishLanguage.file.guesses(for: word, maximumCount: 1)
    #expect(first.map { PhonemeSequence(words: [$0.phonemes]).arpabet } == [spoken])
  }

  @Test("A file without a ranking gives the guesses of its model")
  func withoutRanking() throws {
    #expect(TestLanguage.file.guesses(for: "zorblax").isEmpty)
  }
}
