import KeywordSpotting
import ModelFormat

/// How the rate of false alarms of ordinary phrases falls with the threshold, in one part of the background.
///
/// Learned from hundreds of phrases when the file was made (``ReferencePhrases``). In a few hours of speech, one phrase
/// shows its own rate where false alarms are common, and almost nothing where they are rare. Levels are thresholds as
/// logits, `first + step · k` of ``DeclineLevels``.
///
/// | member | shape | meaning |
/// |---|---|---|
/// | `ratePerHour` | | mean rate of events at the first level |
/// | `rateHours` | | weight of this mean, in hours of a phrase's own events |
/// | `weight` | | weight of the shares below, in events of a phrase |
/// | `survival` | `[L − 1]` | share of the events of level k that reach level k + 1, above 0, at most 1 |
public struct TypicalDecline: Equatable, Sendable {
  /// Events per hour at the first level.
  public var ratePerHour: Float
  /// The weight of ``ratePerHour``, in hours.
  public var rateHours: Float
  /// The weight of ``survival``, in events.
  public var weight: Float
  /// `[L − 1]`, shares above 0, at most 1.
  public var survival: [Float]

  /// Creates a decline from its members.
  public init(ratePerHour: Float, rateHours: Float, weight: Float, survival: [Float]) {
    self.ratePerHour = ratePerHour
    self.rateHours = rateHours
    self.weight = weight
    self.survival = survival
  }

  /// The decline without a background's results: scores are probabilities, and false alarms fall with their odds.
  public static func standard(_ levels: DeclineLevels) -> TypicalDecline {
    TypicalDecline(
      ratePerHour: 30, rateHours: 0.02, weight: 16,
      survival: [Float](repeating: FloatFunctions.exponential(-levels.step), count: levels.count - 1))
  }
}

/// The thresholds at which false alarms are counted, as logits: `count` levels at `first + step · k`.
public struct DeclineLevels: Equatable, Sendable {
  /// The logit of level 0.
  public var first: Float
  /// The distance between levels, above 0.
  public var step: Float
  /// The number of levels L.
  public var count: Int

  /// Creates levels from their members.
  public init(first: Float, step: Float, count: Int) {
    self.first = first
    self.step = step
    self.count = count
  }

  /// Scores from 0.007 to 0.9998.
  public static let standard = DeclineLevels(first: -5, step: 0.5, count: 28)
  static let maximumCount = 256

  /// The logit of a level.
  public func logit(_ level: Int) -> Float { first + step * Float(level) }

  /// The highest level at or below a logit; `nil` below the first.
  public func level(of logit: Float) -> Int? {
    guard logit >= first else { return nil }
    return logit >= self.logit(count - 1) ? count - 1 : min(count - 1, Int((logit - first) / step))
  }
}
