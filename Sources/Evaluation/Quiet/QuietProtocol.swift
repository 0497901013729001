import KeywordSpotting
import TextEnrollment
import Training

/// Inputs and constants of an evaluation after quiet.
public struct QuietOptions: Sendable {
  public var floors = QuietFloor.standard
  /// How long the floor is heard alone before the phrase, in seconds.
  public var seconds: [Double] = [0.5, 1, 5, 20, 60, 600]
  /// Active levels of the phrase in decibels of full scale, besides ``standardDecibels``.
  public var otherDecibels: [Double] = [-45, -10]
  /// Those levels are heard after so many seconds of each floor.
  public var secondsOfOtherLevels: Double = 20
  /// At most this many recordings of a phrase are used, drawn with the seed.
  public var occurrencesPerPhrase = 20
  /// Phrases with fewer recordings are reported, but left out of the mean.
  public var occurrencesForMean = 10
  /// At most this much speech sets thresholds and comes before phrases; the whole by default.
  public var longestBackgroundHours = Double.infinity
  public var seed: UInt64 = 1

  /// Active level of a phrase unless it is told otherwise: that of ``StreamRenderer``.
  public static let standardDecibels = -26.0
  /// A change of talkers: how much louder the phrase is than the speech before, or softer.
  public static let changeDecibels = 20.0

  public init() {}

  /// The phrase in running speech, what all else is compared with.
  public static let running = QuietCondition(
    before: .speech(decibels: standardDecibels), floor: .ofStreams, decibels: standardDecibels)

  /// Everything that is heard, ``running`` first.
  public var conditions: [QuietCondition] {
    let middle = Self.standardDecibels
    let half = Self.changeDecibels / 2
    var conditions = [Self.running]
    // Softer or louder than who spoke before, around the usual level.
    for step in [half, -half] {
      conditions.append(
        QuietCondition(before: .speech(decibels: middle - step), floor: .ofStreams, decibels: middle + step))
    }
    for level in otherDecibels {
      conditions.append(QuietCondition(before: .speech(decibels: level), floor: .ofStreams, decibels: level))
    }
    for floor in floors {
      let quiet = seconds.map { QuietCondition(before: .floor(seconds: $0), floor: floor, decibels: middle) }
      let others = otherDecibels.map {
        QuietCondition(before: .floor(seconds: secondsOfOtherLevels), floor: floor, decibels: $0)
      }
      conditions += [QuietCondition(before: .speech(decibels: middle), floor: floor, decibels: middle)] + quiet
      conditions += others.flatMap { [$0.afterSpeech, $0] }
    }
    var seen: Set<QuietCondition> = []
    return conditions.filter { seen.insert($0).inserted }
  }
}

/// The quiet protocol: a phrase after nothing but a floor of noise, as a device in an empty room hears it.
///
/// Every recording is heard in every condition of ``QuietOptions/conditions``, each in a stream of its own, and its best candidate
/// is kept with its log odds, or none. What is found at a threshold is decided as ``StreamOutcome`` says.
public struct QuietProtocol {
  private let stage: QuietStage
  private let phrases: [TriedPhrase]
  private let model: EvaluatedModel
  private let options: QuietOptions
  /// Without noise, to set thresholds for so many false alarms an hour.
  private let stream: (Double) throws -> StreamProtocol

  /// - Parameters:
  ///   - background: utterances with text, heard before phrases and in the stream that sets thresholds; those that contain a phrase
  ///     are left out.
  ///   - phrases: utterances whose text is the phrase that they hold.
  ///   - noise: clips without text; needed where a floor is recorded.
  public init(
    background: [PreparedCorpus], phrases: [PreparedCorpus], noise: [PreparedCorpus], model: EvaluatedModel,
    options: QuietOptions = .init()
  ) throws(EvaluationError) {
    var clips = StreamOptions()
    // Without noise under the stream; the material has noise only where a floor needs it.
    clips.signalToNoiseDecibels = options.floors.contains(where: \.isRecorded) ? 0 : nil
    clips.occurrencesPerPhrase = options.occurrencesPerPhrase
    clips.longestBackgroundHours = options.longestBackgroundHours
    clips.seed = options.seed
    let material = try StreamMaterial(
      background: background, phrases: phrases, noise: noise, model: model, options: clips)
    stage = QuietStage(material: material, seed: options.seed)
    self.phrases = try material.enrolled(model)
    self.model = model
    self.options = options
    stream = { rate in
      var streamOptions = clips
      streamOptions.signalToNoiseDecibels = nil
      streamOptions.workingFalseAlarmsPerHour = rate
      return try StreamProtocol(
        background: background, phrases: phrases, noise: [], model: model, options: streamOptions)
    }
  }

  /// Renders every stream, hears it, and measures.
  ///
  /// - Parameter progress: what is done, and how much of how much of it.
  public func run(
    thresholds source: ThresholdSource, scorer: some AcousticScorer, bootstrap: Bootstrap? = Bootstrap(),
    progress: (String, Int, Int) -> Void = { _, _, _ in }
  ) throws -> QuietReport {
    let thresholds = try source.logOdds(
      of: phrases, stream: stream, model: model, scorer: scorer, progress: progress)
    let material = stage.material
    let clips = (0..<material.phraseClipCount).map { material.phraseIndex(ofClip: $0) }
    let conditions = options.conditions
    var scores: [[Double]] = []
    for (index, condition) in conditions.enumerated() {
      scores.append(
        clips.indices.map { clip in
          progress("recordings after quiet", index * clips.count + clip, conditions.count * clips.count)
          return score(stage.trial(clip, condition), phrases[clips[clip]].enrollment, scorer)
        })
    }
    progress("recordings after quiet", conditions.count * clips.count, conditions.count * clips.count)
    return QuietReport(
      texts: material.texts, thresholds: thresholds, thresholdSource: source.name, clips: clips, conditions: conditions,
      scores: scores, options: options, bootstrap: bootstrap)
  }

  /// What the scorer hears of a recording in a condition, and where its phrase is said.
  ///
  /// - Parameter recording: counted from 0, phrase by phrase.
  public func samples(ofRecording recording: Int, in condition: QuietCondition) -> (
    samples: [Int16], occurrence: StreamOccurrence
  ) {
    var trial = stage.trial(recording, condition)
    var samples: [Int16] = []
    trial.render { samples += $0 }
    return (samples, trial.occurrence)
  }

  /// The log odds of the best candidate that finds the phrase; −∞ where there is none.
  private func score(_ trial: QuietTrial, _ enrollment: Enrollment, _ scorer: some AcousticScorer) -> Double {
    let detector = StreamDetector(model: model, enrollments: [enrollment])
    scorer.resetStream()
    var trial = trial
    trial.render { detector.process($0, scorer: scorer) }
    detector.finish(scorer: scorer)
    return StreamOutcome(
      candidates: detector.candidates, occurrences: [trial.occurrence], streamSampleCount: Int64(trial.sampleCount)
    ).hits[0]?.score ?? -.infinity
  }
}
