import KeywordSpotting
import SeededRandom
import TextEnrollment
import Training

/// Inputs and constants of an evaluation of the enrollment advice.
public struct AdviceOptions: Sendable {
  /// False alarms per hour for which thresholds are set.
  public var ratesPerHour: [Double] = [0.1, 0.5, 1]
  /// The number of drawn phrases.
  public var phraseCount = 200
  /// Phrases to use instead of drawn ones.
  public var texts: [String] = []
  /// The streams to measure.
  public var conditions: [AdviceCondition] = [.quiet]
  /// Rooms of ``AdviceCondition/room``; nil uses simulated ones.
  public var rooms: RoomResponses?
  /// The corpora of each kind of the background's mix, in its order.
  public var kinds = BackgroundKind.home
  /// The maximum amount of measured speech; all of it by default.
  public var longestHours = Double.infinity
  /// Determines every draw.
  public var seed: UInt64 = 1

  /// Creates the default options.
  public init() {}
}

/// The condition of a measured stream.
public enum AdviceCondition: Equatable, Sendable {
  /// Speech as recorded, without noise.
  case quiet
  /// Noise this many decibels below the speech.
  case noise(decibels: Double)
  /// Every utterance from a different place in a room.
  case room

  var name: String {
    switch self {
    case .quiet: "clean"
    case .noise(let decibels): "\(decibels == decibels.rounded() ? "\(Int(decibels))" : "\(decibels)") dB"
    case .room: "room"
    }
  }

  /// Index into the mix's conditions.
  var mixIndex: Int {
    switch self {
    case .quiet: BackgroundRecorder.Condition.quiet.rawValue
    case .noise: BackgroundRecorder.Condition.noise.rawValue
    case .room: BackgroundRecorder.Condition.room.rawValue
    }
  }
}

/// The advice protocol: sets thresholds from the background and counts false alarms in other speech.
///
/// The measured speech does not contain the phrases, so every candidate that reaches the threshold is a false alarm. At
/// most one per second counts, the best, as in ``StreamOutcome``. The measured speech is rendered like that of the
/// stream protocol, without phrases. Each condition is compared with the background's prediction for it. All streams
/// together, weighted by the shares of the mix, are compared with the prediction for the mix, for which a device's
/// threshold is set.
public struct AdviceProtocol {
  /// Draws the phrases, measures every condition, and compares.
  ///
  /// - Parameters:
  ///   - measured: utterances with text.
  ///   - noise: clips without text. Those of a `train` split are skipped. Used by conditions with noise.
  ///   - progress: called with the name of the work, the units done and all units.
  public static func run(
    background: BackgroundSpeech, measured: [PreparedCorpus], noise: [PreparedCorpus], model: EvaluatedModel,
    scorer: some AcousticScorer, options: AdviceOptions = .init(), progress: (String, Int, Int) -> Void = { _, _, _ in }
  ) throws -> AdviceReport {
    let advisor = try EnrollmentAdvisor(model: model.model, background: background)
    let source = AdvicePhrases(background: background, measured: measured, model: model)
    let phrases =
      options.texts.isEmpty
      ? source.draw(options.phraseCount, seed: options.seed) : options.texts.compactMap { source.phrase($0) }
    guard !phrases.isEmpty else {
      throw EvaluationError.nothingToEvaluate(reason: "the measured corpora contain every phrase")
    }
    let advices = advisor.advise(on: phrases) { progress("background utterances", $0, $1) }
    let streams = try options.conditions.map {
      try measure(phrases, measured, noise, $0, background.mix, model, scorer, options, progress)
    }
    return AdviceReport(
      phrases: phrases, forecasts: advices.map(\.falseAlarms), streams: streams, mix: background.mix,
      ratesPerHour: options.ratesPerHour, seed: options.seed)
  }

  /// Searches for the phrases in the measured speech in one condition.
  private static func measure(
    _ phrases: [TriedPhrase], _ measured: [PreparedCorpus], _ noise: [PreparedCorpus], _ condition: AdviceCondition,
    _ mix: BackgroundMix, _ model: EvaluatedModel, _ scorer: some AcousticScorer, _ options: AdviceOptions,
    _ progress: (String, Int, Int) -> Void
  ) throws -> MeasuredStream {
    var clips: [(corpus: PreparedCorpus, utterance: Utterance, kind: Int)] = []
    var seconds = 0.0
    for corpus in measured {
      for utterance in corpus.utterances where !utterance.isNoise && seconds < options.longestHours * 3_600 {
        guard let kind = options.kinds.firstIndex(where: { $0.holds(corpus: utterance.corpus) }),
          mix.kinds.indices.contains(kind)
        else { continue }
        clips.append((corpus, utterance, kind))
        seconds += utterance.duration
      }
    }
    guard !clips.isEmpty else {
      let known = options.kinds.flatMap(\.corpora).joined(separator: ", ")
      throw EvaluationError.nothingToEvaluate(
        reason: "no measured corpus belongs to the background's mix (names must start with \(known))")
    }
    var noiseClips: [[Int16]] = []
    var ratio = 0.0
    if case .noise(let decibels) = condition {
      noiseClips = try StreamMaterial.noiseClips(of: noise)
      ratio = decibels
    }
    let schedule = StreamSchedule(
      backgroundSampleCounts: clips.map { $0.utterance.range.count }, phraseClips: [], seed: options.seed)
    var renderer = StreamRenderer(
      schedule: schedule, noiseClips: noiseClips, signalToNoiseDecibels: ratio, seed: options.seed)
    var rooms = AudioAugmenter(
      corpus: clips[0].corpus, noises: [], babble: [], rooms: options.rooms,
      configuration: BackgroundRecorder.acrossARoom)
    var generator = SplitMix64(seed: options.seed ^ 0x726F_6F6D)
    let detector = StreamDetector(model: model, enrollments: phrases.map(\.enrollment))
    scorer.resetStream()
    while let samples = renderer.next(clip: { item in
      let recording = clips[item.clipIndex].corpus.samples(of: clips[item.clipIndex].utterance)
      return condition == .room ? rooms.augment(recording, using: &generator).samples : Array(recording)
    }) {
      detector.process(samples, scorer: scorer)
      progress(
        "seconds of the stream (\(condition.name))", Int(detector.sampleCount / 16_000),
        Int(schedule.sampleCount / 16_000))
    }
    detector.finish(scorer: scorer)

    var stream = MeasuredStream(condition: condition, kindCount: mix.kinds.count, phraseCount: phrases.count)
    var position: Int64 = 0
    for item in schedule.items {
      stream.hours[clips[item.clipIndex].kind] += Double(item.endSample - position) / 16_000 / 3_600
      position = item.endSample
    }
    var candidates = [[StreamCandidate]](repeating: [], count: phrases.count)
    for candidate in detector.candidates { candidates[candidate.phraseIndex].append(candidate) }
    for (phrase, candidates) in candidates.enumerated() {
      for event in StreamOutcome.distinctEvents(candidates) {
        let item = schedule.items[lastItem(of: schedule, startingBy: event.endSample)]
        stream.events[phrase].append((event.score, clips[item.clipIndex].kind))
      }
    }
    return stream
  }

  /// The item at or before a sample, or the first item if there is none.
  private static func lastItem(of schedule: StreamSchedule, startingBy sample: Int64) -> Int {
    var (low, high) = (0, schedule.items.count)
    while low < high {
      let middle = (low + high) / 2
      if schedule.items[middle].startSample <= sample { low = middle + 1 } else { high = middle }
    }
    return max(0, low - 1)
  }
}

/// The results of one condition.
struct MeasuredStream {
  var condition: AdviceCondition
  /// For each phrase, its distinct events.
  var events: [[(logit: Double, kind: Int)]]
  /// By kind.
  var hours: [Double]

  init(condition: AdviceCondition, kindCount: Int, phraseCount: Int) {
    self.condition = condition
    events = [[(logit: Double, kind: Int)]](repeating: [], count: phraseCount)
    hours = [Double](repeating: 0, count: kindCount)
  }

  /// False alarms of a phrase at a threshold, by kind.
  func counts(phrase: Int, logit: Double) -> [Int] {
    var counts = [Int](repeating: 0, count: hours.count)
    for event in events[phrase] where event.logit >= logit { counts[event.kind] += 1 }
    return counts
  }
}
