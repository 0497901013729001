import KeywordSpotting

/// False alarms an hour as a function of the threshold, from what was heard in one part of the background.
///
/// With n_k events of at least the logit of level k in H hours, and what ordinary phrases do (``TypicalDecline``: mean rate r and
/// its hours h, shares s_k and their weight w),
///
/// ```text
/// rate_0 = (r h + n_0) / (h + H)          rate_{k+1} = rate_k · (w s_k + n_{k+1}) / (w + n_k)
/// ```
///
/// the expected rates of a gamma-distributed rate and beta-distributed shares (a beta-Stacy process). Where the phrase has events
/// enough, they are counted; rarer ones follow, from there on, the decline of ordinary phrases. Between two levels the logarithm of
/// the rate is straight, and beyond the last it goes on as it came. Since these are expectations, the false alarms of many phrases
/// at the thresholds for a rate come to that rate together, although each phrase alone may have fewer or more.
///
/// Everything is in logits, the logarithm of the score's odds, since scores near 1 lie closer than a `Float` tells apart.
///
/// - Reference: Walker and Muliere 1997, Beta-Stacy processes and a generalization of the Pólya-urn scheme, Ann. Statist. 25(4).
public struct FalseAlarmRate: Equatable, Sendable {
  /// H, by which the counts are weighted: ``FalseAlarmForecast``.
  public let hours: Float
  public let levels: DeclineLevels
  /// `[L]`, above 0 and descending.
  public let rates: [Float]

  /// - Parameters:
  ///   - counts: `[L]` events of at least each level's logit, descending; may be fractions, where events have weights.
  ///   - hours: H, above 0.
  ///   - decline: of `L − 1` shares.
  public init(counts: [Float], hours: Float, levels: DeclineLevels, decline: TypicalDecline) {
    precondition(hours > 0 && counts.count == levels.count && decline.survival.count == levels.count - 1)
    self.hours = hours
    self.levels = levels
    var rate = (decline.ratePerHour * decline.rateHours + counts[0]) / (decline.rateHours + hours)
    var rates = [rate]
    for (level, share) in decline.survival.enumerated() {
      rate *= (decline.weight * share + counts[level + 1]) / (decline.weight + counts[level])
      // Far beyond what has been heard a rate could become too small for a `Float`.
      rate = max(rate, Float.leastNormalMagnitude)
      rates.append(rate)
    }
    self.rates = rates
  }

  /// Expected false alarms an hour where every event of at least this logit is one.
  public func perHour(atLogit logit: Float) -> Float {
    guard let level = levels.level(of: logit) else { return rates[0] }
    let lower = min(level, levels.count - 2)
    let share = (logit - levels.logit(lower)) / levels.step
    return rates[lower] * FloatFunctions.exponential(share * logarithmicStep(lower))
  }

  /// Expected false alarms an hour at a score, 0…1.
  public func perHour(atThreshold threshold: Float) -> Float {
    perHour(atLogit: FalseAlarmRate.logit(ofScore: threshold))
  }

  /// The lowest logit from which there are at most so many false alarms an hour; the first level's where there are never more.
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
