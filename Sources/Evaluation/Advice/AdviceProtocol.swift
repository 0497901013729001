import KeywordSpotting
import TextEnrollment
import Training

/// Inputs and constants of an evaluation of the enrollment advice.
public struct AdviceOptions: Sendable {
  /// False alarms an hour that thresholds are set for.
  public var ratesPerHour = [0.1, 0.5, 1]
  /// Phrases that are drawn. At 0.1 an hour, 200 of them in six hours of speech give 120 false alarms.
  public var phraseCount = 200
  /// Phrases to take in place of drawn ones.
  public var texts: [String] = []
  /// The streams to measure.
  public var conditions = [StreamCondition()]
  public var longestHours = Double.infinity
  public var seed: UInt64 = 1

  public init() {}
}

/// The advice protocol: thresholds are set from the background, and the false alarms counted in other speech.
///
/// The phrases are said nowhere in the measured speech, so that everything that reaches the threshold is a false alarm: at most one
/// a second, the best, as for ``StreamOutcome``. The measured speech is rendered as the stream protocol's is, without phrases in
/// it. Speech without noise is compared with what the background's recordings as they are predict, speech in noise
/// or rooms with what its augmented ones predict, and all streams together with the whole background. Low rates are judged over all
/// phrases together, at the thresholds that a device would be given (``AdviceReport/Pooled``).
public struct AdviceProtocol {
  /// - Parameters:
  ///   - measured: utterances with text.
  ///   - noise: clips without text; those of a `train` split are left out. Heard where the options have a ratio.
  ///   - progress: what is done, and how much of how much of it.
  public static func run(
    background: BackgroundSpeech, measured: [PreparedCorpus], noise: [PreparedCorpus],
    model: EvaluatedModel,
    scorer: some AcousticScorer, options: AdviceOptions = .init(),
    bootstrap: Bootstrap? = Bootstrap(),
    progress: (String, Int, Int) -> Void = { _, _, _ in }
  ) throws -> AdviceReport {
    let advisor = try EnrollmentAdvisor(model: model.model, background: background)
    let source = AdvicePhrases(background: background, measured: measured, model: model)
    let phrases =
      options.texts.isEmpty
      ? source.draw(options.phraseCount, seed: options.seed) : options.texts.compactMap { source.phrase($0) }
    guard !phrases.isEmpty else {
      throw EvaluationError.nothingToEvaluate(reason: "no phrase is left that is not said in the measured corpora")
    }
    let advices = advisor.advise(on: phrases) { progress("background utterances", $0, $1) }
    let streams = try options.conditions.map {
      try measure(phrases, measured, noise, $0, model, scorer, options, progress)
    }
    return AdviceReport(
      phrases: phrases, forecasts: advices.map(\.falseAlarms), streams: streams,
      ratesPerHour: options.ratesPerHour,
      bootstrap: bootstrap)
  }

  /// Hears the phrases in the measured speech in one condition.
  private static func measure(
    _ phrases: [TriedPhrase], _ measured: [PreparedCorpus], _ noise: [PreparedCorpus],
    _ condition: StreamCondition,
    _ model: EvaluatedModel, _ scorer: some AcousticScorer, _ options: AdviceOptions,
    _ progress: (String, Int, Int) -> Void
  ) throws -> MeasuredStream {
    var clips: [(PreparedCorpus, Utterance)] = []
    var seconds = 0.0
    for corpus in measured {
      for utterance in corpus.utterances where !utterance.isNoise && seconds < options.longestHours * 3_600 {
        clips.append((corpus, utterance))
        seconds += utterance.duration
      }
    }
    let noiseClips =
      try condition.signalToNoiseDecibels == nil ? [] : StreamMaterial.noiseClips(of: noise)
    let schedule = StreamSchedule(
      backgroundSampleCounts: clips.map { $0.1.range.count }, phraseClips: [], seed: options.seed)
    var renderer = StreamRenderer(
      schedule: schedule, noiseClips: noiseClips,
      signalToNoiseDecibels: condition.signalToNoiseDecibels ?? 0,
      rooms: try condition.streamRooms(seed: options.seed), seed: options.seed)
    let detector = StreamDetector(
      model: model, enrollments: phrases.map(\.enrollment), keepsFrames: false)
    scorer.resetStream()
    while let samples = renderer.next(clip: { Array(clips[$0.clipIndex].0.samples(of: clips[$0.clipIndex].1)) }) {
      detector.process(samples, scorer: scorer)
      progress(
        "seconds of the stream (\(condition.name))", Int(detector.sampleCount / 16_000),
        Int(schedule.sampleCount / 16_000))
    }
    detector.finish(scorer: scorer)
    return MeasuredStream(
      condition: condition, phraseCount: phrases.count, candidates: detector.candidates,
      schedule: schedule,
      groups: clips.map { $0.1.speakerGroup })
  }
}

/// What was heard in one condition.
struct MeasuredStream {
  /// What was taken for a phrase.
  struct Event {
    var logit: Double
    /// Index into ``MeasuredStream/groups``: who was talking.
    var group: Int
  }

  var condition: StreamCondition
  /// Of each phrase, its distinct events.
  var events: [[Event]]
  var hours: Double
  /// ``Utterance/speakerGroup`` of the speech, and how long it was heard, pauses after it included.
  var groups: [(name: String, hours: Double)]

  /// - Parameter groups: of each clip of the schedule.
  init(
    condition: StreamCondition, phraseCount: Int, candidates: [StreamCandidate],
    schedule: StreamSchedule,
    groups clipGroups: [String]
  ) {
    self.condition = condition
    hours = Double(schedule.sampleCount) / 16_000 / 3_600
    let names = clipGroups.reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
    groups = names.map { ($0, 0) }
    let indices = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
    let items = schedule.items.map {
      (start: $0.startSample, group: indices[clipGroups[$0.clipIndex]]!)
    }
    for (index, item) in items.enumerated() {
      let start = index == 0 ? 0 : item.start
      let end = index + 1 < items.count ? items[index + 1].start : schedule.sampleCount
      groups[item.group].hours += Double(end - start) / 16_000 / 3_600
    }
    /// Of the last item that began before a sample.
    func group(at sample: Int64) -> Int {
      var (low, high) = (0, items.count)
      while low < high {
        let middle = (low + high) / 2
        if items[middle].start < sample { low = middle + 1 } else { high = middle }
      }
      return items[max(0, low - 1)].group
    }
    var byPhrase = [[StreamCandidate]](repeating: [], count: phraseCount)
    for candidate in candidates { byPhrase[candidate.phraseIndex].append(candidate) }
    events = byPhrase.map { candidates in
      StreamOutcome.distinctEvents(candidates).map {
        Event(logit: $0.score, group: group(at: ($0.startSample + $0.endSample) / 2))
      }
    }
  }
}
