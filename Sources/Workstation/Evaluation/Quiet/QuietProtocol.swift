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
  private let hearing: QuietHearing
  private let options: QuietOptions

  /// - Parameters:
  ///   - background: utterances with text, heard before phrases and in the stream that sets thresholds; those that contain a phrase
  ///     are left out.
  ///   - phrases: utterances whose text is the phrase that they hold.
  ///   - noise: clips without text; needed where a floor is recorded.
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

  /// Renders every stream, hears it, and measures.
  ///
  /// - Parameter progress: what is done, and how much of how much of it.
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

  /// What the scorer hears of a recording in a condition, and where its phrase is said.
  ///
  /// - Parameter recording: counted from 0, phrase by phrase.
  public func samples(ofRecording recording: Int, in condition: QuietCondition) -> (
    samples: [Int16], occurrence: StreamOccurrence
  ) {
    hearing.samples(ofRecording: recording, in: condition)
  }
}
