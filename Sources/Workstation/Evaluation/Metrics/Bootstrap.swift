import SeededRandom
import Training

/// A percentile interval of a statistic over resampled items.
public struct ConfidenceInterval: Equatable, Sendable, Codable {
  /// The lower bound.
  public var lower: Double
  /// The upper bound.
  public var upper: Double

  /// Creates an interval.
  public init(lower: Double, upper: Double) {
    self.lower = lower
    self.upper = upper
  }
}

/// The percentile bootstrap: draws items with replacement and recomputes the statistic for each draw.
///
/// Items must be independent. If members of a group are not (all pairs of one anchor, all utterances of one speaker),
/// pass whole groups as items. The result depends only on the seed.
///
/// - Reference: Efron, Tibshirani 1993, "An Introduction to the Bootstrap", §13.3.
public struct Bootstrap: Sendable {
  /// The number of draws.
  public var resampleCount: Int
  /// Determines the draws.
  public var seed: UInt64
  /// Probability mass of the interval.
  public var level: Double

  /// Creates a bootstrap.
  ///
  /// - Precondition: `resampleCount > 0`, `0 < level < 1`.
  public init(resampleCount: Int = 1_000, seed: UInt64 = 1, level: Double = 0.95) {
    precondition(resampleCount > 0 && level > 0 && level < 1)
    self.resampleCount = resampleCount
    self.seed = seed
    self.level = level
  }

  /// The interval of a statistic of `itemCount` items.
  ///
  /// - Parameter statistic: computes the value for drawn item indices, as many as there are items. Draws for which it
  ///   returns `nil` (for example, with only one class) are ignored.
  /// - Returns: `nil` without items, or if fewer than half of the draws have a value.
  public func interval(itemCount: Int, statistic: ([Int]) -> Double?) -> ConfidenceInterval? {
    var values: [Double] = []
    forEachDraw(itemCount: itemCount) { drawn in
      if let value = statistic(drawn) { values.append(value) }
    }
    return interval(of: values)
  }

  /// Calls `body` with the drawn item indices of each resample, as many as there are items. Does nothing without items.
  ///
  /// Use it to compute several statistics of the same draws, and ``interval(of:)`` for their intervals.
  public func forEachDraw(itemCount: Int, _ body: ([Int]) -> Void) {
    guard itemCount > 0 else { return }
    var generator = SplitMix64(seed: seed)
    var drawn = [Int](repeating: 0, count: itemCount)
    for _ in 0..<resampleCount {
      for position in 0..<itemCount { drawn[position] = generator.nextIndex(itemCount) }
      body(drawn)
    }
  }

  /// The interval of a statistic's values over the resamples, in any order.
  ///
  /// - Returns: `nil` if fewer than half of the resamples have a value.
  public func interval(of values: [Double]) -> ConfidenceInterval? {
    guard !values.isEmpty, values.count * 2 >= resampleCount else { return nil }
    let ascending = values.sorted()
    return ConfidenceInterval(
      lower: Self.quantile(ascending, (1 - level) / 2), upper: Self.quantile(ascending, (1 + level) / 2))
  }

  /// The q-quantile of ascending values, interpolated linearly between the two nearest ranks (Hyndman-Fan type 7).
  ///
  /// - Precondition: at least one value, `0 ≤ q ≤ 1`.
  public static func quantile(_ ascending: [Double], _ q: Double) -> Double {
    let position = q * Double(ascending.count - 1)
    let lower = Int(position.rounded(.down))
    let upper = min(lower + 1, ascending.count - 1)
    return ascending[lower] + (position - Double(lower)) * (ascending[upper] - ascending[lower])
  }
}
