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

  /// Starts with the times of the utterances whose phones are given with the corpus.
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

  /// Words whose pronunciations, one after the other, are the phones that were given; nil where no choice of them is.
  private static func words(of item: TrainingSet.Item) -> [TimedWord]? {
    let phones = item.utterance.phones.filter { $0.phoneme != UInt8(SpottingNetwork.blank) }
    guard !phones.isEmpty else { return nil }
    // `[word]` the variant that leads from each count of phones said before it; the last word first, since a choice is good
    // only where the rest of the words can follow it.
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
