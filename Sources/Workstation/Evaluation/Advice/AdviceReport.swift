import Foundation
import TextEnrollment

/// Predicted against measured false alarms. Rates are per hour.
///
/// Measured rates are those of the mix: each kind of measured speech counts by its share, regardless of its hours.
public struct AdviceReport: Sendable, Codable {
  /// One phrase at one rate.
  public struct Phrase: Sendable, Codable {
    /// The text of the phrase.
    public var text: String
    /// The number of its phonemes.
    public var phonemeCount: Int
    /// The advised threshold as a logit, within the bounds of advised thresholds.
    public var logit: Double
    /// The expected rate at the threshold: the target rate, or less if the phrase has no more candidates.
    public var predictedPerHour: Double
    /// False alarms counted, over all kinds.
    public var measuredCount: Int
    /// False alarms per hour of the mix.
    public var measuredPerHour: Double
    /// Measured over predicted.
    public var ratio: Double { predictedPerHour > 0 ? measuredPerHour / predictedPerHour : .infinity }
  }

  /// All phrases together, in speech of one kind.
  public struct Kind: Sendable, Codable {
    /// The name of the kind.
    public var name: String
    /// Share of the mix.
    public var share: Double
    /// Hours measured.
    public var hours: Double
    /// Mean over the phrases; nil for a single condition, since the background has no prediction by kind for it.
    public var predictedPerHour: Double?
    /// False alarms of one phrase per hour, the mean over the phrases.
    public var measuredPerHour: Double
  }

  /// All phrases at one rate in one condition.
  public struct Rate: Sendable, Codable {
    /// `clean`, decibels of speech over noise, `room`, or `mix`, which combines the others by their shares.
    public var condition: String
    /// Hours measured.
    public var hours: Double
    /// The rate for which thresholds are set.
    public var targetPerHour: Double
    /// By phrase.
    public var phrases: [Phrase]
    /// Expected false alarms of all phrases divided by phrases and hours.
    public var predictedPerHour: Double
    /// False alarms of all phrases divided by phrases and hours.
    public var measuredPerHour: Double
    /// 95 % interval, by resampling phrases.
    public var measuredInterval: ConfidenceInterval?
    /// The measured rate with thresholds set for the mix, as `cooee enroll` sets them, instead of for this condition.
    public var measuredAtMixThresholdsPerHour: Double
    /// By kind of speech, at the thresholds for this condition.
    public var kinds: [Kind]
    /// Share of the phrases whose measured rate is within a factor of 3 of the predicted one.
    public var shareWithinFactor3: Double
    /// The expected share if every prediction were exact and counts varied only by chance (Poisson).
    public var shareWithinFactor3ByCounting: Double
    /// Phrases with at least three expected counts in the measured hours. Smaller counts are dominated by chance.
    public var countablePhraseCount: Int
    /// ``shareWithinFactor3`` over these phrases.
    public var countableShareWithinFactor3: Double?
    /// ``shareWithinFactor3ByCounting`` over these phrases.
    public var countableShareByCounting: Double?
    /// Median score of the thresholds.
    public var medianThreshold: Double
  }

  /// By condition and target rate.
  public var rates: [Rate]

  init(
    phrases: [TriedPhrase], forecasts: [FalseAlarmForecast], streams: [MeasuredStream], mix: BackgroundMix,
    ratesPerHour: [Double], seed: UInt64
  ) {
    rates = []
    for stream in streams {
      let measured = MeasuredMix(streams: [stream], mix: mix)
      let index = stream.condition.mixIndex
      rates += ratesPerHour.map {
        Rate(phrases, forecasts, measured, stream.condition.name, condition: index, targetPerHour: $0, seed: seed)
      }
    }
    guard streams.count > 1 else { return }
    let measured = MeasuredMix(streams: streams, mix: mix)
    rates += ratesPerHour.map {
      Rate(phrases, forecasts, measured, "mix", condition: nil, targetPerHour: $0, seed: seed)
    }
  }
}

/// Several streams combined by the shares of the mix.
struct MeasuredMix {
  let streams: [MeasuredStream]
  let mix: BackgroundMix
  /// `[stream][kind]`, with a sum of 1 over the measured parts.
  private let weights: [[Double]]

  init(streams: [MeasuredStream], mix: BackgroundMix) {
    self.streams = streams
    self.mix = mix
    // Streams of one condition, such as two noises, divide its share.
    let shares = streams.map { stream -> Double in
      let alike = streams.count { $0.condition.mixIndex == stream.condition.mixIndex }
      let share =
        mix.conditions.indices.contains(stream.condition.mixIndex)
        ? Double(mix.conditions[stream.condition.mixIndex].share) : 0
      return streams.count == 1 ? 1 : share / Double(alike)
    }
    // If all measured kinds are outside the mix, they count equally.
    let isOfMix = streams.contains { stream in
      mix.kinds.indices.contains(where: { mix.kinds[$0].share > 0 && stream.hours[$0] > 0 })
    }
    let unscaled = zip(streams, shares).map { stream, share in
      mix.kinds.indices.map { kind -> Double in
        guard stream.hours[kind] > 0 else { return 0 }
        return share * (isOfMix ? Double(mix.kinds[kind].share) : 1)
      }
    }
    let total = unscaled.reduce(0) { $0 + $1.reduce(0, +) }
    weights = unscaled.map { $0.map { total > 0 ? $0 / total : 0 } }
  }

  var hours: Double { streams.reduce(0) { $0 + $1.hours.reduce(0, +) } }

  /// Events of a phrase, and their rate in the mix.
  func measured(phrase: Int, logit: Double) -> (count: Int, perHour: Double) {
    var count = 0
    var rate = 0.0
    for (stream, weights) in zip(streams, weights) {
      for (kind, events) in stream.counts(phrase: phrase, logit: logit).enumerated() where stream.hours[kind] > 0 {
        count += events
        rate += weights[kind] * Double(events) / stream.hours[kind]
      }
    }
    return (count, rate)
  }

  /// Rate of a phrase in speech of one kind, with streams weighted by their conditions' shares; nil without such
  /// speech.
  func measured(phrase: Int, logit: Double, kind: Int) -> Double? {
    var rate = 0.0
    var total = 0.0
    for stream in streams where stream.hours[kind] > 0 {
      let share = streams.count == 1 ? 1 : Double(mix.conditions[stream.condition.mixIndex].share)
      rate += share * Double(stream.counts(phrase: phrase, logit: logit)[kind]) / stream.hours[kind]
      total += share
    }
    return total > 0 ? rate / total : nil
  }
}

extension AdviceReport.Rate {
  /// - Parameter condition: the condition for which thresholds are set; nil for the mix.
  init(
    _ tried: [TriedPhrase], _ forecasts: [FalseAlarmForecast], _ measured: MeasuredMix, _ name: String, condition: Int?,
    targetPerHour: Double, seed: UInt64
  ) {
    self.targetPerHour = targetPerHour
    self.condition = name
    let hours = measured.hours
    func logit(_ rate: FalseAlarmRate) -> Float {
      let lowest = FalseAlarmRate.logit(ofScore: AdvisedThreshold.lowest)
      return max(lowest, min(AdvisedThreshold.highestLogit, rate.logit(atMostPerHour: Float(targetPerHour))))
    }
    let rates = forecasts.map { forecast in
      condition.flatMap { forecast.conditions.indices.contains($0) ? forecast.conditions[$0] : nil } ?? forecast.mixed
    }
    let phrases = tried.indices.map { index in
      let threshold = logit(rates[index])
      let (count, perHour) = measured.measured(phrase: index, logit: Double(threshold))
      return AdviceReport.Phrase(
        text: tried[index].enrollment.text, phonemeCount: tried[index].enrollment.variants[0].phonemes.count,
        logit: Double(threshold), predictedPerHour: Double(rates[index].perHour(atLogit: threshold)),
        measuredCount: count, measuredPerHour: perHour)
    }
    self.hours = hours
    self.phrases = phrases
    func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(max(values.count, 1)) }
    predictedPerHour = mean(phrases.map(\.predictedPerHour))
    measuredPerHour = mean(phrases.map(\.measuredPerHour))
    measuredInterval = Bootstrap(seed: seed).interval(itemCount: phrases.count) { drawn in
      mean(drawn.map { phrases[$0].measuredPerHour })
    }
    measuredAtMixThresholdsPerHour = mean(
      tried.indices.map { measured.measured(phrase: $0, logit: Double(logit(forecasts[$0].mixed))).perHour })
    kinds = measured.mix.kinds.enumerated().compactMap { kind, part in
      let found = phrases.indices.compactMap { measured.measured(phrase: $0, logit: phrases[$0].logit, kind: kind) }
      guard found.count == phrases.count else { return nil }
      return AdviceReport.Kind(
        name: part.name, share: Double(part.share), hours: measured.streams.reduce(0) { $0 + $1.hours[kind] },
        predictedPerHour: condition != nil
          ? nil
          : mean(
            phrases.indices.map {
              Double((forecasts[$0].kinds[kind] ?? forecasts[$0].mixed).perHour(atLogit: Float(phrases[$0].logit)))
            }),
        measuredPerHour: mean(found))
    }
    func isWithin(_ phrase: AdviceReport.Phrase) -> Bool {
      Self.isWithinFactor3(
        count: Int((phrase.measuredPerHour * hours).rounded()), mean: phrase.predictedPerHour * hours)
    }
    func share(_ phrases: [AdviceReport.Phrase]) -> Double {
      Double(phrases.count { isWithin($0) }) / Double(max(phrases.count, 1))
    }
    func byCounting(_ phrases: [AdviceReport.Phrase]) -> Double {
      mean(phrases.map { Self.probabilityWithinFactor3(mean: $0.predictedPerHour * hours) })
    }
    let countable = phrases.filter { $0.predictedPerHour * hours >= 3 }
    shareWithinFactor3 = share(phrases)
    shareWithinFactor3ByCounting = byCounting(phrases)
    countablePhraseCount = countable.count
    countableShareWithinFactor3 = countable.isEmpty ? nil : share(countable)
    countableShareByCounting = countable.isEmpty ? nil : byCounting(countable)
    let logits = phrases.map(\.logit).sorted()
    medianThreshold = logits.isEmpty ? 0 : 1 / (1 + exp(-logits[logits.count / 2]))
  }

  /// Whether a count is within a factor of 3 of an expected count.
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
  /// A summary, and a table of the phrases for each rate.
  public var markdown: String { summary + "\n" + rates.map { $0.markdown }.joined(separator: "\n") }

  private var summary: String {
    var table = MarkdownTable([
      "stream", "target/h", "measured/h", "95 %", "expected/h", "at the mix's thresholds", "median threshold", "kinds",
    ])
    for rate in rates {
      table.append([
        rate.condition, number(rate.targetPerHour), number(rate.measuredPerHour),
        rate.measuredInterval.map { "\(number($0.lower))-\(number($0.upper))" } ?? "", number(rate.predictedPerHour),
        number(rate.measuredAtMixThresholdsPerHour), String(format: "%.2f", rate.medianThreshold),
        rate.kinds.map { "\($0.name) \(number($0.measuredPerHour))" }.joined(separator: ", "),
      ])
    }
    return table.text
  }
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
    for kind in kinds {
      text += String(
        format: "%@ (%.0f %% of the mix, %.2f h): %@ measured", kind.name, 100 * kind.share, kind.hours,
        number(kind.measuredPerHour))
      text += kind.predictedPerHour.map { ", \(number($0)) expected\n" } ?? "\n"
    }
    text += "within a factor of 3: \(share(shareWithinFactor3)) of \(phrases.count) phrases"
    text += " (exact predictions would give \(share(shareWithinFactor3ByCounting)) by counting alone)\n"
    if let countable = countableShareWithinFactor3, let byCounting = countableShareByCounting {
      text += "of the \(countablePhraseCount) that should be counted 3 times or more: \(share(countable))"
      text += " (by counting alone \(share(byCounting)))\n"
    }
    return text + "all phrases together: \(number(measuredPerHour)) measured, \(number(predictedPerHour)) expected\n"
  }
}

private func number(_ value: Double) -> String { String(format: "%.3g", value) }
