import KeywordSpotting
import SeededRandom
import TextEnrollment

/// The words of a dictionary in the form that the grapheme-to-phoneme network reads, split into training,
/// tuning and held-out words.
public struct GraphemeToPhonemeExamples: Sendable {
  /// A word with all its pronunciations.
  public struct Example: Sendable, Equatable {
    /// The spelling.
    public var word: String
    /// The spelling as indices: 0 is `'`, 1…26 are `a`…`z`.
    public var letters: [UInt8]
    /// Phoneme classes (0…38) of each pronunciation, in the order of the dictionary.
    public var pronunciations: [[UInt8]]
  }

  /// The words to train on, about 88 of 100.
  public private(set) var training: [Example] = []
  /// The words on which the weights of ``TextEnrollment/GuessRanking`` are fitted, about a fiftieth.
  public private(set) var tuning: [Example] = []
  /// The words to test on, about a tenth.
  public private(set) var heldOut: [Example] = []

  /// Splits a dictionary by a hash of the word, independently of the order of the file. Names of letters are left out.
  public init(_ dictionary: PronouncingDictionary) {
    for entry in dictionary.entries where !entry.word.hasSuffix(".") {
      let letters = entry.word.utf8.compactMap(GraphemeToPhoneme.letterIndex)
      let example = Example(word: entry.word, letters: letters, pronunciations: entry.pronunciations)
      if Self.isHeldOut(entry.word) {
        heldOut.append(example)
      } else if Self.hash(entry.word) % 50 == 1 {
        tuning.append(example)
      } else {
        training.append(example)
      }
    }
  }

  /// Whether FNV-1a over the word's letters is a multiple of ten.
  public static func isHeldOut(_ word: String) -> Bool { hash(word) % 10 == 0 }

  private static func hash(_ word: String) -> UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in word.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    return hash
  }

  /// The batches of one epoch: training words shuffled, with one pronunciation drawn per word, grouped into batches of
  /// words of similar length.
  public func batches(ofEpoch epoch: Int, size: Int, seed: UInt64) -> [[(letters: [UInt8], phonemes: [UInt8])]] {
    var generator = SplitMix64.derived(seed, 0x6732_7062, UInt64(epoch))
    let order = training.indices.shuffled(using: &generator)
    var batches: [[(letters: [UInt8], phonemes: [UInt8])]] = []
    for pool in stride(from: 0, to: order.count, by: size * 32) {
      let sorted = order[pool..<min(pool + size * 32, order.count)].sorted {
        (training[$0].letters.count, $0) < (training[$1].letters.count, $1)
      }
      for start in stride(from: 0, to: sorted.count, by: size) {
        batches.append(
          sorted[start..<min(start + size, sorted.count)].map { index in
            let example = training[index]
            let choice = generator.nextIndex(example.pronunciations.count)
            return (example.letters, example.pronunciations[choice])
          })
      }
    }
    return batches.shuffled(using: &generator)
  }
}

/// Error rates of predicted pronunciations.
public struct PronunciationErrors: Sendable, Equatable {
  /// Insertions, deletions and substitutions against the nearest pronunciation, divided by its phonemes.
  public var phonemeErrorRate: Double
  /// The share of words whose prediction equals none of their pronunciations.
  public var wordErrorRate: Double
  /// The number of words scored.
  public var wordCount: Int

  /// Scores the prediction of `guess` for every example.
  public init(_ examples: [GraphemeToPhonemeExamples.Example], guess: (_ word: String) -> [UInt8]) {
    var errorCount = 0
    var phonemeCount = 0
    var wrongCount = 0
    for example in examples {
      let said = guess(example.word)
      var nearest = (errors: Int.max, length: 1)
      for pronunciation in example.pronunciations {
        let errors = PhonemeDistance.edits(said, pronunciation)
        if errors < nearest.errors { nearest = (errors, pronunciation.count) }
      }
      errorCount += nearest.errors
      phonemeCount += nearest.length
      if nearest.errors > 0 { wrongCount += 1 }
    }
    phonemeErrorRate = Double(errorCount) / Double(max(phonemeCount, 1))
    wordErrorRate = Double(wrongCount) / Double(max(examples.count, 1))
    wordCount = examples.count
  }
}
