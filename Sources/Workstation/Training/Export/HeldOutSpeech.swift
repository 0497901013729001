import ModelFormat
import SeededRandom

/// A held-out utterance with the text, pronunciation and time of each word.
struct HeldOutUtterance {
  /// The recording, and the possible pronunciations of each word.
  var item: TrainingSet.Item
  /// The text of each word.
  var words: [String]
  /// The pronunciation and the time of each word.
  var alignment: UtteranceAlignment

  /// The phonemes of consecutive words, as spoken.
  func phonemes(_ range: Range<Int>) -> [UInt8] {
    range.flatMap { item.words[$0][alignment.words[$0].variantIndex] }
  }
}

/// The held-out utterances that can be aligned, from which phrases are drawn.
struct HeldOutSpeech {
  /// The number of phonemes that a drawn phrase may have.
  private static let phonemeCounts = 5...24

  /// A phrase and the position of one example of it.
  struct Example {
    /// Index of its utterance.
    var utterance: Int
    /// Indices of its words in the utterance.
    var words: Range<Int>
    /// The words, separated by spaces.
    var text: String
    /// Its phonemes, as spoken.
    var phonemes: [UInt8]
  }

  /// The utterances in the order of ``TrainingSet/heldOut``.
  let utterances: [HeldOutUtterance]

  /// Aligns the held-out utterances of a set.
  init(_ set: TrainingSet, _ model: AcousticModel) {
    let aligner = UtteranceAligner(set.corpus, model)
    utterances = set.heldOut.compactMap { item in
      let words = item.utterance.words.map(String.init)
      guard words.count == item.words.count, let alignment = aligner.align(item) else { return nil }
      return HeldOutUtterance(item: item, words: words, alignment: alignment)
    }
  }

  /// Draws examples of phrases of one to four words. The same phrase can be drawn again.
  ///
  /// - Returns: fewer than `count` if the utterances have few phrases of suitable length.
  func examples(count: Int, using generator: inout SplitMix64) -> [Example] {
    var examples: [Example] = []
    for _ in 0..<count * 8 where examples.count < count && !utterances.isEmpty {
      let index = generator.nextIndex(utterances.count)
      let utterance = utterances[index]
      guard let words = generator.nextPhrase(wordCount: utterance.words.count) else { continue }
      let phonemes = utterance.phonemes(words)
      guard Self.phonemeCounts.contains(phonemes.count) else { continue }
      examples.append(
        Example(
          utterance: index, words: words, text: utterance.words[words].joined(separator: " "), phonemes: phonemes))
    }
    return examples
  }
}
