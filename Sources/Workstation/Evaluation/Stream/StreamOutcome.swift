/// A candidate that a detector found on a stream, of whatever score. Times are in samples since the stream's start.
public struct StreamCandidate: Equatable, Sendable {
  public var phraseIndex: Int
  /// The stretch in which the phrase would have been said.
  public var startSample: Int64
  public var endSample: Int64
  public var score: Double
  /// How much of the stream the detector had heard when it came with the candidate; latency is measured to here.
  public var reportedSample: Int64

  public init(phraseIndex: Int, startSample: Int64, endSample: Int64, score: Double, reportedSample: Int64) {
    self.phraseIndex = phraseIndex
    self.startSample = startSample
    self.endSample = endSample
    self.score = score
    self.reportedSample = reportedSample
  }
}

/// What one phrase's candidates are worth, for every threshold at once.
///
/// With tolerance τ = 0.5 s:
/// - an occurrence is *hit* by a candidate that ends between the occurrence's start and its end + τ; its score is
///   that of its best candidate;
/// - a candidate is a *false alarm* where its stretch touches no occurrence of the phrase (each prolonged by τ);
/// - a false alarm less than a refractory period (1 s, end to end) from a better one is the same event and does not
///   count again, as no detector would report it again.
public struct StreamOutcome: Sendable {
  public static let toleranceSamples: Int64 = 8_000
  public static let refractorySamples: Int64 = 16_000

  /// In order of time.
  public let occurrences: [StreamOccurrence]
  /// Per occurrence: the best candidate, `nil` where there is none.
  public let hits: [StreamCandidate?]
  /// Latency per occurrence: seconds from the phrase's end to the report of its best candidate.
  public let latenciesSeconds: [Double?]
  /// The false alarms, the best first.
  public let falseAlarms: [StreamCandidate]
  /// Scores and false alarms over the time outside the phrase's own occurrences.
  public let tradeoff: DetectionErrorTradeoff

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
      // The first occurrence whose prolonged end is not before the candidate's start.
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

  /// Latencies in ascending order of the occurrences found above a threshold.
  public func latenciesSeconds(above threshold: Double) -> [Double] {
    zip(hits, latenciesSeconds).compactMap { hit, latency in
      hit.map { $0.score > threshold } == true ? latency : nil
    }.sorted()
  }

  /// Best first; drops what ends within the refractory period of a kept one.
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

  /// The first index at which `isBefore` turns false; it must be true for a prefix only.
  private static func partitionPoint<Element>(_ elements: [Element], _ isBefore: (Element) -> Bool) -> Int {
    var (low, high) = (0, elements.count)
    while low < high {
      let middle = (low + high) / 2
      if isBefore(elements[middle]) { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
