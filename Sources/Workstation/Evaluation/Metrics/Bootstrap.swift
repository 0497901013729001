import SeededRandom
import Training

/// A percentile interval of a statistic over resampled items.
public struct ConfidenceInterval: Equatable, Sendable, Codable {
  public var lower: Double
  public var upper: Double

  public init(lower: Double, upper: Double) {
    self.lower = lower
    self.upper = upper
  }
}

/// The percentile bootstrap: items are drawn with replacement, and the statistic is computed anew each time.
///
/// The items must be independent of each other: pass whole groups (all pairs of one anchor, all utterances of one
/// speaker) where the members of a group are not. A function of the seed alone.
///
/// - Reference: Efron, Tibshirani 1993, "An Introduction to the Bootstrap", §13.3.
public struct Bootstrap: Sendable {
  public var resampleCount: Int
  public var seed: UInt64
  /// Probability mass of the interval.
  public var level: Double

  /// - Precondition: `resampleCount > 0`, `0 < level < 1`.
  public init(resampleCount: Int = 1_000, seed: UInt64 = 1, level: Double = 0.95) {
    precondition(resampleCount > 0 && level > 0 && level < 1)
    self.resampleCount = resampleCount
    self.seed = seed
    self.level = level
  }

  /// The interval of a statistic of `itemCount` items.
  ///
  /// - Parameter statistic: gets the drawn item indices (as many as there are items); `nil` where the draw has no
  ///   value (say, all of one class), which leaves the draw out.
  /// - Returns: `nil` without items, or if fewer than half of the draws have a value.
  public func interval(itemCount: Int, statistic: ([Int]) -> Double?) -> ConfidenceInterval? {
    var values: [Double] = []
    forEachDraw(itemCount: itemCount) { drawn in
      if let value = statistic(drawn) { values.append(value) }
    }
    return interval(of: values)
  }

  /// Calls `body` with the drawn item indices of each resample, as many as there are items; never without items.
  ///
  /// For several statistics of the same draws; ``interval(of:)`` makes their intervals.
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
