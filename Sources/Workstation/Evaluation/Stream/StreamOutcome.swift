/// A candidate of a detector on a stream, of any score. Times are in samples since the start of the stream.
public struct StreamCandidate: Equatable, Sendable {
  /// Index of the phrase.
  public var phraseIndex: Int
  /// Start of the candidate's range.
  public var startSample: Int64
  /// End of the candidate's range.
  public var endSample: Int64
  /// The score in any monotone unit, such as log odds.
  public var score: Double
  /// The number of samples the detector had processed when it reported the candidate. Latency is measured to this
  /// point.
  public var reportedSample: Int64

  /// Creates a candidate.
  public init(phraseIndex: Int, startSample: Int64, endSample: Int64, score: Double, reportedSample: Int64) {
    self.phraseIndex = phraseIndex
    self.startSample = startSample
    self.endSample = endSample
    self.score = score
    self.reportedSample = reportedSample
  }
}

/// The result of one phrase's candidates, for every threshold at once.
///
/// With tolerance τ = 0.5 s:
/// - an occurrence is *hit* by a candidate that ends between the occurrence's start and its end + τ. Its score is that
///   of its best candidate;
/// - a candidate is a *false alarm* if its range overlaps no occurrence of the phrase, each extended by τ at both ends;
/// - a false alarm within a refractory period (1 s, end to end) of a better one is the same event and is not counted
///   again, because a detector would not report it again.
public struct StreamOutcome: Sendable {
  /// τ.
  public static let toleranceSamples: Int64 = 8_000
  /// The refractory period.
  public static let refractorySamples: Int64 = 16_000

  /// The occurrences in order of time.
  public let occurrences: [StreamOccurrence]
  /// The best candidate of each occurrence, `nil` without a candidate.
  public let hits: [StreamCandidate?]
  /// Latency of each occurrence: seconds from the end of the phrase to the report of its best candidate.
  public let latenciesSeconds: [Double?]
  /// The false alarms, best first.
  public let falseAlarms: [StreamCandidate]
  /// Scores and false alarms over the time outside the phrase's own occurrences.
  public let tradeoff: DetectionErrorTradeoff

  /// Assigns candidates to occurrences.
  ///
  /// - Parameters:
  ///   - candidates: of this phrase, in any order.
  ///   - occurrences: of this phrase; at least one.
  ///   - streamSampleCount: length of the stream.
  public init(candidates: [StreamCandidate], occurrences: [StreamOccurrence], streamSampleCount: Int64) {
    let tolerance = Self.toleranceSamples
    let sorted = occurrences.sorted { $0.startSample < $1.startSample }
    var hits = [StreamCandidate?](repeating: nil, count: sorted.count)
    var alarms: [StreamCandidate] = []
    for candidate in candidates {
      var touches = false
      // The first occurrence whose extended end is not before the candidate's start.
      var index = Self.partitionPoint(sorted) { $0.endSample + tolerance < candidate.startSample }
      while index < sorted.count, sorted[index].startSample <= candidate.endSample {
        touches = true
        if candidate.endSample <= sorted[index].endSample + tolerance,
          candidate.score > hits[index]?.score ?? -.infinity
        {
          hits[index] = candidate
        }
        index += 1
      }
      if !touches { alarms.append(candidate) }
    }
    self.occurrences = sorted
    self.hits = hits
    latenciesSeconds = zip(hits, sorted).map { hit, occurrence in
      hit.map { Double($0.reportedSample - occurrence.endSample) / 16_000 }
    }
    let ownSamples = sorted.reduce(0) { $0 + $1.endSample + tolerance - $1.startSample }
    falseAlarms = Self.distinctEvents(alarms)
    tradeoff = DetectionErrorTradeoff(
      occurrenceScores: hits.map { $0?.score ?? -.infinity },
      falseAlarmScores: falseAlarms.map(\.score),
      hours: Double(max(1, streamSampleCount - ownSamples)) / 16_000 / 3_600)
  }

  /// Latencies of the occurrences found above a threshold, in ascending order.
  public func latenciesSeconds(above threshold: Double) -> [Double] {
    zip(hits, latenciesSeconds).compactMap { hit, latency in
      hit.map { $0.score > threshold } == true ? latency : nil
    }.sorted()
  }

  /// Best first, without candidates that end within the refractory period of a kept one.
  static func distinctEvents(_ candidates: [StreamCandidate]) -> [StreamCandidate] {
    let byScore = candidates.sorted { ($0.score, $1.endSample) > ($1.score, $0.endSample) }
    var keptEnds: [Int64] = []  // ascending
    return byScore.filter { candidate in
      let index = partitionPoint(keptEnds) { $0 <= candidate.endSample - refractorySamples }
      if index < keptEnds.count, keptEnds[index] < candidate.endSample + refractorySamples { return false }
      keptEnds.insert(candidate.endSample, at: index)
      return true
    }
  }

  /// The first index at which `isBefore` is false. It must be true exactly for a prefix.
  private static func partitionPoint<Element>(_ elements: [Element], _ isBefore: (Element) -> Bool) -> Int {
    var (low, high) = (0, elements.count)
    while low < high {
      let middle = (low + high) / 2
      if isBefore(elements[middle]) { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
