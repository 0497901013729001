import Training

/// Inputs and constants of an evaluation after quiet.
public struct QuietOptions: Sendable {
  /// The floors before and under the phrase.
  public var floors = QuietFloor.standard
  /// How long the floor precedes the phrase, in seconds.
  public var seconds: [Double] = [0.5, 1, 5, 20, 60, 600]
  /// Active levels of the phrase in decibels of full scale, in addition to ``standardDecibels``.
  public var otherDecibels: [Double] = [-45, -10]
  /// Duration of each floor before phrases at those levels.
  public var secondsOfOtherLevels: Double = 20
  /// The maximum number of recordings of a phrase, drawn with the seed.
  public var occurrencesPerPhrase = 20
  /// Phrases with fewer recordings are reported, but excluded from the mean.
  public var occurrencesForMean = 10
  /// The maximum amount of speech for thresholds and before phrases; all of it by default.
  public var longestBackgroundHours = Double.infinity
  /// Determines every draw.
  public var seed: UInt64 = 1

  /// The default active level of a phrase, equal to that of ``StreamRenderer``.
  public static let standardDecibels = -26.0
  /// A change of talkers: the difference in level between the phrase and the preceding speech, in either direction.
  public static let changeDecibels = 20.0

  /// Creates the default options.
  public init() {}

  /// The phrase in running speech, the reference for all comparisons.
  public static let running = QuietCondition(
    before: .speech(decibels: standardDecibels), floor: .ofStreams, decibels: standardDecibels)

  /// All conditions, ``running`` first.
  public var conditions: [QuietCondition] {
    let middle = Self.standardDecibels
    let half = Self.changeDecibels / 2
    var conditions = [Self.running]
    // Softer or louder than the preceding talker, around the standard level.
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

/// The quiet protocol: a phrase after a floor of noise alone, as in an empty room.
///
/// Every recording is placed in every condition of ``QuietOptions/conditions``, each in a separate stream. The log odds
/// of its best candidate are kept, if there is one. ``StreamOutcome`` defines what is found at a threshold.
public struct QuietProtocol {
  private let hearing: QuietHearing
  private let options: QuietOptions

  /// Selects the recordings.
  ///
  /// - Parameters:
  ///   - background: utterances with text, placed before phrases and in the stream that sets thresholds. Those that
  ///     contain a phrase are skipped.
  ///   - phrases: utterances whose text is exactly the phrase.
  ///   - noise: clips without text, required for recorded floors.
  /// - Throws: ``EvaluationError``.
  public init(
    background: [PreparedCorpus], phrases: [PreparedCorpus], noise: [PreparedCorpus], model: EvaluatedModel,
    options: QuietOptions = .init()
  ) throws(EvaluationError) {
    hearing = try QuietHearing(
      background: background, phrases: phrases,
      noise: options.floors.contains(where: \.isRecorded) ? noise : nil,
      model: model, occurrencesPerPhrase: options.occurrencesPerPhrase,
      longestBackgroundHours: options.longestBackgroundHours, seed: options.seed)
    self.options = options
  }

  /// Renders every stream, processes it, and measures.
  ///
  /// - Parameter progress: called with the name of the work, the units done and all units.
  public func run(
    thresholds source: ThresholdSource, scorer: some AcousticScorer, bootstrap: Bootstrap? = Bootstrap(),
    progress: (String, Int, Int) -> Void = { _, _, _ in }
  ) throws -> QuietReport {
    let thresholds = try hearing.logOdds(source, scorer: scorer, progress: progress)
    let conditions = options.conditions
    return QuietReport(
      texts: hearing.texts, thresholds: thresholds, thresholdSource: source.name,
      clips: hearing.clips,
      conditions: conditions,
      scores: hearing.scores(in: conditions, scorer: scorer, progress: progress),
      options: options, bootstrap: bootstrap)
  }

  /// The scorer's input for a recording in a condition, and the position of its phrase.
  ///
  /// - Parameter recording: index counted from 0, phrase by phrase.
  public func samples(ofRecording recording: Int, in condition: QuietCondition) -> (
    samples: [Int16], occurrence: StreamOccurrence
  ) {
    hearing.samples(ofRecording: recording, in: condition)
  }
}
