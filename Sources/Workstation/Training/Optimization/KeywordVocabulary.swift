/// The classes of the keyword loss: words that are frequent in the corpus and long enough to be keywords.
public struct KeywordVocabulary: Sendable {
  /// Phonemes of the shortest keyword.
  public static let leastPhonemeCount = 4
  /// The fewest occurrences of a keyword in the corpus.
  public static let leastOccurrences = 12
  /// The largest number of keywords. The most frequent words are kept.
  public static let largestClassCount = 1_000

  /// The keyword of each class.
  public let words: [String]
  /// Class of each word of each item, −1 for none: `[item][word]`.
  public let classes: [[Int]]

  /// Selects the keywords of `items`. Items whose pronunciations and text differ in their number of words are ignored.
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

  /// The possible keywords of an item, one entry per pronounced word.
  private static func candidates(_ item: TrainingSet.Item) -> [String?] {
    let words = item.utterance.words
    guard words.count == item.words.count else { return item.words.map { _ in nil } }
    return zip(words, item.words).map { $1[0].count >= leastPhonemeCount ? String($0) : nil }
  }
}
