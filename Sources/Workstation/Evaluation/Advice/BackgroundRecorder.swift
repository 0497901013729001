import KeywordSpotting
import ModelFormat
import SeededRandom
import TextEnrollment
import Training

/// An utterance with the encoder's output.
public struct RecordedUtterance: Sendable {
  /// The words with their frames.
  public var words: [BackgroundWord]
  /// `[frames, D]`, each of unit length.
  public var units: [Float]
  /// `[frames]`, log p(blank).
  public var blankLogPosteriors: [Float]
  /// Index into the kinds.
  public var kind: Int
  /// Index into the conditions of ``/TextEnrollment/BackgroundMix/home``.
  public var condition: Int
}

/// Converts running speech to background frames: each utterance in quiet, in noise, and from across a room.
///
/// Each kind is rendered in each condition like the stream of the evaluations (``StreamRenderer``): its utterances in
/// random order with pauses of 0.3-0.8 s, each at −26 dB of full scale, encoded by the int8 engine without
/// interruption. The frames are therefore those of a device in such a room. The pause before an utterance belongs to
/// it. Noise lies 10 dB below the speech. Every utterance has a different room and place. Forced alignment of the
/// recording gives the positions of words.
///
/// The result depends only on the corpus, the model and the seed. One thread at a time.
public final class BackgroundRecorder {
  /// The conditions, in the order of the mix.
  enum Condition: Int, CaseIterable { case quiet, noise, room }

  /// Level of the speech over the noise, in decibels.
  public static let signalToNoiseDecibels = 10.0

  /// The recorded utterances: by kind, then by condition.
  public private(set) var utterances: [RecordedUtterance] = []
  /// Utterances skipped because they are too short for their text.
  public private(set) var leftOutCount = 0
  /// Utterances of corpora that belong to no kind.
  public private(set) var withoutKindCount = 0

  private let set: TrainingSet
  private let kinds: [BackgroundKind]
  private let encoder: ClipEncoder
  private let scorer: Int8Scorer
  private let dimension: Int
  private let aligner = ForcedAligner()

  private struct Clip {
    var item: TrainingSet.Item
    /// Start and end of each word in the recording, in seconds.
    var words: [(word: BackgroundWord, start: Double, end: Double)]
  }

  /// - Parameter model: must outlive the recorder, with its bytes.
  public init(set: TrainingSet, model: AcousticModel, kinds: [BackgroundKind] = BackgroundKind.home) {
    self.set = set
    self.kinds = kinds
    encoder = ClipEncoder(model)
    scorer = Int8Scorer(model)
    dimension = model.embeddingDimension
  }

  /// Records the given items.
  ///
  /// - Parameter progress: called with the number of utterances done and the number of all utterances.
  public func record(_ items: [TrainingSet.Item], seed: UInt64, progress: (Int, Int) -> Void) {
    var clips = [[Clip]](repeating: [], count: kinds.count)
    for item in items {
      guard let kind = kinds.firstIndex(where: { $0.holds(corpus: item.utterance.corpus) }) else {
        withoutKindCount += 1
        continue
      }
      encoder.encode(set.corpus.samples(of: item.utterance))
      guard let words = wordsOfEncoded(item) else {
        leftOutCount += 1
        continue
      }
      clips[kind].append(Clip(item: item, words: words))
    }
    let total = clips.reduce(0) { $0 + $1.count } * Condition.allCases.count
    for (kind, clips) in clips.enumerated() {
      for condition in Condition.allCases {
        record(clips, kind, condition, seed: seed) { progress(utterances.count, total) }
      }
    }
  }

  /// Records a stream of one kind in one condition.
  private func record(_ clips: [Clip], _ kind: Int, _ condition: Condition, seed: UInt64, progress: () -> Void) {
    let seed = seed ^ UInt64(kind << 8 | condition.rawValue)
    let schedule = StreamSchedule(
      backgroundSampleCounts: clips.map(\.item.utterance.range.count), phraseClips: [], seed: seed)
    let noise = condition == .noise ? set.noises.map { Array(set.corpus.samples(of: $0)) } : []
    var renderer = StreamRenderer(
      schedule: schedule, noiseClips: noise, signalToNoiseDecibels: Self.signalToNoiseDecibels, seed: seed)
    var rooms = AudioAugmenter(
      corpus: set.corpus, noises: [], babble: [], rooms: set.rooms, configuration: Self.acrossARoom)
    var generator = SplitMix64.derived(seed, 0x6261_636B, UInt64(kind))

    let posteriorsAtBlank = Phoneme.blankIndex
    var units: [Float] = []
    var blanks: [Float] = []
    let unitSize = dimension
    func take(_ unit: UnsafePointer<Float>, _ logPosteriors: UnsafePointer<Float>) {
      units.append(contentsOf: UnsafeBufferPointer(start: unit, count: unitSize))
      blanks.append(logPosteriors[posteriorsAtBlank])
    }
    scorer.resetStream()
    while let samples = renderer.next(clip: { item in
      let recording = set.corpus.samples(of: clips[item.clipIndex].item.utterance)
      return condition == .room ? rooms.augment(recording, using: &generator).samples : Array(recording)
    }) {
      samples.withUnsafeBufferPointer { scorer.encode(stream: $0, take) }
    }
    scorer.finishStream(take)

    var firstFrame = 0
    for item in schedule.items {
      let endFrame = min(blanks.count, Int(item.endSample) / FrameTiming.samplesPerFrame)
      guard endFrame > firstFrame else { continue }
      let start = Double(item.startSample) / 16_000
      func frame(_ seconds: Double, _ rounding: FloatingPointRoundingRule) -> Int {
        Int(((start + seconds) * Double(FrameTiming.framesPerSecond)).rounded(rounding)) - firstFrame
      }
      let frameCount = endFrame - firstFrame
      let words = clips[item.clipIndex].words.map { word, start, end in
        var word = word
        word.firstFrame = min(max(0, frame(start, .down)), frameCount - 1)
        word.endFrame = min(max(word.firstFrame + 1, frame(end, .up)), frameCount)
        return word
      }
      utterances.append(
        RecordedUtterance(
          words: words, units: Array(units[firstFrame * dimension..<endFrame * dimension]),
          blankLogPosteriors: Array(blanks[firstFrame..<endFrame]), kind: kind, condition: condition.rawValue))
      firstFrame = endFrame
      progress()
    }
  }

  /// Living rooms with talkers a few meters from the microphone, for sets without loaded rooms.
  static var acrossARoom: AugmentationConfiguration {
    var configuration = AugmentationConfiguration.none
    configuration.responseShare = 1
    configuration.roomShare = 1
    configuration.reverberationSeconds = 0.25...0.75
    configuration.reverberantToDirectDecibels = 0...10
    return configuration
  }

  /// The words of the last encoded item with their times; nil if the recording does not fit them.
  private func wordsOfEncoded(
    _ item: TrainingSet.Item
  ) -> [(word: BackgroundWord, start: Double, end: Double)]? {
    let spellings = item.utterance.words.map { $0.lowercased() }
    guard
      let alignment = try? aligner.align(
        logPosteriors: encoder.logPosteriors, frameCount: encoder.frameCount, words: item.words)
    else { return nil }
    return alignment.words.map { word in
      // The parts of a word that was split for its pronunciation are matched by their phonemes.
      let spelling =
        spellings.count == item.words.count
        ? spellings[word.wordIndex] : PhonemeSequence(words: [word.phones.map(\.phoneme)]).arpabet
      return (
        BackgroundWord(
          spelling: spelling, phonemes: item.words[word.wordIndex][word.variantIndex], firstFrame: 0, endFrame: 1),
        Double(word.startSeconds), Double(word.endSeconds)
      )
    }
  }
}
