/// The separation of one kind of negative from the positives.
public struct PairResult: Equatable, Sendable, Codable {
  /// `easy` or `hard`.
  public var negatives: PairKind
  /// Words of the anchors; `nil` for all word counts pooled.
  public var wordCount: Int?
  /// Positive pairs.
  public var positiveCount: Int
  /// Negative pairs.
  public var negativeCount: Int
  /// Equal error rate, 0…1.
  public var equalErrorRate: Double
  /// 95 % interval of ``equalErrorRate``.
  public var equalErrorRateInterval: ConfidenceInterval?
  /// Area under the receiver operating characteristic, 0…1.
  public var areaUnderCurve: Double
  /// 95 % interval of ``areaUnderCurve``.
  public var areaUnderCurveInterval: ConfidenceInterval?
  /// Average precision, 0…1.
  public var averagePrecision: Double
  /// 95 % interval of ``averagePrecision``.
  public var averagePrecisionInterval: ConfidenceInterval?
  /// True positive rate at 1 % false positives, 0…1.
  public var truePositiveRateAt1PercentFalsePositives: Double
  /// 95 % interval of ``truePositiveRateAt1PercentFalsePositives``.
  public var truePositiveRateAt1PercentFalsePositivesInterval: ConfidenceInterval?
}

/// Which recordings are the positives. The literature uses both conventions.
public enum PositiveConvention: String, CaseIterable, Sendable, Codable {
  /// Up to three recordings from other speakers, or the anchor's own if there are none.
  case otherSpeakers
  /// The anchor's own recording only.
  case ownRecording
}

/// Results of the pair protocol: per convention, kind of negative and word count, and pooled over the word counts.
///
/// Easy and hard negatives share their positives. Intervals are 95 % intervals, by bootstrap over anchors, because the
/// pairs of an anchor are not independent. The four metrics of a row use the same draws.
public struct PairReport: Sendable, Codable {
  /// The anchors whose own recording belongs to one group of speakers, pooled over the word counts.
  public struct Group: Sendable, Codable {
    /// ``Utterance/speakerGroup``
    public var name: String
    /// Anchors in the group.
    public var anchorCount: Int
    /// Easy and hard negatives against recordings from other speakers.
    public var otherSpeakers: [PairResult]
    /// Easy and hard negatives against the anchors' own recordings.
    public var ownRecording: [PairResult]
  }

  /// Results against recordings from other speakers.
  public var otherSpeakers: [PairResult]
  /// Results against the anchors' own recordings.
  public var ownRecording: [PairResult]
  /// In order of first appearance; empty if no groups were given.
  public var groups: [Group]

  /// Computes the results.
  ///
  /// - Parameters:
  ///   - list: the pairs.
  ///   - scores: one per pair. Larger scores indicate a match.
  ///   - groups: for each anchor, the group of its own recording's speaker.
  ///   - bootstrap: `nil` omits the intervals.
  public init(
    list: PairList, scores: [Double], groups: [String] = [], bootstrap: Bootstrap? = Bootstrap(resampleCount: 400)
  ) {
    precondition(list.pairs.count == scores.count && (groups.isEmpty || groups.count == list.anchorCount))
    func results(_ convention: PositiveConvention) -> [PairResult] {
      let wordCounts: [Int?] = [nil] + Set(list.pairs.map(\.wordCount)).sorted()
      return [PairKind.easy, .hard].flatMap { kind in
        wordCounts.compactMap { wordCount in
          Self.result(list, scores, kind, convention, bootstrap, wordCount: wordCount) {
            wordCount == nil || $0.wordCount == wordCount
          }
        }
      }
    }
    otherSpeakers = results(.otherSpeakers)
    ownRecording = results(.ownRecording)
    self.groups = groups.reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }.map { name in
      func results(_ convention: PositiveConvention) -> [PairResult] {
        [PairKind.easy, .hard].compactMap { kind in
          Self.result(list, scores, kind, convention, bootstrap) { groups[$0.anchorIndex] == name }
        }
      }
      return Group(
        name: name, anchorCount: groups.count { $0 == name }, otherSpeakers: results(.otherSpeakers),
        ownRecording: results(.ownRecording))
    }
  }

  /// The scores of one anchor.
  private struct Anchor {
    var positives: [Double] = []
    var negatives: [Double] = []
  }

  /// - Parameter isIncluded: selects the pairs, either all of an anchor or none.
  private static func result(
    _ list: PairList, _ scores: [Double], _ kind: PairKind, _ convention: PositiveConvention, _ bootstrap: Bootstrap?,
    wordCount: Int? = nil, where isIncluded: (Pair) -> Bool
  ) -> PairResult? {
    var own = [Int: Double]()
    var byAnchor = [Int: Anchor]()
    for (pair, score) in zip(list.pairs, scores) where isIncluded(pair) {
      switch pair.kind {
      case .own: own[pair.anchorIndex] = score
      case .positive where convention == .otherSpeakers:
        byAnchor[pair.anchorIndex, default: Anchor()].positives.append(score)
      case kind: byAnchor[pair.anchorIndex, default: Anchor()].negatives.append(score)
      default: break
      }
    }
    for (index, score) in own where byAnchor[index, default: Anchor()].positives.isEmpty {
      byAnchor[index, default: Anchor()].positives = [score]
    }
    let anchors = byAnchor.sorted { $0.key < $1.key }.map(\.value)

    // Sorted once. A draw only changes how often the scores of an anchor count.
    var scored: [(anchor: Int, item: RankingMetrics.WeightedScore)] = []
    for (index, anchor) in anchors.enumerated() {
      scored += anchor.positives.map { (index, .init(score: $0, weight: 1, isPositive: true)) }
      scored += anchor.negatives.map { (index, .init(score: $0, weight: 1, isPositive: false)) }
    }
    scored.sort { $0.item.score > $1.item.score }
    var items = scored.map(\.item)
    guard let all = RankingMetrics(descending: items) else { return nil }

    var values = [[Double]](repeating: [], count: 4)
    var weights = [Int](repeating: 0, count: anchors.count)
    bootstrap?.forEachDraw(itemCount: anchors.count) { drawn in
      for index in weights.indices { weights[index] = 0 }
      for index in drawn { weights[index] += 1 }
      for index in items.indices { items[index].weight = weights[scored[index].anchor] }
      guard let metrics = RankingMetrics(descending: items) else { return }
      values[0].append(metrics.equalErrorRate)
      values[1].append(metrics.areaUnderCurve)
      values[2].append(metrics.averagePrecision)
      values[3].append(metrics.truePositiveRate(atFalsePositiveRate: 0.01))
    }
    let intervals = values.map { bootstrap?.interval(of: $0) }
    return PairResult(
      negatives: kind, wordCount: wordCount, positiveCount: all.positiveCount, negativeCount: all.negativeCount,
      equalErrorRate: all.equalErrorRate, equalErrorRateInterval: intervals[0],
      areaUnderCurve: all.areaUnderCurve, areaUnderCurveInterval: intervals[1],
      averagePrecision: all.averagePrecision, averagePrecisionInterval: intervals[2],
      truePositiveRateAt1PercentFalsePositives: all.truePositiveRate(atFalsePositiveRate: 0.01),
      truePositiveRateAt1PercentFalsePositivesInterval: intervals[3])
  }
}
