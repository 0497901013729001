import TextEnrollment

/// One recording of a phrase: consecutive words of an utterance, cut at their alignment.
public struct PhraseCut: Equatable, Sendable {
  /// Index into the utterances from which the inventory was built.
  public var utteranceIndex: Int
  /// Start in seconds from the start of the utterance.
  public var startSeconds: Double
  /// End in seconds from the start of the utterance.
  public var endSeconds: Double
}

/// A phrase (a text) and all its recordings.
public struct InventoryPhrase: Equatable, Sendable {
  /// The words, joined by single spaces.
  public var text: String
  /// The number of words.
  public var wordCount: Int
  /// The first pronunciation of every word, concatenated; classes 0…38. Distances between phrases use it.
  public var phonemes: [UInt8]
  /// All recordings of the phrase.
  public var cuts: [PhraseCut]
}

/// All phrases of one to four consecutive words in aligned utterances, from which anchors, positives and negatives are
/// drawn.
///
/// A span of words qualifies if it lasts 0.5-2.0 s, contains no pause above `longestPauseSeconds`, and every word has a
/// pronunciation. Phrases are in order of first occurrence, so the inventory depends only on its input.
///
/// - Reference: Shin et al. 2022, arXiv:2206.15400, §3.1 (LibriPhrase).
public struct PhraseInventory: Sendable {
  /// The spans of words to include.
  public struct Limits: Sendable {
    /// Words of a phrase.
    public var wordCounts = 1...4
    /// Duration of a recording.
    public var seconds = 0.5...2.0
    /// The longest silence between two words of a phrase, in seconds.
    public var longestPauseSeconds = 0.25

    /// Creates the default limits.
    public init() {}
  }

  /// The phrases in order of first occurrence.
  public let phrases: [InventoryPhrase]
  /// Speaker of each utterance; empty if unknown. An unknown speaker differs from all others.
  public let speakers: [String]
  /// Words and their pronunciations, as looked up for the inventory.
  private let pronunciations: [String: [[UInt8]]]

  /// Collects the phrases.
  ///
  /// - Parameters:
  ///   - utterances: aligned utterances; only their words are used.
  ///   - speakers: one per utterance.
  ///   - pronounce: returns all pronunciations of a word, most usual first; empty if there are none.
  public init(
    utterances: [AlignedUtterance], speakers: [String], limits: Limits = .init(),
    pronounce: (String) -> [[UInt8]]
  ) {
    precondition(utterances.count == speakers.count)
    var phrases: [InventoryPhrase] = []
    var indexByText: [String: Int] = [:]
    var known: [String: [[UInt8]]] = [:]
    for (utteranceIndex, utterance) in utterances.enumerated() {
      let words = utterance.words
      for word in words where known[word.label] == nil { known[word.label] = pronounce(word.label) }
      for first in words.indices {
        for count in limits.wordCounts where first + count <= words.count {
          let span = words[first..<first + count]
          let pauses = zip(span, span.dropFirst()).map { $1.startSeconds - $0.endSeconds }
          guard limits.seconds.contains(span.last!.endSeconds - span.first!.startSeconds),
            pauses.allSatisfy({ $0 <= limits.longestPauseSeconds }),
            span.allSatisfy({ !known[$0.label]!.isEmpty })
          else { continue }
          let text = span.map(\.label).joined(separator: " ")
          let index =
            indexByText[text]
            ?? {
              phrases.append(
                InventoryPhrase(
                  text: text, wordCount: count, phonemes: span.flatMap { known[$0.label]![0] }, cuts: []))
              indexByText[text] = phrases.count - 1
              return phrases.count - 1
            }()
          phrases[index].cuts.append(
            PhraseCut(
              utteranceIndex: utteranceIndex, startSeconds: span.first!.startSeconds, endSeconds: span.last!.endSeconds)
          )
        }
      }
    }
    self.phrases = phrases
    self.speakers = speakers
    pronunciations = known
  }

  /// Some pronunciations of a phrase: every combination of the first two of each word, at most 16.
  func variants(of phrase: InventoryPhrase) -> [[UInt8]] {
    var variants: [[UInt8]] = [[]]
    for word in phrase.text.split(separator: " ") {
      let own = pronunciations[String(word)]!.prefix(2)
      variants = variants.flatMap { prefix in own.map { prefix + $0 } }
    }
    return Array(variants.prefix(16))
  }

  /// The smallest phoneme edit distance between any pronunciations of two phrases; 0 between homophones.
  func distance(_ left: InventoryPhrase, _ right: InventoryPhrase) -> Int {
    var best = Int.max
    let others = variants(of: right)
    for variant in variants(of: left) {
      for other in others { best = min(best, PhonemeDistance.edits(variant, other, limit: best)) }
    }
    return best
  }

  /// Whether two cuts are known to be from different people.
  func differsInSpeaker(_ left: PhraseCut, _ right: PhraseCut) -> Bool {
    let (a, b) = (speakers[left.utteranceIndex], speakers[right.utteranceIndex])
    return a.isEmpty || b.isEmpty ? left.utteranceIndex != right.utteranceIndex : a != b
  }
}
