import AudioFrontEnd
import Foundation
import KeywordSpotting
import ModelFormat
import SeededRandom
import TextEnrollment

/// Fits both score heads to the output of the quantized model.
///
/// *Stream head*: its weights are the mean of two fits. The first is to the candidates that ``CandidateMiner`` finds in
/// ``utteranceCount`` training utterances: it relies on the pauses around phrases. The second is to the candidates of the
/// stream below, without those across rooms: it finds more phrases within fluent speech. Each fit is repeated on the
/// matches that can be found and on the highest-scoring mismatches, because a device's false alarms come from them.
///
/// In the stream, phrases of one to four words are enrolled from text and searched for in the held-out utterances.
/// The stream is processed three times: nearly as recorded, in noise, and across rooms. The phrases themselves are cut
/// out and inserted between the utterances, as if addressed to a device: ``pauseBeforeShare`` of them after a pause,
/// ``pauseAfterShare`` before one. A candidate is a match at an inserted phrase. It is ignored if running speech
/// contains the phrase. The weight of the clarity is set to give the same number of false alarms per hour across rooms
/// and in quiet at one threshold. The bias is set to leave ``quietShare`` of the phrases of usual length without any
/// mismatch of score 0.5 or more in the whole stream.
///
/// *Pair head*: clips cut at word alignments, scored against their own text, a random text, and the nearest text by
/// phonemes.
public struct HeadCalibration {
  /// Training utterances that the weights of the stream head are fitted to: about 4.5 h.
  public static let utteranceCount = 4_800
  /// Share of the phrases that must not have a mismatch of score 0.5 or more.
  public static let quietShare = 0.3
  /// Share of the phrases that follow a pause. An assumption about use, not a measurement.
  public static let pauseBeforeShare: Float = 0.9
  /// Share of the phrases that precede a pause. The others run straight on into a command.
  public static let pauseAfterShare: Float = 0.6
  /// The conditions in which the stream is processed, each for the same duration.
  private enum Hearing: String, CaseIterable {
    /// The recordings with the self-noise of a microphone.
    case quiet
    /// Mostly noisy, because noise causes false alarms, and in rooms in which a phrase is still intelligible. Distant
    /// talkers would make the head discount all of its evidence.
    case noisy
    /// Across rooms as drawn. Only the weight of the clarity is fitted to it.
    case rooms

    var augmentation: AugmentationConfiguration {
      var configuration = AugmentationConfiguration()
      switch self {
      case .quiet:
        configuration = .none
        configuration.selfNoiseShare = 1
      case .noisy:
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
    var segmentsPerPlace: Int { self == .rooms ? 12 : 1 }
  }
  /// Share of the matches that a fit leaves out: the least likely ones by the previous fit. No weights find them among
  /// the highest mismatches, and they would distort the weights that find the others.
  private static let hopelessShare = 0.15
  /// Share of the mined mismatches that the second fit uses. With a fifth, as many phrases are missed at equal false
  /// alarms, and a point more at the thresholds that enrollment sets.
  private static let hardestShare = 0.025
  /// Shares of the held-out mismatches that the further fits use.
  private static let heldOutHardestShares = [0.2, 0.05, 0.0125]

  /// The stream head of a model before the fit, twelve weights. ``CandidateMiner`` chooses by it among candidates of the same phrase.
  public static let draftStreamHead = AcousticModel.ScoreHead(
    weights: [1, 0.3, 2, 2, 2, 0.3, 0.3, 0.3, 1, 1, 0, 1], bias: -4)
  /// The pair head of a model before the fit, fourteen weights.
  public static let draftPairHead = AcousticModel.ScoreHead(
    weights: [0.5, 0.2, 2, 2, 2, 0.3, 0.3, 0.3, 1, 1, 0.5, 0.2, 0.5, 1], bias: -3)

  private let set: TrainingSet
  private let model: AcousticModel
  private let enroller: Enroller
  private let seed: UInt64

  /// The fitted heads and the amount of data behind them.
  public struct Result: Sendable {
    /// The head for candidates in a stream.
    public var stream: AcousticModel.ScoreHead
    /// The head for a clip and a phrase.
    public var pair: AcousticModel.ScoreHead
    /// Hours of the held-out stream times the number of phrases.
    public var phraseHours: Double
    /// Matches that the stream head was fitted to.
    public var streamMatches: Int
    /// Mismatches that the stream head was fitted to, before the highest were chosen.
    public var streamMismatches: Int
    /// Pairs that the pair head was fitted to.
    public var pairSamples: Int

    /// Creates a result from its members.
    public init(
      stream: AcousticModel.ScoreHead, pair: AcousticModel.ScoreHead, phraseHours: Double, streamMatches: Int,
      streamMismatches: Int, pairSamples: Int
    ) {
      self.stream = stream
      self.pair = pair
      self.phraseHours = phraseHours
      self.streamMatches = streamMatches
      self.streamMismatches = streamMismatches
      self.pairSamples = pairSamples
    }
  }

  /// An utterance with its word times, in seconds.
  private struct Spoken {
    var item: TrainingSet.Item
    var words: [String]
    var alignment: UtteranceAlignment
  }

  /// A phrase and the position of one example of it.
  private struct Example {
    var spoken: Int
    var words: Range<Int>
    var text: String
    var phonemes: [UInt8]
  }

  /// The best candidate of each phrase in each utterance.
  private struct StreamSamples {
    var samples: [MonotoneHead.Sample] = []
    var phraseOfSample: [Int] = []
    var hearingOfSample: [Hearing] = []
    var phonemeCounts: [Int]
    /// Hours of the stream times the number of phrases.
    var phraseHours = 0.0

    func samples(of hearings: Swift.Set<Hearing>) -> [MonotoneHead.Sample] {
      zip(samples, hearingOfSample).filter { hearings.contains($0.1) }.map(\.0)
    }
  }

  /// - Parameters:
  ///   - set: the training set whose held-out utterances are used.
  ///   - model: the quantized model. Its own heads are not used.
  ///   - language: the lexicon for enrollment.
  ///   - seed: determines every draw.
  public init(set: TrainingSet, model: AcousticModel, language: LanguageFile, seed: UInt64) {
    self.set = set
    self.model = model
    self.seed = seed
    enroller = Enroller(model: model, language: language)
  }

  /// Fits both heads.
  ///
  /// - Parameter progress: called with a line of text after each part of the work.
  /// - Returns: nil if the held-out utterances give 50 examples or fewer, or no matches or no mismatches.
  public func run(phraseCount: Int = 1_200, pairCount: Int = 2_500, progress: (String) -> Void) -> Result? {
    var generator = SplitMix64(seed: seed)
    let spoken = align()
    progress("\(spoken.count) held-out utterances aligned")
    let examples = sampleExamples(spoken, count: max(pairCount, phraseCount), &generator)
    guard examples.count > 50 else { return nil }
    // Two threads. Each writes its own results and draws from its own generator; what they share does not change.
    nonisolated(unsafe) let calibration = self
    nonisolated(unsafe) var draws = generator
    nonisolated(unsafe) var stream = StreamSamples(phonemeCounts: [])
    nonisolated(unsafe) var pairs: [MonotoneHead.Sample] = []
    nonisolated(unsafe) var candidates: [MonotoneHead.Sample] = []
    withoutActuallyEscaping(progress) { progress in
      nonisolated(unsafe) let progress = progress
      let speaking = NSLock()
      let say: @Sendable (String) -> Void = { line in speaking.withLock { progress(line) } }
      DispatchQueue.concurrentPerform(iterations: 2) { part in
        if part == 0 {
          stream = calibration.streamSamples(spoken, Array(examples.prefix(phraseCount)), &draws, say)
          pairs = calibration.pairSamples(spoken, Array(examples.prefix(pairCount)), &draws)
          say("\(pairs.count) pairs scored")
        } else {
          candidates = CandidateMiner(set: calibration.set, model: calibration.model).samples(
            utteranceCount: Self.utteranceCount, seed: calibration.seed, progress: say)
        }
      }
    }
    let heardSamples = stream.samples(of: [.quiet, .noisy])
    guard
      [candidates, heardSamples, pairs].allSatisfy({ samples in
        samples.contains { $0.isMatch } && samples.contains { !$0.isMatch }
      })
    else { return nil }
    let mined = Self.fit(candidates, hardestShares: [Self.hardestShare])
    let heard = Self.fit(heardSamples, hardestShares: Self.heldOutHardestShares)
    var streamHead = evened(Self.mean(mined, heard), stream)
    streamHead.bias -= quietLogit(streamHead, stream)
    return Result(
      stream: streamHead, pair: MonotoneHead.fit(pairs), phraseHours: stream.phraseHours,
      streamMatches: candidates.count { $0.isMatch }, streamMismatches: candidates.count { !$0.isMatch },
      pairSamples: pairs.count)
  }

  /// The logit that no mismatch exceeds for ``quietShare`` of the phrases with six phonemes or more.
  private func quietLogit(_ head: AcousticModel.ScoreHead, _ stream: StreamSamples) -> Float {
    var worst: [Int: Float] = [:]
    for (sample, phrase) in zip(stream.samples, stream.phraseOfSample)
    where !sample.isMatch && stream.phonemeCounts[phrase] >= Enroller.recommendedPhonemeCount {
      worst[phrase] = max(worst[phrase] ?? -.infinity, MonotoneHead.logit(head, sample.features))
    }
    let sorted = worst.values.sorted()
    return sorted.isEmpty ? 0 : sorted[min(Int(Double(sorted.count) * Self.quietShare), sorted.count - 1)]
  }

  /// The head with the clarity weight at which the highest mismatches of the phrases, ``evenedCount`` of each, fall in
  /// quiet as often as across rooms. The weight is 0 if they already do, or if more of them fall across rooms.
  private func evened(_ head: AcousticModel.ScoreHead, _ stream: StreamSamples) -> AcousticModel.ScoreHead {
    var mismatches: [Int: [Int]] = [:]
    for (index, sample) in stream.samples.enumerated() where !sample.isMatch {
      mismatches[stream.phraseOfSample[index], default: []].append(index)
    }
    func weighed(_ weight: Float) -> AcousticModel.ScoreHead {
      var weights = Array(head.weights)
      weights[MonotoneHead.clarityIndex] = weight
      return AcousticModel.ScoreHead(weights: weights, bias: head.bias)
    }
    /// By how many the highest mismatches in quiet outnumber those across rooms.
    func excess(_ weight: Float) -> Int {
      let head = weighed(weight)
      return mismatches.values.reduce(0) { sum, samples in
        let highest = samples.map { ($0, MonotoneHead.logit(head, stream.samples[$0].features)) }
          .sorted { ($0.1, $0.0) > ($1.1, $1.0) }.prefix(Self.evenedCount)
        return highest.reduce(sum) {
          switch stream.hearingOfSample[$1.0] {
          case .quiet: $0 + 1
          case .noisy: $0
          case .rooms: $0 - 1
          }
        }
      }
    }
    var bounds: (Float, Float) = (0, Self.largestClarityWeight)
    guard excess(bounds.0) < 0 else { return head }
    for _ in 0..<12 {
      let middle = (bounds.0 + bounds.1) / 2
      if excess(middle) < 0 { bounds.0 = middle } else { bounds.1 = middle }
    }
    return weighed(bounds.0)
  }

  /// About as many false alarms as a device would report in two hours at one per hour.
  private static let evenedCount = 2
  private static let largestClarityWeight: Float = 40

  /// Fits the head, then refits it on the matches that can be found and on ever fewer of the highest mismatches. A device's
  /// threshold lies among them.
  ///
  /// - Returns: a head in which the clarity has no weight yet.
  private static func fit(_ samples: [MonotoneHead.Sample], hardestShares: [Double]) -> AcousticModel.ScoreHead {
    let samples = samples.map { sample in
      var sample = sample
      sample.features.remove(at: MonotoneHead.clarityIndex)
      return sample
    }
    let matches = samples.filter(\.isMatch)
    let mismatches = samples.filter { !$0.isMatch }
    var head = MonotoneHead.fit(matches + mismatches)
    for share in hardestShares {
      let found = likeliest(matches, head, matches.count - Int(Double(matches.count) * hopelessShare))
      let hardest = likeliest(mismatches, head, max(Int(Double(mismatches.count) * share), 500))
      head = MonotoneHead.fit(found + hardest)
    }
    var weights = Array(head.weights)
    weights.insert(0, at: MonotoneHead.clarityIndex)
    return AcousticModel.ScoreHead(weights: weights, bias: head.bias)
  }

  /// The mean of two heads, each scaled so that the mean ratio has the weight that it has in the first one.
  private static func mean(
    _ first: AcousticModel.ScoreHead, _ second: AcousticModel.ScoreHead
  ) -> AcousticModel.ScoreHead {
    let scale = second.weights[0] > 0 ? first.weights[0] / second.weights[0] : 1
    return AcousticModel.ScoreHead(
      weights: zip(first.weights, second.weights).map { ($0 + scale * $1) / 2 },
      bias: (first.bias + scale * second.bias) / 2)
  }

  /// The `count` samples with the highest logits.
  private static func likeliest(
    _ samples: [MonotoneHead.Sample], _ head: AcousticModel.ScoreHead, _ count: Int
  ) -> [MonotoneHead.Sample] {
    samples.map { ($0, MonotoneHead.logit(head, $0.features)) }.sorted { $0.1 > $1.1 }.prefix(count).map(\.0)
  }

  private func align() -> [Spoken] {
    let encoder = ClipEncoder(model)
    let aligner = ForcedAligner()
    return set.heldOut.compactMap { item in
      let words = item.utterance.words.map(String.init)
      guard words.count == item.words.count else { return nil }
      encoder.encode(set.corpus.samples(of: item.utterance))
      guard
        let alignment = try? aligner.align(
          logPosteriors: encoder.logPosteriors, frameCount: encoder.frameCount, words: item.words),
        alignment.meanLogLikelihoodRatio > AlignmentTable.leastRatio
      else { return nil }
      return Spoken(item: item, words: words, alignment: alignment)
    }
  }

  private func sampleExamples(_ spoken: [Spoken], count: Int, _ generator: inout SplitMix64) -> [Example] {
    var examples: [Example] = []
    for _ in 0..<count * 8 where examples.count < count && !spoken.isEmpty {
      let index = generator.nextIndex(spoken.count)
      let utterance = spoken[index]
      let length = 1 + generator.nextIndex(4)
      guard utterance.words.count >= length else { continue }
      let first = generator.nextIndex(utterance.words.count - length + 1)
      let phonemes = (first..<first + length).flatMap {
        utterance.item.words[$0][utterance.alignment.words[$0].variantIndex]
      }
      guard (5...24).contains(phonemes.count) else { continue }
      examples.append(
        Example(
          spoken: index, words: first..<first + length,
          text: utterance.words[first..<first + length].joined(separator: " "), phonemes: phonemes))
    }
    return examples
  }

  /// One segment of the calibration stream: an utterance, or a phrase addressed to the device.
  private struct Segment {
    var spoken: Int
    /// The range of its words.
    var words: Range<Int>
    /// Index of the addressed phrase; nil for running speech.
    var phrase: Int?
    var samples: Range<Int>
  }

  private func streamSamples(
    _ spoken: [Spoken], _ examples: [Example], _ generator: inout SplitMix64, _ progress: (String) -> Void
  ) -> StreamSamples {
    var indexOfText: [String: Int] = [:]
    var phrases: [(words: [String], enrollment: Enrollment)] = []
    for example in examples where indexOfText[example.text] == nil {
      if let enrolled = try? enroller.enroll(example.text.lowercased()) {
        indexOfText[example.text] = phrases.count
        phrases.append((example.text.split(separator: " ").map(String.init), enrolled.enrollment))
      }
    }
    var result = StreamSamples(phonemeCounts: phrases.map { $0.enrollment.variants[0].phonemes.count })
    for hearing in Hearing.allCases {
      var segments = spoken.indices.map { index in
        Segment(
          spoken: index, words: spoken[index].words.indices, phrase: nil,
          samples: 0..<spoken[index].item.utterance.range.count)
      }
      for example in examples {
        if let phrase = indexOfText[example.text] {
          segments.append(address(example, phrase, spoken[example.spoken], &generator))
        }
      }
      segments.shuffle(using: &generator)
      let searched = search(
        segments, spoken, phrases.map(\.enrollment), hearing, &generator,
        progress: { progress("stream, \(hearing.rawValue): \($0)") }
      )
      for (segment, phrase, features) in searched.found {
        let isMatch = segment.phrase == phrase
        // A phrase within running speech is neither a match nor a false alarm, and neither is what sounds the same.
        guard isMatch || !Self.contains(spoken[segment.spoken], segment.words, phrases[phrase]) else { continue }
        result.samples.append(.init(features: features, isMatch: isMatch))
        result.phraseOfSample.append(phrase)
        result.hearingOfSample.append(hearing)
      }
      result.phraseHours += searched.hours * Double(phrases.count)
    }
    return result
  }

  /// Cuts out a phrase as it is addressed to a device: mostly after a pause, and often before one.
  private func address(
    _ example: Example, _ phrase: Int, _ spoken: Spoken, _ generator: inout SplitMix64
  ) -> Segment {
    var words = example.words
    let times = spoken.alignment.words
    if generator.nextUniform() >= Self.pauseBeforeShare { words = max(0, words.lowerBound - 3)..<words.upperBound }
    if generator.nextUniform() >= Self.pauseAfterShare {
      words = words.lowerBound..<min(spoken.words.count, words.upperBound + 3)
    }
    let count = spoken.item.utterance.range.count
    let start = max(0, Int((times[words.lowerBound].startSeconds - 0.05) * 16_000))
    let end = min(count, Int((times[words.upperBound - 1].endSeconds + 0.08) * 16_000))
    return Segment(spoken: example.spoken, words: words, phrase: phrase, samples: min(start, end)..<end)
  }

  /// Searches a stream of the segments, separated by pauses, for all phrases.
  ///
  /// - Returns: the features of the best candidate of each phrase in each segment, and the hours of the stream.
  private func search(
    _ segments: [Segment], _ spoken: [Spoken], _ enrollments: [Enrollment], _ hearing: Hearing,
    _ generator: inout SplitMix64, progress: (String) -> Void
  ) -> (found: [(segment: Segment, phrase: Int, features: [Float])], hours: Double) {
    let spotter = KeywordSpotter(model: model, enrollments: enrollments)
    var augmenter = AudioAugmenter(
      corpus: set.corpus, noises: set.noises, babble: set.items.map(\.utterance), rooms: set.rooms,
      configuration: hearing.augmentation)
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
        said += set.corpus.samples(of: spoken[segment.spoken].item.utterance)[segment.samples]
        said += [Int16](repeating: 0, count: Int(generator.nextUniform(in: 0.4...1) * 16_000))
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

  /// Whether the words of an utterance have those of a phrase, or sound like them: "flower" says "flour", and "stations"
  /// says "station".
  private static func contains(
    _ spoken: Spoken, _ range: Range<Int>, _ phrase: (words: [String], enrollment: Enrollment)
  ) -> Bool {
    let words = spoken.words[range]
    let isSpelled = words.indices.contains { words[$0...].prefix(phrase.words.count).elementsEqual(phrase.words) }
    guard !isSpelled else { return true }
    let said = range.flatMap { spoken.item.words[$0][spoken.alignment.words[$0].variantIndex] }
    return phrase.enrollment.variants.contains { PhonemeDistance.contains(said, $0.phonemes) }
  }

  private func pairSamples(_ spoken: [Spoken], _ examples: [Example], _ generator: inout SplitMix64)
    -> [MonotoneHead.Sample]
  {
    let scorer = PairScorer(model: model)
    var augmenter = AudioAugmenter(
      corpus: set.corpus, noises: set.noises, babble: set.items.map(\.utterance), rooms: set.rooms)
    var enrollments: [String: Enrollment] = [:]
    var samples: [MonotoneHead.Sample] = []
    for (index, example) in examples.enumerated() {
      let words = spoken[example.spoken].alignment.words[example.words]
      let recording = set.corpus.samples(of: spoken[example.spoken].item.utterance)
      let start = max(0, Int(words.first!.startSeconds * 16_000))
      let end = min(recording.count, Int(words.last!.endSeconds * 16_000))
      guard end - start >= 6_400 else { continue }
      let clip = UnsafeBufferPointer(rebasing: recording[start..<end])
      if index % 2 == 0 {
        augmenter.augment(clip, using: &generator).samples.withUnsafeBufferPointer { scorer.load($0) }
      } else {
        scorer.load(clip)
      }
      let others = examples.filter { $0.words.count == example.words.count && $0.phonemes != example.phonemes }
      guard !others.isEmpty else { continue }
      let near = others.map { ($0, PhonemeDistance.edits($0.phonemes, example.phonemes)) }.min { $0.1 < $1.1 }!.0
      let random = others[generator.nextIndex(others.count)]
      for (text, isMatch) in [(example.text, true), (near.text, false), (random.text, false)] {
        if enrollments[text] == nil { enrollments[text] = try? enroller.enroll(text.lowercased()).enrollment }
        guard let enrollment = enrollments[text], let features = scorer.score(enrollment).features else { continue }
        samples.append(.init(features: features.values, isMatch: isMatch))
      }
    }
    return samples
  }
}
