/// How well scores part positives from negatives, over every threshold; a larger score means "more likely positive".
///
/// A pair is accepted where `score ≥ threshold`. Built once in O(n log n); ties between a positive and a negative are one
/// operating point, so that no metric depends on the order of the input.
public struct RankingMetrics: Sendable {
  /// One operating point.
  public struct Point: Equatable, Sendable {
    public var threshold: Double
    /// Share of the negatives accepted.
    public var falsePositiveRate: Double
    /// Share of the positives accepted.
    public var truePositiveRate: Double
    /// Share of the positives among the accepted; 1 where none is accepted.
    public var precision: Double
  }

  /// From accepting nothing (threshold +∞) to accepting all; one point for each distinct score.
  public let points: [Point]
  public let positiveCount: Int
  public let negativeCount: Int

  /// - Precondition: both lists hold at least one score; no NaN.
  public init(positives: [Double], negatives: [Double]) {
    precondition(!positives.isEmpty && !negatives.isEmpty, "both classes need scores")
    let scores =
      positives.map { WeightedScore(score: $0, weight: 1, isPositive: true) }
      + negatives.map { WeightedScore(score: $0, weight: 1, isPositive: false) }
    self.init(descending: scores.sorted { $0.score > $1.score })!
  }

  /// A score that counts `weight` times.
  struct WeightedScore {
    var score: Double
    var weight: Int
    var isPositive: Bool
  }

  /// - Parameter scores: with the largest first; those of weight 0 are as if they were not there.
  /// - Returns: `nil` where a class has no score.
  init?(descending scores: some Collection<WeightedScore>) {
    var positiveCount = 0
    var negativeCount = 0
    for item in scores {
      if item.isPositive { positiveCount += item.weight } else { negativeCount += item.weight }
    }
    guard positiveCount > 0, negativeCount > 0 else { return nil }
    var points = [Point(threshold: .infinity, falsePositiveRate: 0, truePositiveRate: 0, precision: 1)]
    points.reserveCapacity(scores.count + 1)
    var accepted = (positive: 0, negative: 0)
    var isPending = false
    var threshold = 0.0
    func close() {
      points.append(
        Point(
          threshold: threshold, falsePositiveRate: Double(accepted.negative) / Double(negativeCount),
          truePositiveRate: Double(accepted.positive) / Double(positiveCount),
          precision: Double(accepted.positive) / Double(accepted.positive + accepted.negative)))
    }
    for item in scores where item.weight > 0 {
      if isPending, item.score != threshold { close() }
      isPending = true
      threshold = item.score
      if item.isPositive { accepted.positive += item.weight } else { accepted.negative += item.weight }
    }
    close()
    self.points = points
    self.positiveCount = positiveCount
    self.negativeCount = negativeCount
  }

  /// The rate at which the receiver operating characteristic, joined by straight lines, meets
  /// `false positive rate = 1 − true positive rate`.
  public var equalErrorRate: Double {
    for (before, after) in zip(points, points.dropFirst()) {
      let gapBefore = 1 - before.truePositiveRate - before.falsePositiveRate
      let gapAfter = 1 - after.truePositiveRate - after.falsePositiveRate
      guard gapAfter <= 0 else { continue }
      let share = gapBefore / (gapBefore - gapAfter)
      return before.falsePositiveRate + share * (after.falsePositiveRate - before.falsePositiveRate)
    }
    return 1  // Not reached: the last point accepts all, its gap is −1.
  }

  /// Area under the receiver operating characteristic by trapezoids: the probability that a positive scores above a
  /// negative, ties counted half.
  public var areaUnderCurve: Double {
    zip(points, points.dropFirst()).reduce(0) { area, pair in
      area + (pair.1.falsePositiveRate - pair.0.falsePositiveRate)
        * (pair.1.truePositiveRate + pair.0.truePositiveRate) / 2
    }
  }

  /// `Σ (recall_n − recall_{n−1}) · precision_n`, without interpolation.
  public var averagePrecision: Double {
    zip(points, points.dropFirst()).reduce(0) { sum, pair in
      sum + (pair.1.truePositiveRate - pair.0.truePositiveRate) * pair.1.precision
    }
  }

  /// The largest true positive rate of a threshold that accepts at most this share of the negatives.
  public func truePositiveRate(atFalsePositiveRate limit: Double) -> Double {
    points.last { $0.falsePositiveRate <= limit }?.truePositiveRate ?? 0
  }
}
