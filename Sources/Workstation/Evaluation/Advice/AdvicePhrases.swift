import KeywordSpotting
import SeededRandom
import TextEnrollment
import Training

/// Draws phrases for testing the advice: one to four words in turn, not contained in the measured speech.
struct AdvicePhrases {
  private let model: EvaluatedModel
  /// For each measured utterance, the usual phonemes of each word.
  private let said: [[[UInt8]]]
  /// Words for phrases, in ascending order.
  private let vocabulary: [String]
  /// The words of the vocabulary that the measured speech does not contain.
  private let unsaid: [String]

  init(background: BackgroundSpeech, measured: [PreparedCorpus], model: EvaluatedModel) {
    self.model = model
    var lookup = PronunciationCache(model)
    var measuredWords: Set<String> = []
    said = measured.flatMap { corpus in
      corpus.utterances.filter { !$0.isNoise }.map { utterance in
        utterance.words.map { word in
          measuredWords.insert(word.lowercased())
          return lookup[String(word)].first ?? PhraseSearch.unpronounceable
        }
      }
    }
    // Without spaces, which occur in the names of split words.
    let backgroundWords = Set(background.utterances.flatMap { $0.words.map(\.spelling) }).filter { !$0.contains(" ") }
    vocabulary = backgroundWords.union(measuredWords).sorted()
    unsaid = backgroundWords.subtracting(measuredWords).sorted()
  }

  /// Draws phrases of 4…24 phonemes, of one to four words in turn.
  func draw(_ count: Int, seed: UInt64) -> [TriedPhrase] {
    var generator = SplitMix64(seed: seed ^ 0x6164_7669)
    var phrases: [TriedPhrase] = []
    var seen: Set<String> = []
    for attempt in 0..<100 * count where phrases.count < count {
      let wordCount = 1 + attempt % 4
      let pool = wordCount == 1 && !unsaid.isEmpty ? unsaid : vocabulary
      guard !pool.isEmpty else { break }
      let text = (0..<wordCount).map { _ in pool[generator.nextIndex(pool.count)] }.joined(separator: " ")
      guard seen.insert(text).inserted, let phrase = phrase(text) else { continue }
      phrases.append(phrase)
    }
    return phrases
  }

  /// A phrase; nil if it cannot be enrolled, is too short or too long, or occurs in the measured speech.
  func phrase(_ text: String) -> TriedPhrase? {
    guard let enrolled = try? model.enroller.enroll(text) else { return nil }
    let variants = enrolled.enrollment.variants.map(\.phonemes)
    let wanted = Set(variants)
    guard (4...24).contains(variants[0].count), !said.contains(where: { PhraseSearch.holds($0, anyOf: wanted) })
    else { return nil }
    return TriedPhrase(enrolled.enrollment, enrolled.report)
  }
}
