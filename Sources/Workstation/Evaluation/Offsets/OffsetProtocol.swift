import Training

/// Inputs and constants of an evaluation of score stability.
public struct OffsetOptions: Sendable {
  /// The maximum number of recordings of a phrase, drawn with the seed.
  public var occurrencesPerPhrase = 20
  /// Phrases with fewer recordings are reported, but excluded from the mean.
  public var occurrencesForMean = 10
  /// The maximum amount of speech for thresholds and before phrases; all of it by default.
  public var longestBackgroundHours = Double.infinity
  /// Determines every draw.
  public var seed: UInt64 = 1

  /// Creates the default options.
  public init() {}
}

/// The offset protocol: the same stream, started up to 39 ms later.
///
/// The encoder emits a frame every 40 ms. The position of a phrase relative to the frames is random and changes its
/// score. Each recording is placed in running speech (``QuietOptions/running``), in a stream whose first 0, 1, … 39 ms
/// are cut off.
public struct OffsetProtocol {
  /// Offsets of each stream, in steps of 1 ms.
  public static let offsetCount = 40
  /// 1 ms.
  static let offsetSamples = 16

  private let hearing: QuietHearing
  private let options: OffsetOptions

  /// Selects the recordings.
  ///
  /// - Parameters:
  ///   - background: utterances with text, placed before phrases and in the stream that sets thresholds. Those that
  ///     contain a phrase are skipped.
  ///   - phrases: utterances whose text is exactly the phrase.
  /// - Throws: ``EvaluationError``.
  public init(
    background: [PreparedCorpus], phrases: [PreparedCorpus], model: EvaluatedModel, options: OffsetOptions = .init()
  ) throws(EvaluationError) {
    hearing = try QuietHearing(
      background: background, phrases: phrases, noise: nil, model: model,
      occurrencesPerPhrase: options.occurrencesPerPhrase, longestBackgroundHours: options.longestBackgroundHours,
      seed: options.seed)
    self.options = options
  }

  /// Renders every stream, processes it at every offset, and measures.
  ///
  /// - Parameter progress: called with the name of the work, the units done and all units.
  public func run(
    thresholds source: ThresholdSource, scorer: some AcousticScorer,
    progress: (String, Int, Int) -> Void = { _, _, _ in }
  ) throws -> OffsetReport {
    let thresholds = try hearing.logOdds(source, scorer: scorer, progress: progress)
    let shifts = (0..<Self.offsetCount).map { $0 * Self.offsetSamples }
    let scores = hearing.clips.indices.map { clip in
      progress("recordings heard", clip + 1, hearing.clips.count)
      return hearing.scores(ofRecording: clip, in: QuietOptions.running, shifts: shifts, scorer: scorer)
    }
    return OffsetReport(
      texts: hearing.texts, thresholds: thresholds, thresholdSource: source.name, clips: hearing.clips, scores: scores,
      occurrencesForMean: options.occurrencesForMean)
  }
}
