import Foundation
import TextEnrollment

/// Estimates from many phrases how false alarms decline as the threshold rises: ``/TextEnrollment/TypicalDecline``.
///
/// | member | estimate |
/// |---|---|
/// | rate and its hours | mean of the rates at the first level, and the gamma distribution with the variance between
/// phrases that chance (Poisson) does not explain |
/// | survival | n_{k+1} / n_k over all phrases, shrunk toward the level below by ``holdCount`` events, which continues
/// it past the last event |
/// | weight | one for all levels: the maximum-likelihood value of a grid under the beta-binomial distribution of the
/// phrases' own counts |
public struct DeclineFit {
  /// The number of events for which the survival of the level below counts.
  static let holdCount: Float = 20
  /// Bounds of the weight of a mean rate, in events.
  static let rateEvents: ClosedRange<Float> = 0.2...50

  private var counts: [[Float]] = []
  private var hours: [Float] = []

  /// Creates a fit without phrases.
  public init() {}

  /// Adds a phrase, with the result of ``/TextEnrollment/PhraseTally/weighted(kind:condition:)``.
  public mutating func add(_ weighted: (counts: [Float], hours: Float)) {
    counts.append(weighted.counts)
    hours.append(weighted.hours)
  }

  /// The fitted decline; nil with fewer than ten phrases that have any event.
  public func decline() -> TypicalDecline? {
    guard counts.count >= 10, counts.count(where: { $0[0] > 0 }) >= 10 else { return nil }
    let levelCount = counts[0].count
    let rates = zip(counts, hours).map { $0[0] / $1 }
    let mean = rates.reduce(0, +) / Float(rates.count)
    let variance = rates.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Float(rates.count)
    let byChance = mean * hours.reduce(0) { $0 + 1 / $1 } / Float(hours.count)
    let events = mean * mean / max(variance - byChance, 1e-6 * mean * mean)
    let bounded = min(max(events, Self.rateEvents.lowerBound), Self.rateEvents.upperBound)

    var survival: [Float] = []
    var last: Float = 0.5
    for level in 0..<levelCount - 1 {
      let here = counts.reduce(0) { $0 + $1[level] }
      let next = counts.reduce(0) { $0 + $1[level + 1] }
      last = min(max((next + Self.holdCount * last) / (here + Self.holdCount), 0.01), 0.99)
      survival.append(last)
    }
    return TypicalDecline(
      ratePerHour: mean, rateHours: bounded / mean, weight: weight(survival), survival: survival)
  }

  private func weight(_ survival: [Float]) -> Float {
    var best: (weight: Float, likelihood: Double) = (1, -.infinity)
    for step in 0...18 {
      let weight = powf(2, Float(step) / 2)
      var likelihood = 0.0
      for (level, share) in survival.enumerated() {
        let (hits, misses) = (Double(weight * share), Double(weight * (1 - share)))
        for counts in counts where counts[level] > 0 {
          let (here, next) = (Double(counts[level]), Double(counts[level + 1]))
          likelihood +=
            lgamma(hits + next) + lgamma(misses + here - next) - lgamma(hits + misses + here)
            - lgamma(hits) - lgamma(misses) + lgamma(hits + misses)
        }
      }
      if likelihood > best.likelihood { best = (weight, likelihood) }
    }
    return best.weight
  }
}
