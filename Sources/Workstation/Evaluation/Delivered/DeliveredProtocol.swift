import Training

/// Inputs and constants of an evaluation of what a user gets.
public struct DeliveredOptions: Sendable {
  /// The streams of running speech.
  public var conditions = [StreamCondition(), StreamCondition(signalToNoiseDecibels: 10)]
  /// What is heard alone before a phrase, and for how long, in seconds.
  public var floors: [QuietFloor] = [.silence, .white(decibels: -70), .recorded(decibels: -60), .own]
  public var seconds: [Double] = [5, 60]
  /// At most this many recordings of a phrase are heard in a stream, and after quiet, drawn with the seed.
  public var occurrencesPerPhrase = 100
  public var occurrencesAfterQuiet = 20
  /// Phrases with fewer recordings are reported, but left out of the mean.
  public var occurrencesForMean = 10
  /// At most this much background; the whole by default.
  public var longestBackgroundHours = Double.infinity
  public var seed: UInt64 = 1

  public init() {}
}

/// What a user gets: misses and false alarms at the thresholds that enrollment sets, wherever a device is.
///
/// Phrases are heard in the streams of ``StreamProtocol``, and after the floors of ``QuietProtocol``, once with nothing said after
/// them and once with a command right after them.
public struct DeliveredProtocol {
  private let hearing: QuietHearing
  private let stream: (StreamCondition, PhrasePauses) throws -> StreamProtocol
  private let options: DeliveredOptions

  /// - Parameters:
  ///   - background: utterances with text; those that contain a phrase are left out.
  ///   - phrases: utterances whose text is the phrase that they hold.
  ///   - noise: clips without text; needed where a stream has noise or a floor is recorded.
  public init(
    background: [PreparedCorpus], phrases: [PreparedCorpus], noise: [PreparedCorpus], model: EvaluatedModel,
    options: DeliveredOptions = .init()
  ) throws(EvaluationError) {
    hearing = try QuietHearing(
      background: background, phrases: phrases, noise: options.floors.contains(where: \.isRecorded) ? noise : nil,
      model: model, occurrencesPerPhrase: options.occurrencesAfterQuiet,
      longestBackgroundHours: options.longestBackgroundHours, seed: options.seed)
    stream = { condition, pauses in
      var streamOptions = StreamOptions()
      streamOptions.condition = condition
      streamOptions.pauses = pauses
      streamOptions.occurrencesPerPhrase = options.occurrencesPerPhrase
      streamOptions.longestBackgroundHours = options.longestBackgroundHours
      streamOptions.seed = options.seed
      return try StreamProtocol(
        background: background, phrases: phrases, noise: noise, model: model, options: streamOptions)
    }
    self.options = options
  }

  /// Hears everything, and measures.
  ///
  /// - Parameter progress: what is done, and how much of how much of it.
  public func run(
    thresholds source: ThresholdSource, scorer: some AcousticScorer, bootstrap: Bootstrap? = Bootstrap(),
    progress: (String, Int, Int) -> Void = { _, _, _ in }
  ) throws -> DeliveredReport {
    let thresholds = try hearing.logOdds(source, scorer: scorer, progress: progress)
    var heard: [DeliveredReport.Heard] = []
    for condition in options.conditions {
      let label = "seconds of the stream (\(condition.name)"
      let alone = try stream(condition, .around).outcomes(scorer: scorer) { progress("\(label))", $0, $1) }
      let followed = try stream(condition, .before).outcomes(scorer: scorer) { progress("\(label), commands)", $0, $1) }
      heard.append(
        DeliveredReport.Heard(
          name: "running speech, \(condition.title)", alone: Self.scores(alone), followed: Self.scores(followed),
          outcomes: alone))
    }
    for floor in options.floors {
      for seconds in options.seconds {
        let conditions = [false, true].map {
          QuietCondition(
            before: .floor(seconds: seconds), floor: floor, decibels: QuietOptions.standardDecibels, hasCommand: $0)
        }
        let scores = hearing.scores(in: conditions, scorer: scorer) {
          progress("\(conditions[0].title): \($0)", $1, $2)
        }
        heard.append(
          DeliveredReport.Heard(
            name: "after \(conditions[0].title)", alone: byPhrase(scores[0]), followed: byPhrase(scores[1]),
            outcomes: []))
      }
    }
    return DeliveredReport(
      texts: hearing.texts, thresholds: thresholds, thresholdSource: source.name, heard: heard, options: options,
      bootstrap: bootstrap)
  }

  /// Of each phrase, the log odds of its occurrences' hits.
  private static func scores(_ outcomes: [StreamOutcome]) -> [[Double]] {
    outcomes.map { $0.hits.map { $0?.score ?? -.infinity } }
  }

  private func byPhrase(_ scores: [Double]) -> [[Double]] {
    var byPhrase = [[Double]](repeating: [], count: hearing.texts.count)
    for (clip, score) in zip(hearing.clips, scores) { byPhrase[clip].append(score) }
    return byPhrase
  }
}
