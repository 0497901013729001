import KeywordSpotting
import TextEnrollment
import Training

/// Inputs and constants of an evaluation of the enrollment advice.
public struct AdviceOptions: Sendable {
  /// False alarms an hour that thresholds are set for.
  public var ratesPerHour: [Double] = [5]
  /// Phrases that are drawn.
  public var phraseCount = 50
  /// Phrases to take in place of drawn ones.
  public var texts: [String] = []
  /// The streams to measure: decibels of active speech over noise; `nil` without noise.
  public var conditions: [Double?] = [nil]
  public var longestHours = Double.infinity
  public var seed: UInt64 = 1

  public init() {}
}

/// The advice protocol: thresholds are set from the background, and the false alarms counted in other speech.
///
/// The phrases are said nowhere in the measured speech, so that everything that reaches the threshold is a false alarm: at most one
/// a second, the best, as for ``StreamOutcome``. The measured speech is rendered as the stream protocol's is, without phrases in
/// it. Speech without noise is compared with what the background's recordings as they are predict, speech in noise with what
/// its augmented ones predict, and all streams together with the whole background.
public struct AdviceProtocol {
  /// - Parameters:
  ///   - measured: utterances with text.
  ///   - noise: clips without text; those of a `train` split are left out. Heard where the options have a ratio.
  ///   - progress: what is done, and how much of how much of it.
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
      throw EvaluationError.nothingToEvaluate(reason: "no phrase is left that is not said in the measured corpora")
    }
    let advices = advisor.advise(on: phrases) { progress("background utterances", $0, $1) }
    let streams = try options.conditions.map {
      try measure(phrases, measured, noise, $0, model, scorer, options, progress)
    }
    return AdviceReport(
      phrases: phrases, forecasts: advices.map(\.falseAlarms), streams: streams, ratesPerHour: options.ratesPerHour)
  }

  /// Hears the phrases in the measured speech in one condition.
  private static func measure(
    _ phrases: [TriedPhrase], _ measured: [PreparedCorpus], _ noise: [PreparedCorpus], _ condition: Double?,
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
    let noiseClips = try condition == nil ? [] : StreamMaterial.noiseClips(of: noise)
    let schedule = StreamSchedule(
      backgroundSampleCounts: clips.map { $0.1.range.count }, phraseClips: [], seed: options.seed)
    var renderer = StreamRenderer(
      schedule: schedule, noiseClips: noiseClips, signalToNoiseDecibels: condition ?? 0,
      seed: options.seed)
    let detector = StreamDetector(model: model, enrollments: phrases.map(\.enrollment))
    scorer.resetStream()
    while let samples = renderer.next(clip: { Array(clips[$0.clipIndex].0.samples(of: clips[$0.clipIndex].1)) }) {
      detector.process(samples, scorer: scorer)
      progress(
        "seconds of the stream (\(condition.map { "\($0) dB" } ?? "clean"))", Int(detector.sampleCount / 16_000),
        Int(schedule.sampleCount / 16_000))
    }
    detector.finish(scorer: scorer)
    var candidates = [[StreamCandidate]](repeating: [], count: phrases.count)
    for candidate in detector.candidates { candidates[candidate.phraseIndex].append(candidate) }
    return MeasuredStream(
      condition: condition, logits: candidates.map { StreamOutcome.distinctEvents($0).map(\.score) },
      hours: Double(detector.sampleCount) / 16_000 / 3_600)
  }
}

/// What was heard in one condition.
struct MeasuredStream {
  /// Decibels of speech over noise; nil without noise.
  var condition: Double?
  /// Of each phrase, the logits of its distinct events.
  var logits: [[Double]]
  var hours: Double
}
