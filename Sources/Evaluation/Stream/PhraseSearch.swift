/// Finds phrases in running text by their sound: CHRISTOPHER is CRISTOPHER said.
struct PhraseSearch {
  /// Every pronunciation of every phrase.
  private let wanted: Set<[UInt8]>
  private var lookup: PronunciationCache

  init(_ texts: [String], model: EvaluatedModel) {
    lookup = PronunciationCache(model)
    wanted = Set(texts.flatMap { model.pronunciations(of: $0) })
  }

  /// True where consecutive words, each said in its usual way, are a phrase.
  mutating func isPhrase(in words: [String]) -> Bool {
    let usual = words.map { lookup[$0].first ?? [Self.unpronounceable] }
    let longest = wanted.map(\.count).max() ?? 0
    for first in usual.indices {
      var phonemes: [UInt8] = []
      for word in usual[first...] where phonemes.count < longest {
        phonemes += word
        if wanted.contains(phonemes) { return true }
      }
    }
    return false
  }

  /// Stands for a word that nobody can say, and is part of no phrase.
  private static let unpronounceable: UInt8 = 255
}
