import KeywordSpotting
import SeededRandom

/// A phrase of a few consecutive words inside an utterance of the batch.
public struct SampledPhrase: Sendable {
  /// Rows of the batch's frame embeddings.
  public var frames: Range<Int>
  public var phonemes: [UInt8]
  public var wordInitial: [Bool]
  /// The word that follows it in the utterance; empty where none does.
  public var following: [UInt8]

  public init(frames: Range<Int>, phonemes: [UInt8], wordInitial: [Bool], following: [UInt8] = []) {
    self.frames = frames
    self.phonemes = phonemes
    self.wordInitial = wordInitial
    self.following = following
  }
}

/// Which texts stand against a phrase's audio beside the other phrases of the shard.
public enum HardNegatives: String, Codable, Sendable, CaseIterable {
  case none
  /// The phrase with some phonemes replaced, most by confusable ones.
  case substitutions
  /// Those, and phrases that go on longer, stop earlier, or share only a part with the audio.
  case all
}

/// A phrase near to a true one, with the positions that the audio does not hold; none where the text only stops earlier.
public struct HardNegative: Sendable {
  public var phonemes: [UInt8]
  public var wordInitial: [Bool]
  public var replaced: [Bool]
}

/// Draws phrases from aligned utterances, and phonetic hard negatives for them.
public enum PhraseSampler {
  /// Phonemes that are often taken for each other: same manner or neighbouring vowels. Negatives draw from these first.
  private static let confusable: [[UInt8]] = {
    let groups: [[String]] = [
      ["P", "T", "K"], ["B", "D", "G"], ["P", "B"], ["T", "D"], ["K", "G"], ["F", "V"], ["TH", "DH"], ["S", "Z"],
      ["SH", "ZH"], ["CH", "JH"], ["F", "TH", "S", "SH"], ["V", "DH", "Z"], ["M", "N", "NG"], ["L", "R", "W", "Y"],
      ["IY", "IH", "EY"], ["EH", "AE", "IH"], ["AA", "AO", "AH"], ["AH", "UH", "ER"], ["UW", "UH", "OW"],
      ["AY", "EY", "OY"], ["AW", "OW", "AO"],
    ]
    var neighbours = [[UInt8]](repeating: [], count: Phoneme.count)
    for group in groups {
      let members = group.compactMap { Phoneme(arpabet: $0)?.rawValue }
      for member in members {
        neighbours[Int(member)].append(contentsOf: members.filter { $0 != member })
      }
    }
    return neighbours
  }()

  /// - Parameters:
  ///   - alignment: of the utterance, in seconds from its first frame.
  ///   - firstRow: row of the utterance's first frame in the batch.
  ///   - frameCount: frames of the utterance.
  public static func phrases(
    _ alignment: UtteranceAlignment, words: [[[UInt8]]], firstRow: Int, frameCount: Int,
    using generator: inout SplitMix64
  ) -> [SampledPhrase] {
    var result: [SampledPhrase] = []
    let wanted = 1 + frameCount / 75
    for _ in 0..<wanted * 2 where result.count < wanted {
      let first = generator.nextIndex(alignment.words.count)
      let count = 1 + generator.nextIndex(4)
      guard first + count <= alignment.words.count else { continue }
      let chosen = alignment.words[first..<first + count]
      var phonemes: [UInt8] = []
      var wordInitial: [Bool] = []
      for word in chosen {
        let variant = words[word.wordIndex][word.variantIndex]
        phonemes.append(contentsOf: variant)
        wordInitial.append(contentsOf: variant.indices.map { $0 == 0 })
      }
      guard phonemes.count >= 4, phonemes.count <= 28 else { continue }
      let slackBefore = generator.nextIndex(3) - 1
      let slackAfter = generator.nextIndex(3) - 1
      let start = max(frameIndex(chosen.first!.startSeconds) - slackBefore, 0)
      let end = min(frameIndex(chosen.last!.endSeconds) + slackAfter + 1, frameCount)
      guard end - start >= phonemes.count / 2 + 1, end - start <= 100 else { continue }
      var phrase = SampledPhrase(
        frames: firstRow + start..<firstRow + end, phonemes: phonemes, wordInitial: wordInitial)
      if first + count < alignment.words.count {
        let next = alignment.words[first + count]
        phrase.following = words[next.wordIndex][next.variantIndex]
      }
      result.append(phrase)
    }
    return result
  }

  /// The embedding frame whose middle is nearest to a time.
  public static func frameIndex(_ seconds: Double) -> Int { Int(((seconds * 16_000 - 200) / 640).rounded()) }

  /// One hard negative, of the kinds that are wanted.
  /// - Parameter extra: phonemes of a word to go on with where the utterance ends with the phrase.
  public static func hardNegative(
    of phrase: SampledPhrase, kinds: HardNegatives, extra: [UInt8], using generator: inout SplitMix64
  ) -> HardNegative {
    guard kinds == .all else { return substituted(phrase, using: &generator) }
    let draw = generator.nextUniform()
    let next = phrase.following.isEmpty ? extra : phrase.following
    if draw < 0.15, !next.isEmpty { return extended(phrase, by: next) }
    if draw < 0.25, phrase.phonemes.count > 5 { return shortened(phrase, using: &generator) }
    if draw < 0.4, !next.isEmpty, let second = phrase.wordInitial.dropFirst().firstIndex(of: true) {
      return extended(phrase, by: next, from: second)
    }
    return substituted(phrase, using: &generator)
  }

  /// The audio is a prefix of the text; with `first` > 0 the text also begins later, so that they overlap.
  private static func extended(_ phrase: SampledPhrase, by word: [UInt8], from first: Int = 0) -> HardNegative {
    let kept = phrase.phonemes.count - first
    return HardNegative(
      phonemes: phrase.phonemes[first...] + word,
      wordInitial: phrase.wordInitial[first...] + word.indices.map { $0 == 0 },
      replaced: [Bool](repeating: false, count: kept) + [Bool](repeating: true, count: word.count))
  }

  /// The text is a prefix of the audio: at least two phonemes shorter, at least three long.
  private static func shortened(_ phrase: SampledPhrase, using generator: inout SplitMix64) -> HardNegative {
    let count = 3 + generator.nextIndex(phrase.phonemes.count - 4)
    return HardNegative(
      phonemes: Array(phrase.phonemes.prefix(count)), wordInitial: Array(phrase.wordInitial.prefix(count)),
      replaced: [Bool](repeating: false, count: count))
  }

  /// Replaces one to three phonemes, mostly by confusable ones; sometimes drops or adds one besides.
  private static func substituted(_ phrase: SampledPhrase, using generator: inout SplitMix64) -> HardNegative {
    var phonemes = phrase.phonemes
    var wordInitial = phrase.wordInitial
    var replaced = [Bool](repeating: false, count: phonemes.count)
    let changes = 1 + generator.nextIndex(min(3, max(1, phonemes.count / 3)))
    for _ in 0..<changes {
      let position = generator.nextIndex(phonemes.count)
      let neighbours = confusable[Int(phrase.phonemes[position])]
      var other = UInt8(generator.nextIndex(Phoneme.count - 1))
      if other >= phrase.phonemes[position] { other += 1 }
      if !neighbours.isEmpty && generator.nextUniform() < 0.6 {
        other = neighbours[generator.nextIndex(neighbours.count)]
      }
      phonemes[position] = other
      replaced[position] = true
    }
    let draw = generator.nextUniform()
    if draw < 0.15 && phonemes.count > 4 {
      let position = generator.nextIndex(phonemes.count)
      if !wordInitial[position] {
        phonemes.remove(at: position)
        wordInitial.remove(at: position)
        replaced.remove(at: position)
      }
    } else if draw < 0.3 {
      let position = 1 + generator.nextIndex(phonemes.count)
      let other = UInt8(generator.nextIndex(Phoneme.count))
      if other != phonemes[position - 1] && (position == phonemes.count || other != phonemes[position]) {
        phonemes.insert(other, at: position)
        wordInitial.insert(false, at: position)
        replaced.insert(true, at: position)
      }
    }
    return HardNegative(phonemes: phonemes, wordInitial: wordInitial, replaced: replaced)
  }
}
