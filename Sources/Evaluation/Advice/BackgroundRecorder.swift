import KeywordSpotting
import ModelFormat
import TextEnrollment
import Training

/// An utterance as the encoder heard it.
public struct RecordedUtterance: Sendable {
  /// The words with their frames.
  public var words: [BackgroundWord]
  /// `[frames, D]`, of length 1 each.
  public var units: [Float]
  /// `[frames]` log p(blank).
  public var blankLogPosteriors: [Float]
  /// Whether it was heard through noise, a room or a poor microphone, and not as recorded.
  public var isAugmented: Bool
}

/// Turns running speech into background frames: each utterance as recorded, and once augmented.
///
/// Every utterance is encoded as a stream of its own by the int8 engine, so the frames are those that a device would make of it.
/// Words are placed by forced alignment of the utterance as recorded; those of the augmented one are the same, moved and
/// stretched as the recording was.
///
/// A function of the corpus, the model and the seed. One thread at a time.
public final class BackgroundRecorder {
  /// What was recorded, in order: an utterance as it is, then augmented.
  public private(set) var utterances: [RecordedUtterance] = []
  /// Utterances left out because they are too short for their text.
  public private(set) var leftOutCount = 0

  private let set: TrainingSet
  private let encoder: ClipEncoder
  private let aligner = ForcedAligner()

  /// - Parameter model: its bytes must outlive the recorder.
  public init(set: TrainingSet, model: AcousticModel) {
    self.set = set
    encoder = ClipEncoder(model)
  }

  /// Records the items given.
  ///
  /// - Parameter progress: utterances done, of how many.
  public func record(_ items: [TrainingSet.Item], seed: UInt64, progress: (Int, Int) -> Void) {
    var augmenter = AudioAugmenter(
      corpus: set.corpus, noises: set.noises, babble: set.items.map(\.utterance), rooms: set.rooms)
    for (index, item) in items.enumerated() {
      var generator = SplitMix64.derived(seed, 0x6261_636B, UInt64(index))
      let recording = set.corpus.samples(of: item.utterance)
      encoder.encode(recording)
      guard let words = wordsOfEncoded(item) else {
        leftOutCount += 1
        continue
      }
      utterances.append(encoded(words, isAugmented: false))
      let heard = augmenter.augment(recording, using: &generator)
      heard.samples.withUnsafeBufferPointer { encoder.encode($0) }
      let leading = Float(heard.leadingSamples) / Float(FrameTiming.samplesPerFrame)
      let lastFrame = encoder.frameCount - 1
      let moved = words.map { word in
        var word = word
        word.firstFrame = min(Int(leading + Float(word.firstFrame) / heard.speedFactor), lastFrame)
        word.endFrame = min(Int((leading + Float(word.endFrame) / heard.speedFactor).rounded(.up)), lastFrame + 1)
        return word
      }
      utterances.append(encoded(moved, isAugmented: true))
      progress(index + 1, items.count)
    }
  }

  /// What was encoded last, with words.
  private func encoded(_ words: [BackgroundWord], isAugmented: Bool) -> RecordedUtterance {
    let posteriors = encoder.logPosteriors
    return RecordedUtterance(
      words: words, units: Array(encoder.units),
      blankLogPosteriors: (0..<encoder.frameCount).map { posteriors[$0 * Phoneme.classCount + Phoneme.blankIndex] },
      isAugmented: isAugmented)
  }

  /// The words of the item that was encoded last, with their frames; nil where the recording does not hold them.
  private func wordsOfEncoded(_ item: TrainingSet.Item) -> [BackgroundWord]? {
    let spellings = item.utterance.words.map { $0.lowercased() }
    guard
      let alignment = try? aligner.align(
        logPosteriors: encoder.logPosteriors, frameCount: encoder.frameCount, words: item.words)
    else { return nil }
    let framesPerSecond = Double(FrameTiming.framesPerSecond)
    return alignment.words.map { word in
      let first = min(max(0, Int(word.startSeconds * framesPerSecond)), encoder.frameCount - 1)
      return BackgroundWord(
        // Where a word was taken apart to be pronounced, its parts go by their phonemes.
        spelling: spellings.count == item.words.count
          ? spellings[word.wordIndex] : PhonemeSequence(words: [word.phones.map(\.phoneme)]).arpabet,
        phonemes: item.words[word.wordIndex][word.variantIndex],
        firstFrame: first,
        endFrame: min(max(first + 1, Int((word.endSeconds * framesPerSecond).rounded(.up))), encoder.frameCount))
    }
  }
}
