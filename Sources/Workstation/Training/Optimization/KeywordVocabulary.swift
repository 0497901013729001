/// The words that the keyword loss tells apart: those that the corpus says often and that are long enough to be one.
public struct KeywordVocabulary: Sendable {
  public static let leastPhonemeCount = 4
  public static let leastOccurrences = 12
  public static let largestClassCount = 1_000

  public let words: [String]
  /// Class of each word of each item, −1 for none; `[item][word]`.
  public let classes: [[Int]]

  /// - Parameter items: utterances with as many pronounced words as their texts have; of others no word is taken.
  public init(_ items: [TrainingSet.Item]) {
    var counts: [String: Int] = [:]
    for item in items {
      for word in Self.candidates(item) { if let word { counts[word, default: 0] += 1 } }
    }
    words = counts.filter { $0.value >= Self.leastOccurrences }
      .sorted { ($1.value, $0.key) < ($0.value, $1.key) }
      .prefix(Self.largestClassCount).map(\.key)
    let classOf = Dictionary(uniqueKeysWithValues: words.enumerated().map { ($1, $0) })
    classes = items.map { item in Self.candidates(item).map { $0.flatMap { classOf[$0] } ?? -1 } }
  }

  /// The words of an item that could be keywords, one entry a pronounced word.
  private static func candidates(_ item: TrainingSet.Item) -> [String?] {
    let words = item.utterance.words
    guard words.count == item.words.count else { return item.words.map { _ in nil } }
    return zip(words, item.words).map { $1[0].count >= leastPhonemeCount ? String($0) : nil }
  }
}
