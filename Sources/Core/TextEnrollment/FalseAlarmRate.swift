import KeywordSpotting

/// Expected false alarms per hour as a function of the threshold, from one part of the background.
///
/// With n_k events of at least the logit of level k in H hours, and the results of ordinary phrases
/// (``TypicalDecline``: mean rate r and its hours h, shares s_k and their weight w),
///
/// ```text
/// rate_0 = (r h + n_0) / (h + H)          rate_{k+1} = rate_k · (w s_k + n_{k+1}) / (w + n_k)
/// ```
///
/// are the expected rates of a gamma-distributed rate and beta-distributed shares (a beta-Stacy process). Where the
/// phrase has enough events, they determine the rate. Beyond them, the rate declines like that of ordinary phrases.
/// Between two levels, the logarithm of the rate is linear; beyond the last, it continues with the same slope. The
/// rates are expectations: at the thresholds for a rate, many phrases together have that rate, but one phrase can have
/// more or fewer false alarms.
///
/// All thresholds are logits, the logarithms of the score's odds, because scores near 1 are closer than `Float` can
/// distinguish.
///
/// - Reference: Walker and Muliere 1997, Beta-Stacy processes and a generalization of the Pólya-urn scheme, Ann.
///   Statist. 25(4).
public struct FalseAlarmRate: Equatable, Sendable {
  /// H, by which the counts are weighted: ``FalseAlarmForecast``.
  public let hours: Float
  /// The levels of the rates.
  public let levels: DeclineLevels
  /// `[L]`, false alarms per hour, above 0 and descending.
  public let rates: [Float]

  /// Computes the rates.
  ///
  /// - Parameters:
  ///   - counts: `[L]` events of at least each level's logit, descending; fractions if events have weights.
  ///   - hours: H, above 0.
  ///   - decline: a decline with `L − 1` shares.
  public init(counts: [Float], hours: Float, levels: DeclineLevels, decline: TypicalDecline) {
    precondition(hours > 0 && counts.count == levels.count && decline.survival.count == levels.count - 1)
    self.hours = hours
    self.levels = levels
    var rate = (decline.ratePerHour * decline.rateHours + counts[0]) / (decline.rateHours + hours)
    var rates = [rate]
    for (level, share) in decline.survival.enumerated() {
      rate *= (decline.weight * share + counts[level + 1]) / (decline.weight + counts[level])
      // Far beyond the events, a rate could become too small for a `Float`.
      rate = max(rate, Float.leastNormalMagnitude)
      rates.append(rate)
    }
    self.rates = rates
  }

  /// Expected false alarms per hour if each event with at least this logit is one.
  public func perHour(atLogit logit: Float) -> Float {
    guard let level = levels.level(of: logit) else { return rates[0] }
    let lower = min(level, levels.count - 2)
    let share = (logit - levels.logit(lower)) / levels.step
    return rates[lower] * FloatFunctions.exponential(share * logarithmicStep(lower))
  }

  /// Expected false alarms per hour at a score, 0…1.
  public func perHour(atThreshold threshold: Float) -> Float {
    perHour(atLogit: FalseAlarmRate.logit(ofScore: threshold))
  }

  /// The lowest logit with at most this number of false alarms per hour; that of the first level if there are never
  /// more.
  public func logit(atMostPerHour rate: Float) -> Float {
    precondition(rate > 0)
    guard rates[0] > rate else { return levels.first }
    var lower = 0
    while lower < levels.count - 2 && rates[lower + 1] > rate { lower += 1 }
    let fall = logarithmicStep(lower)
    guard fall < 0 else { return levels.logit(lower + 1) }
    return levels.logit(lower) + levels.step * FloatFunctions.naturalLogarithm(rate / rates[lower]) / fall
  }

  /// ln(rate_{k+1} / rate_k), at most 0.
  private func logarithmicStep(_ level: Int) -> Float {
    min(0, FloatFunctions.naturalLogarithm(rates[level + 1] / rates[level]))
  }

  /// ln(p / (1 − p)), within ±``ReferencePhrases/leastLogit``.
  public static func logit(ofScore score: Float) -> Float {
    if score <= Float.leastNormalMagnitude { return ReferencePhrases.leastLogit }
    if score >= 1 { return -ReferencePhrases.leastLogit }
    return FloatFunctions.naturalLogarithm(score) - FloatFunctions.naturalLogarithm(1 - score)
  }
}
