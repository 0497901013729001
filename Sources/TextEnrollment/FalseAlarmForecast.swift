import KeywordSpotting

/// False alarms an hour as a function of the threshold, over speech as it was recorded and augmented speech.
///
/// Noise changes how often a phrase is heard where it is not said, and how much so depends on the phrase; so each condition has
/// a rate of its own, and the rate over all is their mean, weighted by the hours heard of each.
public struct FalseAlarmForecast: Equatable, Sendable {
  /// In speech as it was recorded; nil where the background has none.
  public let quiet: FalseAlarmRate?
  /// In augmented speech; nil where the background has none.
  public let noisy: FalseAlarmRate?

  /// - Precondition: there is one of them.
  public init(quiet: FalseAlarmRate?, noisy: FalseAlarmRate?) {
    precondition(quiet != nil || noisy != nil)
    self.quiet = quiet
    self.noisy = noisy
  }

  /// Hours heard.
  public var hours: Float { (quiet?.hours ?? 0) + (noisy?.hours ?? 0) }

  /// Expected false alarms an hour where every event of at least this logit is one.
  public func perHour(atLogit logit: Float) -> Float {
    var count: Float = 0
    if let quiet { count += quiet.perHour(atLogit: logit) * quiet.hours }
    if let noisy { count += noisy.perHour(atLogit: logit) * noisy.hours }
    return count / hours
  }

  /// Expected false alarms an hour at a score, 0…1.
  public func perHour(atThreshold threshold: Float) -> Float {
    perHour(atLogit: FalseAlarmRate.logit(ofScore: threshold))
  }

  /// The lowest logit from which there are at most so many false alarms an hour.
  public func logit(atMostPerHour rate: Float) -> Float {
    // The mean lies between the two, and so does its logit: halve the way between them.
    let ends = [quiet?.logit(atMostPerHour: rate), noisy?.logit(atMostPerHour: rate)].compactMap { $0 }
    var low = min(ends[0], ends[ends.count - 1])
    var high = max(ends[0], ends[ends.count - 1])
    for _ in 0..<40 where high > low {
      let middle = low + (high - low) / 2
      if perHour(atLogit: middle) > rate { low = middle } else { high = middle }
    }
    return high
  }
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
  public static let lowest: Float = 0.05
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
