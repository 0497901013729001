/// How well scores separate positives from negatives, over all thresholds. A larger score means "more likely positive".
///
/// A pair is accepted if `score ≥ threshold`. Construction takes O(n log n). Tied positives and negatives form one
/// operating point, so no metric depends on the order of the input.
public struct RankingMetrics: Sendable {
  /// One operating point.
  public struct Point: Equatable, Sendable {
    /// The lowest accepted score.
    public var threshold: Double
    /// Share of the negatives accepted.
    public var falsePositiveRate: Double
    /// Share of the positives accepted.
    public var truePositiveRate: Double
    /// Share of the positives among the accepted scores; 1 if nothing is accepted.
    public var precision: Double
  }

  /// From accepting nothing (threshold +∞) to accepting everything, with one point per distinct score.
  public let points: [Point]
  /// The number of positives.
  public let positiveCount: Int
  /// The number of negatives.
  public let negativeCount: Int

  /// Computes the operating points.
  ///
  /// - Precondition: each list has at least one score; no NaN.
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

  /// - Parameter scores: in descending order. Scores of weight 0 are ignored.
  /// - Returns: `nil` if a class has no score.
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

  /// The equal error rate: where the receiver operating characteristic, interpolated linearly, meets
  /// `false positive rate = 1 − true positive rate`.
  public var equalErrorRate: Double {
    for (before, after) in zip(points, points.dropFirst()) {
      let gapBefore = 1 - before.truePositiveRate - before.falsePositiveRate
      let gapAfter = 1 - after.truePositiveRate - after.falsePositiveRate
      guard gapAfter <= 0 else { continue }
      let share = gapBefore / (gapBefore - gapAfter)
      return before.falsePositiveRate + share * (after.falsePositiveRate - before.falsePositiveRate)
    }
    return 1  // Unreachable: the last point accepts everything, and its gap is −1.
  }

  /// Area under the receiver operating characteristic by trapezoids: the probability that a positive scores higher than
  /// a negative, with ties counted half.
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
