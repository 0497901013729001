import KeywordSpotting
import ModelFormat
import Training

/// Inputs and constants of a stream evaluation.
public struct StreamOptions: Sendable {
  /// The acoustic condition. The default is noise at 10 dB, at the microphone.
  public var condition = StreamCondition(signalToNoiseDecibels: 10)
  /// Active speech over noise in decibels; `nil` for a stream without noise.
  public var signalToNoiseDecibels: Double? {
    get { condition.signalToNoiseDecibels }
    set { condition.signalToNoiseDecibels = newValue }
  }
  /// The maximum number of recordings of a phrase, drawn with the seed.
  public var occurrencesPerPhrase = 100
  /// Phrases with fewer recordings are reported, but excluded from the mean.
  public var occurrencesForMean = 10
  /// False-alarm rates of the operating points.
  public var falseAlarmsPerHour = [0.1, 0.5, 1]
  /// The working point, at which latency, misses and events are reported.
  public var workingFalseAlarmsPerHour = 0.5
  /// The maximum amount of background; all of it by default.
  public var longestBackgroundHours = Double.infinity
  /// Pauses around phrases. With less than ``PhrasePauses/around``, recordings of phrases are cut to 50 ms around the
  /// speech.
  public var pauses = PhrasePauses.around
  /// Determines every draw.
  public var seed: UInt64 = 1

  /// Creates the default options.
  public init() {}
}

/// The stream protocol: phrases in running speech, under noise.
///
/// All phrases are enrolled at once, and every candidate of the search is kept with its log odds. One pass over the
/// stream therefore gives all operating points of all phrases. ``StreamOutcome`` defines the events at a threshold.
/// Then the search runs again over the same frames, with each phrase's threshold at the working point and the device's
/// own decision (``StreamEventReport``).
public struct StreamProtocol {
  private let material: StreamMaterial
  private let schedule: StreamSchedule
  private let enrollments: [Enrollment]
  private let model: EvaluatedModel
  private let options: StreamOptions
  private let rooms: StreamRooms?

  /// Selects the clips and enrolls the phrases.
  ///
  /// - Parameters:
  ///   - background: utterances with text. Those that contain a phrase, or words that sound the same, are skipped.
  ///   - phrases: utterances whose text is exactly the phrase.
  ///   - noise: clips without text. Those of a `train` split are skipped.
  /// - Throws: ``EvaluationError``.
  public init(
    background: [PreparedCorpus], phrases: [PreparedCorpus], noise: [PreparedCorpus], model: EvaluatedModel,
    options: StreamOptions = .init()
  ) throws(EvaluationError) {
    material = try StreamMaterial(
      background: background, phrases: phrases, noise: options.signalToNoiseDecibels == nil ? nil : noise, model: model,
      options: options)
    enrollments = try material.enrolled(model).map(\.enrollment)
    schedule = material.schedule(pauses: options.pauses, seed: options.seed)
    self.model = model
    self.options = options
    rooms = try options.condition.streamRooms(seed: options.seed)
  }

  /// Runs one pass with the arguments of ``init(background:phrases:noise:model:options:)`` and
  /// ``run(scorer:bootstrap:progress:)``.
  public static func run(
    background: [PreparedCorpus], phrases: [PreparedCorpus], noise: [PreparedCorpus], model: EvaluatedModel,
    scorer: some AcousticScorer, options: StreamOptions = .init(), bootstrap: Bootstrap? = Bootstrap(),
    progress: (Int, Int) -> Void = { _, _ in }
  ) throws(EvaluationError) -> StreamReport {
    try Self(background: background, phrases: phrases, noise: noise, model: model, options: options)
      .run(scorer: scorer, bootstrap: bootstrap, progress: progress)
  }

  /// Renders the stream, processes it, and measures. Every call gives the same stream.
  ///
  /// - Parameter progress: called with the seconds of the stream done and its length.
  public func run(
    scorer: some AcousticScorer, bootstrap: Bootstrap? = Bootstrap(), progress: (Int, Int) -> Void = { _, _ in }
  ) -> StreamReport {
    let (detector, occurrences) = listen(scorer: scorer, progress: progress)
    let said = { (occurrence: StreamOccurrence) in material.phraseClip(occurrence.clipIndex) }
    var report = StreamReport(
      texts: material.texts, candidates: detector.candidates, occurrences: occurrences,
      streamSampleCount: schedule.sampleCount, leftOutBackgroundCount: material.leftOutCount, options: options,
      hasLatencies: !scorer.encodesInBlocks, bootstrap: bootstrap, said: said,
      heard: { material.clips(from: $0, to: $1, schedule) })
    let thresholds = report.workingThresholds.enumerated().map { index, logOdds in
      detector.deviceThreshold(phraseIndex: index, above: logOdds)
    }
    report.events = StreamEventReport(
      texts: material.texts,
      events: detector.frames.events(model: model.model, enrollments: enrollments, thresholds: thresholds),
      occurrences: occurrences, streamSampleCount: schedule.sampleCount, said: said)
    return report
  }

  /// The outcome of each phrase, in the order of the texts. Every call gives the same stream.
  func outcomes(scorer: some AcousticScorer, progress: (Int, Int) -> Void) -> [StreamOutcome] {
    let (detector, occurrences) = listen(scorer: scorer, progress: progress)
    return material.texts.indices.map { phrase in
      StreamOutcome(
        candidates: detector.candidates.filter { $0.phraseIndex == phrase },
        occurrences: occurrences.filter { $0.phraseIndex == phrase }, streamSampleCount: schedule.sampleCount)
    }
  }

  private func listen(
    scorer: some AcousticScorer, progress: (Int, Int) -> Void
  ) -> (detector: StreamDetector, occurrences: [StreamOccurrence]) {
    var renderer = renderer()
    let detector = StreamDetector(model: model, enrollments: enrollments)
    scorer.resetStream()
    while let samples = renderer.next(clip: { material.samples(of: $0) }) {
      detector.process(samples, scorer: scorer)
      progress(Int(detector.sampleCount / 16_000), Int(schedule.sampleCount / 16_000))
    }
    detector.finish(scorer: scorer)
    return (detector, renderer.occurrences)
  }

  /// The samples of ranges of the stream, as the scorer receives them. Parts outside the stream are cut off.
  ///
  /// Renders the whole stream again without encoding it.
  public func excerpts(_ ranges: [Range<Int64>]) -> [[Int16]] {
    var excerpts = [[Int16]](repeating: [], count: ranges.count)
    var renderer = renderer()
    var position: Int64 = 0
    while let samples = renderer.next(clip: { material.samples(of: $0) }) {
      let part = position..<position + Int64(samples.count)
      for (index, range) in ranges.enumerated() where range.overlaps(part) {
        let common = range.clamped(to: part)
        excerpts[index] += samples[Int(common.lowerBound - position)..<Int(common.upperBound - position)]
      }
      position = part.upperBound
    }
    return excerpts
  }

  private func renderer() -> StreamRenderer {
    StreamRenderer(
      schedule: schedule, noiseClips: material.noiseClips,
      signalToNoiseDecibels: options.signalToNoiseDecibels ?? 0, rooms: rooms, seed: options.seed)
  }
}
