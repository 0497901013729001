import KeywordSpotting

/// False alarms an hour as a function of the threshold: over the mix of the background, and over each of its kinds and conditions.
///
/// The rate over a mix is that of all events together, each weighted by its part's share of the mix over the hours heard of that
/// part. The weights are scaled so that the events count as those of `1 / Σ share² / hours` hours: parts that were heard for less
/// time than their share tell less.
public struct FalseAlarmForecast: Equatable, Sendable {
  /// Over the mix: what a threshold is set for.
  public let mixed: FalseAlarmRate
  /// Of each kind of ``BackgroundMix/kinds``, heard in all conditions; nil where the background has none of it.
  public let kinds: [FalseAlarmRate?]
  /// Of each condition of ``BackgroundMix/conditions``, over all kinds; nil where the background has none of it.
  public let conditions: [FalseAlarmRate?]
  public let mix: BackgroundMix
  /// Hours heard.
  public let hours: Float

  public init(
    mixed: FalseAlarmRate, kinds: [FalseAlarmRate?], conditions: [FalseAlarmRate?], mix: BackgroundMix, hours: Float
  ) {
    self.mixed = mixed
    self.kinds = kinds
    self.conditions = conditions
    self.mix = mix
    self.hours = hours
  }

  /// Expected false alarms an hour where every event of at least this logit is one.
  public func perHour(atLogit logit: Float) -> Float { mixed.perHour(atLogit: logit) }

  /// Expected false alarms an hour at a score, 0…1.
  public func perHour(atThreshold threshold: Float) -> Float { mixed.perHour(atThreshold: threshold) }

  /// The lowest logit from which there are at most so many false alarms an hour.
  public func logit(atMostPerHour rate: Float) -> Float { mixed.logit(atMostPerHour: rate) }
}

/// The threshold that goes with a rate of false alarms.
public struct AdvisedThreshold: Equatable, Sendable {
  /// Why the threshold is not the one that the rate asks for.
  public enum Bound: Equatable, Sendable {
    /// A lower threshold would do, but an hour of speech does not tell enough to go below.
    case lowest
    /// A higher one would be needed, but scores that near to 1 cannot be told apart.
    case highest
  }

  /// The score of the lowest threshold that is advised.
  public static let lowest: Float = 0.01
  /// The logit of the highest: beyond it two scores may be one `Float`, whose values lie 6·10⁻⁸ apart below 1.
  public static let highestLogit: Float = 14

  /// 0…1, as an enrollment holds it.
  public var threshold: Float
  /// False alarms an hour that are expected at it.
  public var falseAlarmsPerHour: Float
  public var bound: Bound?

  /// The threshold for a rate, within the bounds.
  public init(for forecast: FalseAlarmForecast, targetPerHour: Float) {
    let wanted = forecast.logit(atMostPerHour: targetPerHour)
    let lowest = FalseAlarmRate.logit(ofScore: AdvisedThreshold.lowest)
    let logit = max(lowest, min(AdvisedThreshold.highestLogit, wanted))
    bound = wanted < lowest ? .lowest : wanted > AdvisedThreshold.highestLogit ? .highest : nil
    threshold = FloatFunctions.logistic(logit)
    falseAlarmsPerHour = forecast.perHour(atLogit: logit)
  }
}
