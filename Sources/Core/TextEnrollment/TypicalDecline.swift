import KeywordSpotting
import ModelFormat

/// How rates of false alarms fall as the threshold rises, for ordinary phrases in one part of the background.
///
/// Learned over hundreds of phrases when the file was made (``ReferencePhrases``): one phrase in a few hours of speech shows its own
/// rate where false alarms are common, and hardly anything of it where they are rare. Levels are thresholds as logits,
/// `firstLogit + step · k`.
///
/// | member | shape | meaning |
/// |---|---|---|
/// | `ratePerHour` | | mean rate of events at the first level |
/// | `rateHours` | | hours of a phrase's own events that this mean weighs as much as |
/// | `weight` | | events of a phrase's own that the shares below weigh as much as |
/// | `survival` | `[L − 1]` | share of the events of level k that reach level k + 1, above 0, at most 1 |
public struct TypicalDecline: Equatable, Sendable {
  public var ratePerHour: Float
  public var rateHours: Float
  public var weight: Float
  public var survival: [Float]

  public init(ratePerHour: Float, rateHours: Float, weight: Float, survival: [Float]) {
    self.ratePerHour = ratePerHour
    self.rateHours = rateHours
    self.weight = weight
    self.survival = survival
  }

  /// Where a background does not tell: scores are probabilities, and false alarms fall as their odds rise.
  public static func standard(_ levels: DeclineLevels) -> TypicalDecline {
    TypicalDecline(
      ratePerHour: 30, rateHours: 0.02, weight: 16,
      survival: [Float](repeating: FloatFunctions.exponential(-levels.step), count: levels.count - 1))
  }
}

/// The thresholds at which false alarms are counted, as logits: `first + step · k`, `count` of them.
public struct DeclineLevels: Equatable, Sendable {
  public var first: Float
  public var step: Float
  public var count: Int

  public init(first: Float, step: Float, count: Int) {
    self.first = first
    self.step = step
    self.count = count
  }

  /// Scores from 0.007 to 0.9998.
  public static let standard = DeclineLevels(first: -5, step: 0.5, count: 28)
  static let maximumCount = 256

  public func logit(_ level: Int) -> Float { first + step * Float(level) }

  /// The highest level that is not above a logit; nil below the first.
  public func level(of logit: Float) -> Int? {
    guard logit >= first else { return nil }
    return logit >= self.logit(count - 1) ? count - 1 : min(count - 1, Int((logit - first) / step))
  }
}
