/// What the run has learned about its utterances: when each word is said, and which pronunciation was heard.
///
/// Filled from the forced alignments of whole utterances as training goes on; read when utterances are cut to phrases.
public struct AlignmentTable: Sendable {
  /// `[start, end, start, end, …]` in seconds of the recording, one pair a word; nil while unknown.
  public private(set) var wordTimes: [[Float]?]
  /// The variant of each word; nil while unknown.
  public private(set) var variants: [[Int]?]

  public init(count: Int) {
    wordTimes = .init(repeating: nil, count: count)
    variants = .init(repeating: nil, count: count)
  }

  /// Alignments whose mean log-likelihood ratio is lower are not believed.
  public static let leastRatio: Float = -2.5

  /// Takes over an alignment of the words from `placement.firstWord` on.
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

  /// The words of a cut as an alignment in the cut's own time; nil while unknown.
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

  /// For a checkpoint.
  var stored: (wordTimes: [Int: [Float]], variants: [Int: [Int]]) {
    var times: [Int: [Float]] = [:]
    var chosen: [Int: [Int]] = [:]
    for index in wordTimes.indices {
      if let value = wordTimes[index] { times[index] = value }
      if let value = variants[index] { chosen[index] = value }
    }
    return (times, chosen)
  }

  /// Takes over what another table held of the same items. A pronunciation that an item no longer has (its lexicon changed)
  /// becomes its word's first.
  mutating func restore(wordTimes: [Int: [Float]], variants: [Int: [Int]], items: [TrainingSet.Item]) {
    for (index, value) in wordTimes where items.indices.contains(index) { self.wordTimes[index] = value }
    for (index, value) in variants where items.indices.contains(index) {
      self.variants[index] = zip(value, items[index].words).map { $1.indices.contains($0) ? $0 : 0 }
    }
  }
}

/// Where an utterance of a batch comes from in its recording.
public struct Placement: Sendable {
  public var item: Int
  public var firstWord: Int
  public var wordCount: Int
  /// First sample of the cut in the recording.
  public var firstSample: Int
  /// Samples that augmentation put in front.
  public var leadingSamples: Int
  /// Recording samples per augmented sample.
  public var speedFactor: Double

  /// The time in the augmented cut of a time in the recording.
  public func cutSeconds(_ seconds: Float) -> Double {
    ((Double(seconds) * 16_000 - Double(firstSample)) / speedFactor + Double(leadingSamples)) / 16_000
  }

  /// The time in the recording of a time in the augmented cut.
  public func originalSeconds(_ seconds: Double) -> Float {
    Float(((seconds * 16_000 - Double(leadingSamples)) * speedFactor + Double(firstSample)) / 16_000)
  }
}
