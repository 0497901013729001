import KeywordSpotting

/// Expected false alarms per hour as a function of the threshold, for the mix of the background and for each kind and
/// condition.
///
/// The rate for a mix weights each event by the share of its part divided by the hours of speech of that part. The
/// weights are scaled so that the events count as those of `1 / Σ share² / hours` hours. A part with fewer hours than
/// its share contributes less evidence.
public struct FalseAlarmForecast: Equatable, Sendable {
  /// For the mix, which thresholds are set for.
  public let mixed: FalseAlarmRate
  /// For each kind of ``BackgroundMix/kinds`` over all conditions; `nil` if the background has no speech of it.
  public let kinds: [FalseAlarmRate?]
  /// For each condition of ``BackgroundMix/conditions`` over all kinds; `nil` if the background has no speech of it.
  public let conditions: [FalseAlarmRate?]
  /// The mix of the background.
  public let mix: BackgroundMix
  /// Hours of speech.
  public let hours: Float

  /// Creates a forecast from its rates.
  public init(
    mixed: FalseAlarmRate, kinds: [FalseAlarmRate?], conditions: [FalseAlarmRate?], mix: BackgroundMix, hours: Float
  ) {
    self.mixed = mixed
    self.kinds = kinds
    self.conditions = conditions
    self.mix = mix
    self.hours = hours
  }

  /// Expected false alarms per hour if each event with at least this logit is one.
  public func perHour(atLogit logit: Float) -> Float { mixed.perHour(atLogit: logit) }

  /// Expected false alarms per hour at a score, 0…1.
  public func perHour(atThreshold threshold: Float) -> Float { mixed.perHour(atThreshold: threshold) }

  /// The lowest logit with at most this number of false alarms per hour.
  public func logit(atMostPerHour rate: Float) -> Float { mixed.logit(atMostPerHour: rate) }
}

/// The threshold for a rate of false alarms.
public struct AdvisedThreshold: Equatable, Sendable {
  /// The bound that applied instead of the target rate.
  public enum Bound: Equatable, Sendable {
    /// A lower threshold would do, but an hour of speech is not enough evidence for it.
    case lowest
    /// A higher threshold would be needed, but scores that close to 1 cannot be distinguished.
    case highest
  }

  /// The lowest advised threshold, as a score.
  public static let lowest: Float = 0.01
  /// The logit of the highest advised threshold. Above it, two scores may be the same `Float`, because values just
  /// below 1 are 6·10⁻⁸ apart.
  public static let highestLogit: Float = 14

  /// The threshold for the enrollment, 0…1.
  public var threshold: Float
  /// The expected false alarms per hour at this threshold.
  public var falseAlarmsPerHour: Float
  /// The bound that applied; `nil` if the threshold meets the target rate.
  public var bound: Bound?

  /// The threshold for a target rate, within the bounds.
  public init(for forecast: FalseAlarmForecast, targetPerHour: Float) {
    let wanted = forecast.logit(atMostPerHour: targetPerHour)
    let lowest = FalseAlarmRate.logit(ofScore: AdvisedThreshold.lowest)
    let logit = max(lowest, min(AdvisedThreshold.highestLogit, wanted))
    bound = wanted < lowest ? .lowest : wanted > AdvisedThreshold.highestLogit ? .highest : nil
    threshold = FloatFunctions.logistic(logit)
    falseAlarmsPerHour = forecast.perHour(atLogit: logit)
  }
}
