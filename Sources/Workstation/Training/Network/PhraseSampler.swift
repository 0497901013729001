import KeywordSpotting
import SeededRandom

/// A phrase of a few consecutive words in an utterance of the batch.
public struct SampledPhrase: Sendable {
  /// Rows of the batch's frame embeddings.
  public var frames: Range<Int>
  /// Classes (0…38) of its phonemes.
  public var phonemes: [UInt8]
  /// Per phoneme, whether it begins a word.
  public var wordInitial: [Bool]
  /// The following word of the utterance; empty if there is none.
  public var following: [UInt8]

  /// Creates a phrase.
  public init(frames: Range<Int>, phonemes: [UInt8], wordInitial: [Bool], following: [UInt8] = []) {
    self.frames = frames
    self.phonemes = phonemes
    self.wordInitial = wordInitial
    self.following = following
  }
}

/// The texts contrasted with a phrase's audio in addition to the other phrases of the shard.
public enum HardNegatives: String, Codable, Sendable, CaseIterable {
  /// No further texts.
  case none
  /// The phrase with some phonemes replaced, most by confusable ones.
  case substitutions
  /// Substitutions, and phrases that are longer or shorter or overlap only partly with the audio.
  case all
}

/// A phrase close to a true one, with the positions that differ from the audio. No position differs if the text only
/// ends earlier.
public struct HardNegative: Sendable {
  /// Classes (0…38) of its phonemes.
  public var phonemes: [UInt8]
  /// Per phoneme, whether it begins a word.
  public var wordInitial: [Bool]
  /// Per phoneme, whether it differs from the audio.
  public var replaced: [Bool]
}

/// Draws phrases from aligned utterances and phonetic hard negatives for them.
public enum PhraseSampler {
  /// Phonemes that are often confused: same manner of articulation, or adjacent vowels. Negatives draw from these
  /// first.
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

  /// Draws phrases from one utterance.
  ///
  /// - Parameters:
  ///   - alignment: the alignment of the utterance, in seconds from its first frame.
  ///   - words: pronunciations `[word][variant][phoneme]`.
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

  /// Draws one hard negative of the given kinds.
  /// - Parameter extra: phonemes of a word that extends the phrase if it ends the utterance.
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

  /// The audio is a prefix of the text. With `first` > 0 the text also begins later, and the two overlap.
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

  /// Replaces one to three phonemes, mostly by confusable ones. Sometimes also drops or inserts one.
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
