import Training

/// Inputs and constants of an evaluation of delivered accuracy.
public struct DeliveredOptions: Sendable {
  /// The streams of running speech.
  public var conditions = [StreamCondition(), StreamCondition(signalToNoiseDecibels: 10)]
  /// What precedes a phrase without speech.
  public var floors: [QuietFloor] = [.silence, .white(decibels: -70), .recorded(decibels: -60), .own]
  /// How long it precedes the phrase.
  public var seconds: [Double] = [5, 60]
  /// The maximum number of recordings of a phrase in a stream, drawn with the seed.
  public var occurrencesPerPhrase = 100
  /// The maximum number of recordings of a phrase after quiet.
  public var occurrencesAfterQuiet = 20
  /// Phrases with fewer recordings are reported, but excluded from the mean.
  public var occurrencesForMean = 10
  /// The maximum amount of background; all of it by default.
  public var longestBackgroundHours = Double.infinity
  /// Determines every draw.
  public var seed: UInt64 = 1

  /// Creates the default options.
  public init() {}

  /// The phrase after quiet, at the microphone.
  var quiet: [QuietCondition] {
    floors.flatMap { floor in
      seconds.map {
        QuietCondition(before: .floor(seconds: $0), floor: floor, decibels: QuietOptions.standardDecibels)
      }
    }
  }

  /// The phrase after quiet from each distance of ``conditions``: after the longest of ``seconds`` of the last of
  /// ``floors`` that is not the recording's own. Empty if there is no such floor.
  var quietAcrossRoom: [QuietCondition] {
    guard let floor = floors.last(where: { $0 != .own }), let longest = seconds.max() else { return [] }
    return TalkerDistance.allCases.filter { distance in
      conditions.contains { $0.rooms != nil && $0.distance == distance }
    }.map {
      var condition = QuietCondition(
        before: .floor(seconds: longest), floor: floor, decibels: QuietOptions.standardDecibels)
      condition.distance = $0
      return condition
    }
  }
}

/// The accuracy that a user gets: misses and false alarms at the thresholds set by enrollment, in several situations.
///
/// Phrases are placed in the streams of ``StreamProtocol`` and after the floors of ``QuietProtocol``, also across the
/// rooms of the streams, once followed by a pause and once directly by a command.
public struct DeliveredProtocol {
  private let hearing: QuietHearing
  private let stream: (StreamCondition, PhrasePauses) throws -> StreamProtocol
  private let options: DeliveredOptions

  /// Selects the recordings.
  ///
  /// - Parameters:
  ///   - background: utterances with text. Those that contain a phrase are skipped.
  ///   - phrases: utterances whose text is exactly the phrase.
  ///   - noise: clips without text, required for streams with noise and for recorded floors.
  /// - Throws: ``EvaluationError``.
  public init(
    background: [PreparedCorpus], phrases: [PreparedCorpus], noise: [PreparedCorpus], model: EvaluatedModel,
    options: DeliveredOptions = .init()
  ) throws(EvaluationError) {
    var rooms: [TalkerDistance: StreamRooms] = [:]
    for condition in options.conditions where condition.rooms != nil {
      rooms[condition.distance] = try condition.streamRooms(seed: options.seed)
    }
    hearing = try QuietHearing(
      background: background, phrases: phrases, noise: options.floors.contains(where: \.isRecorded) ? noise : nil,
      rooms: rooms, model: model, occurrencesPerPhrase: options.occurrencesAfterQuiet,
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

  /// Processes every stream and measures.
  ///
  /// - Parameter progress: called with the name of the work, the units done and all units.
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
          name: "running speech, \(condition.title)", isAcrossRoom: condition.rooms != nil,
          alone: Self.scores(alone), followed: Self.scores(followed), outcomes: alone))
    }
    for alone in options.quiet + options.quietAcrossRoom {
      var followed = alone
      followed.hasCommand = true
      let scores = hearing.scores(in: [alone, followed], scorer: scorer) { progress("\(alone.title): \($0)", $1, $2) }
      heard.append(
        DeliveredReport.Heard(
          name: "after \(alone.title)", isAcrossRoom: alone.distance != nil, alone: byPhrase(scores[0]),
          followed: byPhrase(scores[1]), outcomes: []))
    }
    return DeliveredReport(
      texts: hearing.texts, thresholds: thresholds, thresholdSource: source.name, heard: heard, options: options,
      bootstrap: bootstrap)
  }

  /// For each phrase, the log odds of the candidates at its occurrences.
  private static func scores(_ outcomes: [StreamOutcome]) -> [[Double]] {
    outcomes.map { $0.hits.map { $0?.score ?? -.infinity } }
  }

  private func byPhrase(_ scores: [Double]) -> [[Double]] {
    var byPhrase = [[Double]](repeating: [], count: hearing.texts.count)
    for (clip, score) in zip(hearing.clips, scores) { byPhrase[clip].append(score) }
    return byPhrase
  }
}
