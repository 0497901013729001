import KeywordSpotting
import ModelFormat
import SeededRandom
import TextEnrollment

/// A stream of the held-out utterances and of phrases addressed to a device, searched for these phrases.
///
/// The stream is processed three times: nearly as recorded, in noise, and across rooms. The phrases are enrolled from
/// text. Their examples are cut out and inserted between the utterances: ``HeadCalibration/pauseBeforeShare`` of them
/// after a pause, ``HeadCalibration/pauseAfterShare`` before one. A candidate is a match at an inserted phrase. It is
/// ignored if running speech contains the phrase.
struct HeldOutStream {
  /// An enrolled phrase.
  private struct Phrase {
    var words: [String]
    var enrollment: Enrollment
  }

  /// One segment of the stream: an utterance, or a phrase addressed to the device.
  private struct Segment {
    var utterance: Int
    /// The range of its words.
    var words: Range<Int>
    /// Index of the addressed phrase; nil for running speech.
    var phrase: Int?
    var samples: Range<Int>
  }

  /// The number of words before or after a phrase that is not at a pause.
  private static let neighborCount = 3
  /// The silence after each segment.
  private static let pauseSeconds: ClosedRange<Float> = 0.4...1

  private let set: TrainingSet
  private let model: AcousticModel
  private let utterances: [HeldOutUtterance]
  private let phrases: [Phrase]
  /// The examples of enrolled phrases, with the indices of these.
  private let examples: [(example: HeldOutSpeech.Example, phrase: Int)]

  /// Enrolls the phrases of the examples. A text that cannot be enrolled is left out.
  ///
  /// - Parameters:
  ///   - speech: the utterances.
  ///   - examples: the phrases to insert. They are also the phrases to search for.
  ///   - set: the training set of the utterances, with the noises and rooms.
  ///   - model: the quantized model.
  ///   - enroller: enrolls the texts with the same model.
  init(
    _ speech: HeldOutSpeech, _ examples: [HeldOutSpeech.Example], set: TrainingSet, model: AcousticModel,
    enroller: Enroller
  ) {
    self.set = set
    self.model = model
    utterances = speech.utterances
    var indexOfText: [String: Int] = [:]
    var phrases: [Phrase] = []
    var addressed: [(example: HeldOutSpeech.Example, phrase: Int)] = []
    for example in examples {
      if indexOfText[example.text] == nil, let enrolled = try? enroller.enroll(example.text.lowercased()) {
        indexOfText[example.text] = phrases.count
        phrases.append(
          Phrase(words: example.text.split(separator: " ").map(String.init), enrollment: enrolled.enrollment))
      }
      if let phrase = indexOfText[example.text] { addressed.append((example, phrase)) }
    }
    self.phrases = phrases
    self.examples = addressed
  }

  /// Searches the stream.
  ///
  /// - Parameter progress: called with a line of text now and then.
  /// - Returns: the best candidate of each phrase in each segment, and the hours of the stream times the number of
  ///   phrases.
  func samples(
    using generator: inout SplitMix64, progress: (String) -> Void
  ) -> (samples: StreamHeadFit.Samples, phraseHours: Double) {
    var samples = StreamHeadFit.Samples(phonemeCounts: phrases.map { $0.enrollment.variants[0].phonemes.count })
    var phraseHours = 0.0
    for hearing in StreamHeadFit.Hearing.allCases {
      let segments = drawSegments(&generator)
      let searched = search(
        segments, hearing, &generator, progress: { progress("stream, \(hearing.rawValue): \($0)") })
      for (segment, phrase, features) in searched.found {
        let isMatch = segment.phrase == phrase
        // A phrase within running speech is neither a match nor a false alarm, and neither is what sounds the same.
        guard isMatch || !says(segment, phrases[phrase]) else { continue }
        samples.candidates.append(
          StreamHeadFit.Sample(
            labeled: MonotoneHead.Sample(features: features, isMatch: isMatch), phrase: phrase, hearing: hearing))
      }
      phraseHours += searched.hours * Double(phrases.count)
    }
    return (samples, phraseHours)
  }

  /// The utterances and the addressed phrases in random order.
  private func drawSegments(_ generator: inout SplitMix64) -> [Segment] {
    var segments = utterances.indices.map { index in
      Segment(
        utterance: index, words: utterances[index].words.indices, phrase: nil,
        samples: 0..<utterances[index].item.utterance.range.count)
    }
    for (example, phrase) in examples { segments.append(address(example, phrase, &generator)) }
    segments.shuffle(using: &generator)
    return segments
  }

  /// Cuts out a phrase as it is addressed to a device: mostly after a pause, and often before one.
  private func address(
    _ example: HeldOutSpeech.Example, _ phrase: Int, _ generator: inout SplitMix64
  ) -> Segment {
    let utterance = utterances[example.utterance]
    var words = example.words
    if generator.nextUniform() >= HeadCalibration.pauseBeforeShare {
      words = max(0, words.lowerBound - Self.neighborCount)..<words.upperBound
    }
    if generator.nextUniform() >= HeadCalibration.pauseAfterShare {
      words = words.lowerBound..<min(utterance.words.count, words.upperBound + Self.neighborCount)
    }
    let times = utterance.alignment.words
    let count = utterance.item.utterance.range.count
    let start = max(0, Int((times[words.lowerBound].startSeconds - 0.05) * 16_000))
    let end = min(count, Int((times[words.upperBound - 1].endSeconds + 0.08) * 16_000))
    return Segment(utterance: example.utterance, words: words, phrase: phrase, samples: min(start, end)..<end)
  }

  /// Searches the segments, separated by pauses, for all phrases.
  ///
  /// - Returns: the features of the best candidate of each phrase in each segment, and the hours of the stream.
  private func search(
    _ segments: [Segment], _ hearing: StreamHeadFit.Hearing, _ generator: inout SplitMix64,
    progress: (String) -> Void
  ) -> (found: [(segment: Segment, phrase: Int, features: [Float])], hours: Double) {
    let spotter = KeywordSpotter(model: model, enrollments: phrases.map(\.enrollment))
    var augmenter = set.augmenter(hearing.augmentation)
    // The end of each segment in the stream, and the best candidate of each phrase in it.
    var ends: [Int64] = []
    var best: [[Int: (score: Float, features: [Float])]] = []
    let collect = { (candidate: Candidate) in
      var segment = ends.count - 1
      while segment > 0, candidate.endSample <= ends[segment - 1] { segment -= 1 }
      let features = candidate.features.values
      // The candidate with the best mean ratio and mean cosine represents the phrase in this segment.
      let score = features[0] + 4 * features[2]
      if score > best[segment][candidate.phraseIndex]?.score ?? -.infinity {
        best[segment][candidate.phraseIndex] = (score, features)
      }
    }
    for first in stride(from: 0, to: segments.count, by: hearing.segmentsPerPlace) {
      let place = segments[first..<min(first + hearing.segmentsPerPlace, segments.count)]
      let start = ends.last ?? 0
      var said: [Int16] = []
      var lengths: [Int] = []
      for segment in place {
        said += set.corpus.samples(of: utterances[segment.utterance].item.utterance)[segment.samples]
        said += [Int16](repeating: 0, count: Int(generator.nextUniform(in: Self.pauseSeconds) * 16_000))
        lengths.append(said.count)
      }
      let heard = said.withUnsafeBufferPointer { augmenter.augment($0, using: &generator) }
      for length in lengths {
        ends.append(start + Int64(length * heard.samples.count / said.count))
        best.append([:])
      }
      heard.samples.withUnsafeBufferPointer { spotter.process($0, onCandidate: collect, onDetection: { _ in }) }
      let done = first + place.count
      if done / 100 > first / 100 { progress("\(done) of \(segments.count) utterances and phrases") }
    }
    spotter.finish(onCandidate: collect, onDetection: { _ in })
    let found = zip(segments, best).flatMap { segment, candidates in
      candidates.sorted { $0.key < $1.key }.map { (segment, $0.key, $0.value.features) }
    }
    return (found, Double(ends.last ?? 0) / 16_000 / 3_600)
  }

  /// Whether a segment has the words of a phrase, or sounds like them: "flower" says "flour", and "stations" says
  /// "station".
  private func says(_ segment: Segment, _ phrase: Phrase) -> Bool {
    let utterance = utterances[segment.utterance]
    let words = utterance.words[segment.words]
    let isSpelled = words.indices.contains { words[$0...].prefix(phrase.words.count).elementsEqual(phrase.words) }
    guard !isSpelled else { return true }
    let said = utterance.phonemes(segment.words)
    return phrase.enrollment.variants.contains { PhonemeDistance.contains(said, $0.phonemes) }
  }
}

extension StreamHeadFit.Hearing {
  /// How the stream is changed before it is processed.
  fileprivate var augmentation: AugmentationConfiguration {
    var configuration = AugmentationConfiguration()
    switch self {
    case .quiet:
      configuration = .none
      configuration.selfNoiseShare = 1
    case .noisy:
      // Mostly noisy, because noise causes false alarms, and in rooms in which a phrase is still intelligible. Distant
      // talkers would make the head discount all of its evidence.
      configuration.noiseShare = 0.8
      configuration.signalToNoiseDecibels = 3...20
      configuration.responseShare = 0
      configuration.roomShare = 0.2
      configuration.reverberantToDirectDecibels = -15...2
      configuration.reverberationSeconds = 0.12...0.6
      configuration.overdriveDecibels = 3...12
    case .rooms:
      configuration.noiseShare = 0
      configuration.speedShare = 0
      configuration.responseShare = 1
      configuration.roomShare = 1
    }
    configuration.paddingShare = 0
    return configuration
  }

  /// Consecutive segments that share one noise and room. In rooms it is the number that the clarity looks back over.
  fileprivate var segmentsPerPlace: Int { self == .rooms ? 12 : 1 }
}
