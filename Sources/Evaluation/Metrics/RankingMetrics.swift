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
    let descendingPositives = positives.sorted(by: >)
    let descendingNegatives = negatives.sorted(by: >)
    var points = [Point(threshold: .infinity, falsePositiveRate: 0, truePositiveRate: 0, precision: 1)]
    var accepted = (positive: 0, negative: 0)
    while accepted.positive < positives.count || accepted.negative < negatives.count {
      let threshold = max(
        accepted.positive < positives.count ? descendingPositives[accepted.positive] : -.infinity,
        accepted.negative < negatives.count ? descendingNegatives[accepted.negative] : -.infinity)
      while accepted.positive < positives.count, descendingPositives[accepted.positive] >= threshold {
        accepted.positive += 1
      }
      while accepted.negative < negatives.count, descendingNegatives[accepted.negative] >= threshold {
        accepted.negative += 1
      }
      points.append(
        Point(
          threshold: threshold, falsePositiveRate: Double(accepted.negative) / Double(negatives.count),
          truePositiveRate: Double(accepted.positive) / Double(positives.count),
          precision: Double(accepted.positive) / Double(accepted.positive + accepted.negative)))
    }
    self.points = points
    positiveCount = positives.count
    negativeCount = negatives.count
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
