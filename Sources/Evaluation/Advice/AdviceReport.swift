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

  /// All phrases together at the thresholds that enrollment sets for one rate, in one condition.
  public struct Pooled: Sendable, Codable {
    /// ``StreamCondition/name``, or `all`.
    public var condition: String
    /// Whose speech: ``Utterance/speakerGroup``; `nil` for all of it.
    public var group: String?
    public var askedPerHour: Double
    public var phraseCount: Int
    /// Of speech.
    public var hours: Double
    /// Phrases × hours.
    public var phraseHours: Double
    public var count: Int
    /// False alarms a phrase-hour.
    public var measuredPerHour: Double
    /// 95 %, by bootstrap over the phrases.
    public var measuredPerHourInterval: ConfidenceInterval?
    /// Phrases whose threshold is not the one that the rate asks for, but a bound (``TextEnrollment/AdvisedThreshold``).
    public var boundedPhraseCount: Int

    /// Whether between half and twice as many are measured as were asked for.
    public var isWithinFactor2: Bool {
      measuredPerHour >= askedPerHour / 2 && measuredPerHour <= 2 * askedPerHour
    }
  }

  public var pooled: [Pooled]
  public var rates: [Rate]

  init(
    phrases: [TriedPhrase], forecasts: [FalseAlarmForecast], streams: [MeasuredStream],
    ratesPerHour: [Double],
    bootstrap: Bootstrap?
  ) {
    rates = []
    for stream in streams {
      // What the part of the background says that is heard as the stream is.
      let isClean = stream.condition.signalToNoiseDecibels == nil && stream.condition.rooms == nil
      let predictions = forecasts.map { forecast in
        isClean
          ? FalseAlarmForecast(quiet: forecast.quiet ?? forecast.noisy, noisy: nil)
          : FalseAlarmForecast(quiet: nil, noisy: forecast.noisy ?? forecast.quiet)
      }
      let heard = HeardPhrases(
        name: stream.condition.name, hours: stream.hours, events: stream.events)
      rates += ratesPerHour.map { Rate(phrases, predictions, heard, targetPerHour: $0) }
    }
    let all = HeardPhrases(
      name: "all", hours: streams.reduce(0) { $0 + $1.hours },
      events: phrases.indices.map { index in streams.flatMap { $0.events[index] } })
    if streams.count > 1 {
      rates += ratesPerHour.map { Rate(phrases, forecasts, all, targetPerHour: $0) }
    }

    pooled = []
    for rate in ratesPerHour {
      let thresholds = forecasts.map { AdvisedThreshold(for: $0, targetPerHour: Float(rate)) }
      for stream in streams {
        let name = stream.condition.name
        pooled.append(
          Pooled(
            name, nil, rate, thresholds, stream.events.map { $0.map(\.logit) }, stream.hours,
            bootstrap))
        guard stream.groups.count > 1 else { continue }
        pooled += stream.groups.enumerated().map { index, group in
          let own = stream.events.map { $0.filter { $0.group == index }.map(\.logit) }
          return Pooled(name, group.name, rate, thresholds, own, group.hours, bootstrap)
        }
      }
      if streams.count > 1 {
        pooled.append(Pooled(all.name, nil, rate, thresholds, all.logits, all.hours, bootstrap))
      }
    }
  }
}

/// Events of all phrases over some hours.
struct HeardPhrases {
  var name: String
  var hours: Double
  /// Of each phrase, in the order of the phrases.
  var logits: [[Double]]

  init(name: String, hours: Double, events: [[MeasuredStream.Event]]) {
    self.name = name
    self.hours = hours
    logits = events.map { $0.map(\.logit) }
  }
}

extension AdviceReport.Pooled {
  init(
    _ condition: String, _ group: String?, _ askedPerHour: Double, _ thresholds: [AdvisedThreshold],
    _ logits: [[Double]], _ hours: Double, _ bootstrap: Bootstrap?
  ) {
    let counts = zip(logits, thresholds).map { logits, threshold in
      let bound = Double(FalseAlarmRate.logit(ofScore: threshold.threshold))
      return logits.count { $0 >= bound }
    }
    self.condition = condition
    self.group = group
    self.askedPerHour = askedPerHour
    phraseCount = counts.count
    self.hours = hours
    phraseHours = hours * Double(counts.count)
    count = counts.reduce(0, +)
    measuredPerHour = Double(count) / phraseHours
    measuredPerHourInterval = bootstrap?.interval(itemCount: counts.count) { drawn in
      Double(drawn.reduce(0) { $0 + counts[$1] }) / (hours * Double(drawn.count))
    }
    boundedPhraseCount = thresholds.count { $0.bound != nil }
  }
}

extension AdviceReport.Rate {
  init(
    _ tried: [TriedPhrase], _ forecasts: [FalseAlarmForecast], _ heard: HeardPhrases,
    targetPerHour: Double
  ) {
    self.targetPerHour = targetPerHour
    condition = heard.name
    let hours = heard.hours
    let phrases = tried.indices.map { index in
      let logit = forecasts[index].logit(atMostPerHour: Float(targetPerHour))
      let count = heard.logits[index].count { $0 >= Double(logit) }
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
  /// What was asked for and what was measured, all phrases together; then how each phrase's prediction does.
  public var markdown: String {
    var asked = MarkdownTable([
      "asked for an hour", "heard", "speech", "phrase-hours", "false alarms", "measured an hour",
      "95 %", "within 2×",
      "bounded",
    ])
    for row in pooled {
      let interval =
        row.measuredPerHourInterval.map { "\(number($0.lower))-\(number($0.upper))" } ?? ""
      asked.append([
        number(row.askedPerHour), row.condition, row.group ?? "all",
        String(format: "%.0f", row.phraseHours),
        "\(row.count)", number(row.measuredPerHour), interval, row.isWithinFactor2 ? "yes" : "no",
        "\(row.boundedPhraseCount)",
      ])
    }
    var predicted = MarkdownTable([
      "predicted phrase by phrase", "at an hour", "hours", "within a factor of 3",
      "by counting alone",
      "of those counted 3 times", "within", "by counting alone", "mean ratio", "counted",
      "expected",
    ])
    func share(_ value: Double?) -> String {
      value.map { String(format: "%.0f %%", 100 * $0) } ?? ""
    }
    for rate in rates {
      predicted.append([
        rate.condition, number(rate.targetPerHour), String(format: "%.2f", rate.hours),
        share(rate.shareWithinFactor3),
        share(rate.shareWithinFactor3ByCounting), "\(rate.countablePhraseCount)",
        share(rate.countableShareWithinFactor3), share(rate.countableShareByCounting),
        number(rate.meanRatio),
        "\(rate.countedTotal)", String(format: "%.1f", rate.expectedTotal),
      ])
    }
    return asked.text + "\n" + predicted.text
  }

  /// `condition rate phrase phonemes logit predicted measured count`: every phrase at every rate, rates an hour.
  public var phraseTable: String {
    var text = "condition\trate\tphrase\tphonemes\tlogit\tpredicted\tmeasured\tcount\n"
    for rate in rates {
      for phrase in rate.phrases {
        text +=
          "\(rate.condition)\t\(number(rate.targetPerHour))\t\(phrase.text)\t\(phrase.phonemeCount)\t"
        text += String(
          format: "%.3f\t%.4f\t%.4f", phrase.logit, phrase.predictedPerHour, phrase.measuredPerHour)
        text += "\t\(phrase.measuredCount)\n"
      }
    }
    return text
  }

  private func number(_ value: Double) -> String { String(format: "%.3g", value) }
}
