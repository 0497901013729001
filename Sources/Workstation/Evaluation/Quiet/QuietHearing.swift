import KeywordSpotting
import TextEnrollment
import Training

/// Recordings of phrases, each placed in separate streams.
struct QuietHearing {
  private let stage: QuietStage
  private let phrases: [TriedPhrase]
  private let model: EvaluatedModel
  /// A stream without noise, to set thresholds for a number of false alarms per hour.
  private let stream: (Double) throws -> StreamProtocol

  /// The phrases in the spelling of the corpora.
  var texts: [String] { stage.material.texts }
  /// The phrase of each recording.
  let clips: [Int]

  /// - Parameters:
  ///   - background: utterances with text, for running speech.
  ///   - phrases: utterances whose text is exactly the phrase.
  ///   - noise: clips for recorded floors; `nil` if there are no such floors.
  ///   - rooms: the rooms of each distance that conditions have.
  init(
    background: [PreparedCorpus], phrases: [PreparedCorpus], noise: [PreparedCorpus]?,
    rooms: [TalkerDistance: StreamRooms] = [:], model: EvaluatedModel,
    occurrencesPerPhrase: Int, longestBackgroundHours: Double, seed: UInt64
  ) throws(EvaluationError) {
    var clean = StreamOptions()
    clean.signalToNoiseDecibels = nil
    clean.occurrencesPerPhrase = occurrencesPerPhrase
    clean.longestBackgroundHours = longestBackgroundHours
    clean.seed = seed
    let options = clean
    let material = try StreamMaterial(
      background: background, phrases: phrases, noise: noise, model: model, options: options)
    stage = QuietStage(material: material, rooms: rooms, seed: seed)
    self.phrases = try material.enrolled(model)
    self.model = model
    clips = (0..<material.phraseClipCount).map { material.phraseIndex(ofClip: $0) }
    stream = { rate in
      var options = options
      options.workingFalseAlarmsPerHour = rate
      return try StreamProtocol(background: background, phrases: phrases, noise: [], model: model, options: options)
    }
  }

  /// For each phrase, the log odds from which it counts as found.
  func logOdds(_ source: ThresholdSource, scorer: some AcousticScorer, progress: (String, Int, Int) -> Void) throws
    -> [Double]
  { try source.logOdds(of: phrases, stream: stream, model: model, scorer: scorer, progress: progress) }

  /// `[condition][recording]`, log odds of the best candidate that finds the phrase; −∞ without a candidate.
  func scores(in conditions: [QuietCondition], scorer: some AcousticScorer, progress: (String, Int, Int) -> Void)
    -> [[Double]]
  {
    let total = conditions.count * clips.count
    let scores = conditions.enumerated().map { index, condition in
      clips.indices.map { clip in
        progress("recordings", index * clips.count + clip, total)
        var trial = stage.trial(clip, condition)
        return score(ofRecording: clip, trial.occurrence, scorer) { hear in trial.render(hear) }
      }
    }
    progress("recordings", total, total)
    return scores
  }

  /// For each shift, the log odds of a recording in a stream that starts that many samples later.
  func scores(ofRecording clip: Int, in condition: QuietCondition, shifts: [Int], scorer: some AcousticScorer)
    -> [Double]
  {
    let (samples, occurrence) = samples(ofRecording: clip, in: condition)
    return shifts.map { shift in
      var shifted = occurrence
      shifted.startSample -= Int64(shift)
      shifted.endSample -= Int64(shift)
      return score(ofRecording: clip, shifted, scorer) { hear in hear(Array(samples[shift...])) }
    }
  }

  func samples(ofRecording clip: Int, in condition: QuietCondition) -> (samples: [Int16], occurrence: StreamOccurrence)
  {
    var trial = stage.trial(clip, condition)
    var samples: [Int16] = []
    trial.render { samples += $0 }
    return (samples, trial.occurrence)
  }

  private func score(
    ofRecording clip: Int, _ occurrence: StreamOccurrence, _ scorer: some AcousticScorer,
    _ render: (([Int16]) -> Void) -> Void
  ) -> Double {
    let detector = StreamDetector(model: model, enrollments: [phrases[clips[clip]].enrollment], keepsFrames: false)
    scorer.resetStream()
    render { detector.process($0, scorer: scorer) }
    detector.finish(scorer: scorer)
    return StreamOutcome(
      candidates: detector.candidates, occurrences: [occurrence], streamSampleCount: detector.sampleCount
    ).hits[0]?.score ?? -.infinity
  }
}
