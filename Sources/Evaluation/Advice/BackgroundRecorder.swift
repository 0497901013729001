import AudioFrontEnd
import KeywordSpotting
import ModelFormat
import TextEnrollment
import Training

/// An utterance as the encoder heard it.
public struct RecordedUtterance: Sendable {
  /// The words with their frames.
  public var words: [BackgroundWord]
  /// `[frames, D]`
  public var frames: [Int8]
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
  private let dimension: Int
  private var frontEnd: FeatureExtractor
  private var encoder: StreamingEncoder
  private let clipEncoder: ClipEncoder
  private let silence: [Int16]
  private let aligner = ForcedAligner()

  /// - Parameter model: its bytes must outlive the recorder.
  public init(set: TrainingSet, model: AcousticModel) {
    self.set = set
    dimension = model.embeddingDimension
    frontEnd = FeatureExtractor(initialMeans: model.initialMeans)
    encoder = StreamingEncoder(model)
    clipEncoder = ClipEncoder(model)
    silence = [Int16](
      repeating: 0,
      count: model.lookaheadFeatureFrames * FeatureContract.hopSamples + FeatureContract.windowSamples
        + FrameTiming.samplesPerFrame)
  }

  /// Records the items given.
  ///
  /// - Parameter progress: utterances done, of how many.
  public func record(_ items: [TrainingSet.Item], seed: UInt64, progress: (Int, Int) -> Void) {
    var augmenter = AudioAugmenter(corpus: set.corpus, noises: set.noises, babble: set.items.map(\.utterance))
    for (index, item) in items.enumerated() {
      var generator = SplitMix64.derived(seed, 0x6261_636B, UInt64(index))
      let recording = set.corpus.samples(of: item.utterance)
      guard let words = words(of: item, recording) else {
        leftOutCount += 1
        continue
      }
      utterances.append(RecordedUtterance(words: words, frames: encode(recording), isAugmented: false))
      let heard = augmenter.augment(recording, using: &generator)
      let frames = heard.samples.withUnsafeBufferPointer { encode($0) }
      let leading = Float(heard.leadingSamples) / Float(FrameTiming.samplesPerFrame)
      let lastFrame = frames.count / dimension - 1
      let moved = words.map { word in
        var word = word
        word.firstFrame = min(Int(leading + Float(word.firstFrame) / heard.speedFactor), lastFrame)
        word.endFrame = min(Int((leading + Float(word.endFrame) / heard.speedFactor).rounded(.up)), lastFrame + 1)
        return word
      }
      utterances.append(RecordedUtterance(words: moved, frames: frames, isAugmented: true))
      progress(index + 1, items.count)
    }
  }

  /// The words with their frames; nil where the recording does not hold them.
  private func words(of item: TrainingSet.Item, _ recording: UnsafeBufferPointer<Int16>) -> [BackgroundWord]? {
    let spellings = item.utterance.words.map { $0.lowercased() }
    clipEncoder.encode(recording)
    guard
      let alignment = try? aligner.align(
        logPosteriors: clipEncoder.logPosteriors, frameCount: clipEncoder.frameCount, words: item.words)
    else { return nil }
    let framesPerSecond = Double(FrameTiming.framesPerSecond)
    return alignment.words.map { word in
      let first = min(max(0, Int(word.startSeconds * framesPerSecond)), clipEncoder.frameCount - 1)
      return BackgroundWord(
        // Where a word was taken apart to be pronounced, its parts go by their phonemes.
        spelling: spellings.count == item.words.count
          ? spellings[word.wordIndex] : PhonemeSequence(words: [word.phones.map(\.phoneme)]).arpabet,
        phonemes: item.words[word.wordIndex][word.variantIndex],
        firstFrame: first,
        endFrame: min(max(first + 1, Int((word.endSeconds * framesPerSecond).rounded(.up))), clipEncoder.frameCount))
    }
  }

  /// `[frames, D]` of a clip: frame j is there where 640·j lies in it.
  private func encode(_ samples: UnsafeBufferPointer<Int16>) -> [Int8] {
    let expected = (samples.count + FrameTiming.samplesPerFrame - 1) / FrameTiming.samplesPerFrame
    var frames: [Int8] = []
    frames.reserveCapacity(expected * dimension)
    frontEnd.reset()
    encoder.reset()
    func feed(_ samples: UnsafeBufferPointer<Int16>) {
      frontEnd.process(samples) { feature in
        encoder.process(feature: feature) { embedding in
          guard frames.count < expected * dimension else { return }
          frames.append(contentsOf: UnsafeBufferPointer(start: embedding, count: dimension))
        }
      }
    }
    feed(samples)
    silence.withUnsafeBufferPointer { feed($0) }
    return frames
  }
}
