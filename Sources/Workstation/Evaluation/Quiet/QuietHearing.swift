import KeywordSpotting
import TextEnrollment
import Training

/// Recordings of phrases, each heard in streams of its own.
struct QuietHearing {
  private let stage: QuietStage
  private let phrases: [TriedPhrase]
  private let model: EvaluatedModel
  /// Without noise, to set thresholds for so many false alarms an hour.
  private let stream: (Double) throws -> StreamProtocol

  /// The phrases as the corpora spell them.
  var texts: [String] { stage.material.texts }
  /// The phrase of each recording.
  let clips: [Int]

  /// - Parameters:
  ///   - background: utterances with text, for running speech.
  ///   - phrases: utterances whose text is the phrase that they hold.
  ///   - noise: for recorded floors; `nil` where there is none of them.
  init(
    background: [PreparedCorpus], phrases: [PreparedCorpus], noise: [PreparedCorpus]?, model: EvaluatedModel,
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
    stage = QuietStage(material: material, seed: seed)
    self.phrases = try material.enrolled(model)
    self.model = model
    clips = (0..<material.phraseClipCount).map { material.phraseIndex(ofClip: $0) }
    stream = { rate in
      var options = options
      options.workingFalseAlarmsPerHour = rate
      return try StreamProtocol(background: background, phrases: phrases, noise: [], model: model, options: options)
    }
  }

  /// Of each phrase, the log odds from which it counts as found.
  func logOdds(_ source: ThresholdSource, scorer: some AcousticScorer, progress: (String, Int, Int) -> Void) throws
    -> [Double]
  { try source.logOdds(of: phrases, stream: stream, model: model, scorer: scorer, progress: progress) }

  /// Of each condition, of each recording, the log odds of the best candidate that finds the phrase; −∞ where there is none.
  func scores(in conditions: [QuietCondition], scorer: some AcousticScorer, progress: (String, Int, Int) -> Void)
    -> [[Double]]
  {
    let total = conditions.count * clips.count
    let scores = conditions.enumerated().map { index, condition in
      clips.indices.map { clip in
        progress("recordings heard", index * clips.count + clip, total)
        var trial = stage.trial(clip, condition)
        return score(ofRecording: clip, trial.occurrence, scorer) { hear in trial.render(hear) }
      }
    }
    progress("recordings heard", total, total)
    return scores
  }

  /// Of each shift, the log odds for a recording in a stream that begins so many samples later.
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
