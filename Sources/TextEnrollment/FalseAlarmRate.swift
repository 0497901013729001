import KeywordSpotting

/// False alarms an hour as a function of the threshold, from what was heard in speech of one condition.
///
/// Where the speech has events enough, the rate is counted. Rarer events than that follow an exponential tail, the usual limit of
/// the highest of many: with u the logit of the (N + 1)-th best event and z_i those above it, in H hours,
///
/// ```text
/// rate(z) = (N + ½)/H · exp(−λ (z − u)),  z ≥ u          λ = (N + a) / (Σ (z_i − u) + a / λ₀)
/// ```
///
/// which is the maximum-likelihood slope, held towards that of ordinary phrases (λ₀, ``ReferencePhrases``) by the weight of a = 4
/// events. A phrase without any event gets half an event at the logit of an ordinary candidate: that none came is all that is
/// known of it.
///
/// Everything is in logits, the logarithm of the score's odds, since scores near 1 lie closer than a `Float` tells apart.
public struct FalseAlarmRate: Equatable, Sendable {
  /// N: events at most that the tail is fitted to. The rate falls ever faster, so that a tail fitted further down would expect too
  /// many of the rarest.
  public static let tailEventCount = 8
  /// Events that the slope of ordinary phrases counts for.
  public static let priorWeight: Float = 4
  /// The slope where the background does not tell: scores are probabilities, and these fall as the odds rise.
  public static let defaultSlope: Float = 1
  /// The logit of an ordinary candidate where the background does not tell.
  public static let defaultCandidateLogit: Float = -4

  /// Hours heard.
  public let hours: Float
  /// Logits of the events, the best first.
  public let logits: [Float]
  /// Where the tail begins.
  public let tailLogit: Float
  /// The rate there.
  public let tailRate: Float
  /// λ
  public let slope: Float

  /// - Parameters:
  ///   - logits: of distinct events, in any order.
  ///   - hours: above 0.
  public init(logits: [Float], hours: Float, reference: ReferencePhrases.Condition?) {
    precondition(hours > 0)
    self.hours = hours
    let sorted = logits.sorted { $0 > $1 }
    self.logits = sorted
    let typical = reference?.tailSlope ?? FalseAlarmRate.defaultSlope
    guard !sorted.isEmpty else {
      tailLogit = reference?.candidateLogit ?? FalseAlarmRate.defaultCandidateLogit
      tailRate = 0.5 / hours
      slope = typical
      return
    }
    let count = min(sorted.count - 1, FalseAlarmRate.tailEventCount)
    tailLogit = sorted[count]
    tailRate = (Float(count) + 0.5) / hours
    var excess: Float = 0
    for logit in sorted[..<count] { excess += logit - sorted[count] }
    slope = (Float(count) + FalseAlarmRate.priorWeight) / (excess + FalseAlarmRate.priorWeight / typical)
  }

  /// Expected false alarms an hour where every event of at least this logit is one.
  public func perHour(atLogit logit: Float) -> Float {
    if logit >= tailLogit { return tailRate * FloatFunctions.exponential(-slope * (logit - tailLogit)) }
    // Between two events the logarithm of the rate goes straight.
    var index = FalseAlarmRate.tailEventCount
    while index + 1 < logits.count {
      let upper = logits[index]
      let lower = logits[index + 1]
      if logit >= lower {
        let share = upper > lower ? (upper - logit) / (upper - lower) : 1
        return rate(at: index) + share * (rate(at: index + 1) - rate(at: index))
      }
      index += 1
    }
    return max(tailRate, Float(logits.count) / hours)
  }

  /// Expected false alarms an hour at a score, 0…1.
  public func perHour(atThreshold threshold: Float) -> Float {
    perHour(atLogit: FalseAlarmRate.logit(ofScore: threshold))
  }

  /// The lowest logit from which there are at most so many false alarms an hour.
  public func logit(atMostPerHour rate: Float) -> Float {
    precondition(rate > 0)
    if rate <= tailRate { return tailLogit + FloatFunctions.naturalLogarithm(tailRate / rate) / slope }
    var index = FalseAlarmRate.tailEventCount
    while index + 1 < logits.count {
      if rate <= self.rate(at: index + 1) {
        let step = self.rate(at: index + 1) - self.rate(at: index)
        return logits[index] - (rate - self.rate(at: index)) / step * (logits[index] - logits[index + 1])
      }
      index += 1
    }
    return logits.last ?? tailLogit
  }

  /// The rate at the event of an index.
  private func rate(at index: Int) -> Float { (Float(index) + 0.5) / hours }

  /// ln(p / (1 − p)), within ±``ReferencePhrases/leastLogit``.
  public static func logit(ofScore score: Float) -> Float {
    if score <= Float.leastNormalMagnitude { return ReferencePhrases.leastLogit }
    if score >= 1 { return -ReferencePhrases.leastLogit }
    return FloatFunctions.naturalLogarithm(score) - FloatFunctions.naturalLogarithm(1 - score)
  }
}
