/// The alignments found during a run: word times and spoken pronunciations of the utterances.
///
/// Training fills the table with forced alignments of whole utterances and reads it to cut utterances to phrases.
public struct AlignmentTable: Sendable {
  /// `[start, end, start, end, …]` in seconds of the recording, one pair per word; nil if unknown.
  public private(set) var wordTimes: [[Float]?]
  /// The variant of each word; nil if unknown.
  public private(set) var variants: [[Int]?]

  /// Creates a table of `count` utterances without alignments.
  public init(count: Int) {
    wordTimes = .init(repeating: nil, count: count)
    variants = .init(repeating: nil, count: count)
  }

  /// Creates a table with the times of the utterances whose phones the corpus labels.
  init(items: [TrainingSet.Item]) {
    self.init(count: items.count)
    for (index, item) in items.enumerated() {
      guard let words = Self.words(of: item) else { continue }
      variants[index] = words.map(\.variant)
      wordTimes[index] = words.flatMap { [$0.startSeconds, $0.endSeconds] }
    }
  }

  private struct TimedWord {
    var variant: Int
    var startSeconds: Float
    var endSeconds: Float
  }

  /// Words whose pronunciations, concatenated, equal the labeled phones; nil if no choice of pronunciations does.
  private static func words(of item: TrainingSet.Item) -> [TimedWord]? {
    let phones = item.utterance.phones.filter { $0.phoneme != UInt8(SpottingNetwork.blank) }
    guard !phones.isEmpty else { return nil }
    // `[word]`: the variant that leads from each number of phones before the word. Computed from the last word back,
    // since a choice is valid only if the remaining words can follow it.
    var canFollow = Set([phones.count])
    var choices = [[Int: Int]](repeating: [:], count: item.words.count)
    for word in item.words.indices.reversed() {
      for (variant, phonemes) in item.words[word].enumerated().reversed() {
        for end in canFollow where end >= phonemes.count {
          let start = end - phonemes.count
          if zip(phones[start..<end], phonemes).allSatisfy({ $0.phoneme == $1 }) { choices[word][start] = variant }
        }
      }
      canFollow = Set(choices[word].keys)
    }
    var position = 0
    var result: [TimedWord] = []
    for (word, choice) in choices.enumerated() {
      guard let variant = choice[position] else { return nil }
      let end = position + item.words[word][variant].count
      result.append(
        TimedWord(
          variant: variant, startSeconds: Float(phones[position].start) / 16_000,
          endSeconds: Float(phones[end - 1].end) / 16_000))
      position = end
    }
    return result
  }

  /// The lowest mean log-likelihood ratio at which an alignment is accepted.
  public static let leastRatio: Float = -2.5

  /// Stores an alignment of the words from `placement.firstWord`.
  mutating func learn(_ alignment: UtteranceAlignment, _ placement: Placement, wordCount: Int) {
    guard alignment.meanLogLikelihoodRatio > Self.leastRatio, alignment.words.count == placement.wordCount else {
      return
    }
    if placement.wordCount == wordCount {
      variants[placement.item] = alignment.words.map(\.variantIndex)
      wordTimes[placement.item] = alignment.words.flatMap {
        [placement.originalSeconds($0.startSeconds), placement.originalSeconds($0.endSeconds)]
      }
    }
  }

  /// The words of a cut as an alignment in the time of the cut; nil if unknown.
  func alignment(_ placement: Placement) -> UtteranceAlignment? {
    guard let times = wordTimes[placement.item], let variants = variants[placement.item] else { return nil }
    let words = (0..<placement.wordCount).map { index in
      let word = placement.firstWord + index
      return WordSegment(
        wordIndex: index, variantIndex: variants[word], startSeconds: placement.cutSeconds(times[2 * word]),
        endSeconds: placement.cutSeconds(times[2 * word + 1]), phones: [], meanPhoneLogPosterior: 0)
    }
    return UtteranceAlignment(words: words, meanLogLikelihoodRatio: 0)
  }

  /// The content for a checkpoint.
  var stored: (wordTimes: [Int: [Float]], variants: [Int: [Int]]) {
    var times: [Int: [Float]] = [:]
    var chosen: [Int: [Int]] = [:]
    for index in wordTimes.indices {
      if let value = wordTimes[index] { times[index] = value }
      if let value = variants[index] { chosen[index] = value }
    }
    return (times, chosen)
  }

  /// Restores the content of another table over the same items. A pronunciation that the lexicon no longer has becomes
  /// the word's first.
  mutating func restore(wordTimes: [Int: [Float]], variants: [Int: [Int]], items: [TrainingSet.Item]) {
    for (index, value) in wordTimes where items.indices.contains(index) { self.wordTimes[index] = value }
    for (index, value) in variants where items.indices.contains(index) {
      self.variants[index] = zip(value, items[index].words).map { $1.indices.contains($0) ? $0 : 0 }
    }
  }
}

/// The position of a batch's utterance in its recording.
public struct Placement: Sendable {
  /// Index of the utterance in ``TrainingSet/items``.
  public var item: Int
  /// Index of the first word of the cut.
  public var firstWord: Int
  /// Words of the cut.
  public var wordCount: Int
  /// First sample of the cut in the recording.
  public var firstSample: Int
  /// Samples that augmentation added before it.
  public var leadingSamples: Int
  /// Recording samples per augmented sample.
  public var speedFactor: Double

  /// Converts a time in the recording to a time in the augmented cut.
  public func cutSeconds(_ seconds: Float) -> Double {
    ((Double(seconds) * 16_000 - Double(firstSample)) / speedFactor + Double(leadingSamples)) / 16_000
  }

  /// Converts a time in the augmented cut to a time in the recording.
  public func originalSeconds(_ seconds: Double) -> Float {
    Float(((seconds * 16_000 - Double(leadingSamples)) * speedFactor + Double(firstSample)) / 16_000)
  }
}
