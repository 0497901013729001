/// Finds phrases in running text by their sound. CHRISTOPHER counts as an occurrence of CRISTOPHER.
struct PhraseSearch {
  /// Every pronunciation of every phrase.
  private let wanted: Set<[UInt8]>
  private var lookup: PronunciationCache

  init(_ texts: [String], model: EvaluatedModel) {
    lookup = PronunciationCache(model)
    wanted = Set(texts.flatMap { model.pronunciations(of: $0) })
  }

  /// Whether consecutive words, each in its usual pronunciation, form a phrase.
  mutating func isPhrase(in words: [String]) -> Bool {
    Self.holds(words.map { lookup[$0].first ?? Self.unpronounceable }, anyOf: wanted)
  }

  /// Whether consecutive words, given by their phonemes, form one of the pronunciations.
  static func holds(_ words: [[UInt8]], anyOf wanted: Set<[UInt8]>) -> Bool {
    let longest = wanted.map(\.count).max() ?? 0
    for first in words.indices {
      var phonemes: [UInt8] = []
      for word in words[first...] where phonemes.count < longest {
        phonemes += word
        if wanted.contains(phonemes) { return true }
      }
    }
    return false
  }

  /// The phonemes of a word without pronunciation, which is part of no phrase.
  static let unpronounceable: [UInt8] = [255]
}
