import Foundation
import TextEnrollment

/// Predicted against measured false alarms. Rates are per hour.
public struct AdviceReport: Sendable, Codable {
  /// One phrase at one rate.
  public struct Phrase: Sendable, Codable {
    public var text: String
    public var phonemeCount: Int
    /// The advised threshold as a logit, not bounded.
    public var logit: Double
    /// What the advice expects there: the rate asked for, or less where the phrase has no more candidates.
    public var predictedPerHour: Double
    public var measuredCount: Int
    public var measuredPerHour: Double
    /// Measured over predicted.
    public var ratio: Double { predictedPerHour > 0 ? measuredPerHour / predictedPerHour : .infinity }
  }

  /// All phrases at one rate in one condition.
  public struct Rate: Sendable, Codable {
    /// `clean`, decibels of speech over noise, or `all`.
    public var condition: String
    public var hours: Double
    public var targetPerHour: Double
    public var phrases: [Phrase]
    /// Share of the phrases whose measured rate is within a factor of 3 of the predicted one.
    public var shareWithinFactor3: Double
    /// The share that would be if every prediction were exact, and only the count were a matter of chance (Poisson).
    public var shareWithinFactor3ByCounting: Double
    /// Phrases that the advice expects to be counted at least three times in the hours measured: for fewer, chance decides.
    public var countablePhraseCount: Int
    public var countableShareWithinFactor3: Double?
    public var countableShareByCounting: Double?
    /// Geometric mean of measured over predicted, a half added to both counts.
    public var meanRatio: Double
    /// False alarms of all phrases together, expected and counted: for rates too low to be counted phrase by phrase.
    public var expectedTotal: Double
    public var countedTotal: Int
  }

  public var rates: [Rate]

  init(
    phrases: [TriedPhrase], forecasts: [FalseAlarmForecast], streams: [MeasuredStream], ratesPerHour: [Double]
  ) {
    rates = []
    for stream in streams {
      // What the part of the background says that is heard as the stream is.
      let predictions = forecasts.map { forecast in
        stream.condition == nil
          ? FalseAlarmForecast(quiet: forecast.quiet ?? forecast.noisy, noisy: nil)
          : FalseAlarmForecast(quiet: nil, noisy: forecast.noisy ?? forecast.quiet)
      }
      let condition = stream.condition.map { String(format: "%g dB", $0) } ?? "clean"
      rates += ratesPerHour.map { Rate(phrases, predictions, stream, condition, targetPerHour: $0) }
    }
    guard streams.count > 1 else { return }
    let all = MeasuredStream(
      condition: nil, logits: phrases.indices.map { index in streams.flatMap { $0.logits[index] } },
      hours: streams.reduce(0) { $0 + $1.hours })
    rates += ratesPerHour.map { Rate(phrases, forecasts, all, "all", targetPerHour: $0) }
  }
}

extension AdviceReport.Rate {
  init(
    _ tried: [TriedPhrase], _ forecasts: [FalseAlarmForecast], _ stream: MeasuredStream, _ condition: String,
    targetPerHour: Double
  ) {
    self.targetPerHour = targetPerHour
    self.condition = condition
    let hours = stream.hours
    let phrases = tried.indices.map { index in
      let logit = forecasts[index].logit(atMostPerHour: Float(targetPerHour))
      let count = stream.logits[index].count { $0 >= Double(logit) }
      return AdviceReport.Phrase(
        text: tried[index].enrollment.text, phonemeCount: tried[index].enrollment.variants[0].phonemes.count,
        logit: Double(logit), predictedPerHour: Double(forecasts[index].perHour(atLogit: logit)),
        measuredCount: count, measuredPerHour: Double(count) / hours)
    }
    self.hours = hours
    self.phrases = phrases
    func isWithin(_ phrase: AdviceReport.Phrase) -> Bool {
      Self.isWithinFactor3(count: phrase.measuredCount, mean: phrase.predictedPerHour * hours)
    }
    func share(_ phrases: [AdviceReport.Phrase]) -> Double {
      Double(phrases.count { isWithin($0) }) / Double(max(phrases.count, 1))
    }
    func byCounting(_ phrases: [AdviceReport.Phrase]) -> Double {
      phrases.reduce(0) { $0 + Self.probabilityWithinFactor3(mean: $1.predictedPerHour * hours) }
        / Double(max(phrases.count, 1))
    }
    let countable = phrases.filter { $0.predictedPerHour * hours >= 3 }
    shareWithinFactor3 = share(phrases)
    shareWithinFactor3ByCounting = byCounting(phrases)
    countablePhraseCount = countable.count
    countableShareWithinFactor3 = countable.isEmpty ? nil : share(countable)
    countableShareByCounting = countable.isEmpty ? nil : byCounting(countable)
    let logarithms = phrases.map { log((Double($0.measuredCount) + 0.5) / ($0.predictedPerHour * hours + 0.5)) }
    expectedTotal = phrases.reduce(0) { $0 + $1.predictedPerHour * hours }
    countedTotal = phrases.reduce(0) { $0 + $1.measuredCount }
    meanRatio = exp(logarithms.reduce(0, +) / Double(max(phrases.count, 1)))
  }

  public static func isWithinFactor3(count: Int, mean: Double) -> Bool {
    Double(count) >= mean / 3 && Double(count) <= mean * 3
  }

  /// The probability that a Poisson count of this mean is within a factor of 3 of it.
  public static func probabilityWithinFactor3(mean: Double) -> Double {
    guard mean > 0 else { return 0 }
    var total = 0.0
    var count = Int((mean / 3).rounded(.up))
    while Double(count) <= 3 * mean {
      total += exp(Double(count) * log(mean) - mean - lgamma(Double(count) + 1))
      count += 1
    }
    return total
  }
}

extension AdviceReport {
  /// A table of the phrases for each rate, and the shares.
  public var markdown: String { rates.map { $0.markdown }.joined(separator: "\n") }
}

extension AdviceReport.Rate {
  var markdown: String {
    var table = MarkdownTable([
      "\(condition), at \(number(targetPerHour)) an hour", "phonemes", "logit", "predicted/h", "measured/h", "count",
      "ratio",
    ])
    for phrase in phrases {
      table.append([
        phrase.text, "\(phrase.phonemeCount)", String(format: "%.2f", phrase.logit), number(phrase.predictedPerHour),
        number(phrase.measuredPerHour), "\(phrase.measuredCount)", number(phrase.ratio),
      ])
    }
    func share(_ value: Double) -> String { String(format: "%.0f %%", 100 * value) }
    var text = table.text
    text += String(format: "\n%@, at %g an hour, %.2f h measured\n", condition, targetPerHour, hours)
    text += "within a factor of 3: \(share(shareWithinFactor3)) of \(phrases.count) phrases"
    text += " (exact predictions would give \(share(shareWithinFactor3ByCounting)) by counting alone)\n"
    if let countable = countableShareWithinFactor3, let byCounting = countableShareByCounting {
      text += "of the \(countablePhraseCount) that should be counted 3 times or more: \(share(countable))"
      text += " (by counting alone \(share(byCounting)))\n"
    }
    text += "mean ratio \(number(meanRatio))\n"
    return text + "all phrases together: \(countedTotal) counted, \(String(format: "%.1f", expectedTotal)) expected\n"
  }

  private func number(_ value: Double) -> String { String(format: "%.3g", value) }
}
