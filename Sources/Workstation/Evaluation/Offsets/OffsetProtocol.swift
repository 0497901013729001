import Training

/// Inputs and constants of an evaluation of a score's steadiness.
public struct OffsetOptions: Sendable {
  /// At most this many recordings of a phrase are used, drawn with the seed.
  public var occurrencesPerPhrase = 20
  /// Phrases with fewer recordings are reported, but left out of the mean.
  public var occurrencesForMean = 10
  /// At most this much speech sets thresholds and comes before phrases; the whole by default.
  public var longestBackgroundHours = Double.infinity
  public var seed: UInt64 = 1

  public init() {}
}

/// The offset protocol: the same stream, begun up to 39 ms later.
///
/// The encoder gives a frame each 40 ms, so where a phrase lies between two of them is left to chance, and its score with it. Each
/// recording is heard in running speech (``QuietOptions/running``), in a stream of which the first 0, 1, … 39 ms are left out.
public struct OffsetProtocol {
  public static let offsetCount = 40
  /// 1 ms.
  static let offsetSamples = 16

  private let hearing: QuietHearing
  private let options: OffsetOptions

  /// - Parameters:
  ///   - background: utterances with text, heard before phrases and in the stream that sets thresholds; those that contain a phrase
  ///     are left out.
  ///   - phrases: utterances whose text is the phrase that they hold.
  public init(
    background: [PreparedCorpus], phrases: [PreparedCorpus], model: EvaluatedModel, options: OffsetOptions = .init()
  ) throws(EvaluationError) {
    hearing = try QuietHearing(
      background: background, phrases: phrases, noise: nil, model: model,
      occurrencesPerPhrase: options.occurrencesPerPhrase, longestBackgroundHours: options.longestBackgroundHours,
      seed: options.seed)
    self.options = options
  }

  /// Renders every stream, hears it at every offset, and measures.
  ///
  /// - Parameter progress: what is done, and how much of how much of it.
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
