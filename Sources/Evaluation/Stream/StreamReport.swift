import Foundation

/// Results of the stream protocol. Rates are shares, times seconds.
public struct StreamReport: Sendable, Codable {
  /// One operating point of one phrase.
  public struct OperatingPoint: Sendable, Codable {
    public var falseAlarmsPerHour: Double
    /// The score (0…1) above which a candidate is an event.
    public var threshold: Double
    public var missRate: Double
    /// 95 %, by bootstrap over the phrase's recordings at this threshold.
    public var missRateInterval: ConfidenceInterval?
  }

  /// One phrase.
  public struct Phrase: Sendable, Codable {
    public var text: String
    public var occurrenceCount: Int
    public var operatingPoints: [OperatingPoint]
    /// Of the events at the latency's operating point, from the phrase's end; `nil` where nothing was found.
    public var medianLatencySeconds: Double?
    public var latency95thPercentileSeconds: Double?
    /// What the calibrated score gives at threshold ½, without a choice per phrase.
    public var missRateAtHalf: Double
    public var falseAlarmsPerHourAtHalf: Double
  }

  /// All phrases at one operating point.
  public struct Summary: Sendable, Codable {
    public var falseAlarmsPerHour: Double
    /// Mean over the phrases that have enough recordings.
    public var meanMissRate: Double
    /// Share of all occurrences missed, each at its phrase's threshold.
    public var pooledMissRate: Double
  }

  public var signalToNoiseDecibels: Double?
  public var streamHours: Double
  /// Background utterances left out because they contain what sounds like a phrase.
  public var leftOutBackgroundCount: Int
  public var candidateCount: Int
  public var phrases: [Phrase]
  public var summaries: [Summary]
  /// Phrases in the means.
  public var meanPhraseCount: Int
  /// Over the occurrences found at the latency's operating point.
  public var medianLatencySeconds: Double?
  public var latency95thPercentileSeconds: Double?
  /// `phrase threshold false_alarms_per_hour miss_rate`, every operating point; not part of the JSON.
  public private(set) var detectionErrorTradeoffTable = ""
  /// `phrase score start end heard`: each phrase's best false alarms and what was said there; not part of the JSON.
  public private(set) var falseAlarmTable = ""

  /// False alarms listed per phrase.
  private static let listedFalseAlarms = 20

  private enum CodingKeys: String, CodingKey {
    case signalToNoiseDecibels, streamHours, leftOutBackgroundCount, candidateCount, phrases, summaries
    case meanPhraseCount, medianLatencySeconds, latency95thPercentileSeconds
  }

  /// - Parameters:
  ///   - texts: the phrases; candidates and occurrences name their indices.
  ///   - candidates: of all phrases, scored in log odds.
  ///   - heard: what was said at a candidate, for people.
  public init(
    texts: [String], candidates: [StreamCandidate], occurrences: [StreamOccurrence], streamSampleCount: Int64,
    leftOutBackgroundCount: Int = 0, options: StreamOptions = .init(), bootstrap: Bootstrap? = Bootstrap(),
    heard: (StreamCandidate) -> String = { _ in "" }
  ) {
    signalToNoiseDecibels = options.signalToNoiseDecibels
    streamHours = Double(streamSampleCount) / 16_000 / 3_600
    self.leftOutBackgroundCount = leftOutBackgroundCount
    candidateCount = candidates.count
    var table = "phrase\tthreshold\tfalse_alarms_per_hour\tmiss_rate\n"
    var alarmTable = "phrase\tscore\tstart\tend\theard\n"
    var allLatencies: [Double] = []
    var phrases: [Phrase] = []
    for (index, text) in texts.enumerated() {
      let own = occurrences.filter { $0.phraseIndex == index }
      guard !own.isEmpty else { continue }
      let outcome = StreamOutcome(
        candidates: candidates.filter { $0.phraseIndex == index }, occurrences: own,
        streamSampleCount: streamSampleCount)
      let tradeoff = outcome.tradeoff
      let latencies = outcome.latenciesSeconds(
        above: tradeoff.threshold(atFalseAlarmsPerHour: options.latencyFalseAlarmsPerHour))
      allLatencies += latencies
      phrases.append(
        Phrase(
          text: text, occurrenceCount: own.count,
          operatingPoints: options.falseAlarmsPerHour.map { Self.point(tradeoff, rate: $0, bootstrap) },
          medianLatencySeconds: latencies.isEmpty ? nil : Bootstrap.quantile(latencies, 0.5),
          latency95thPercentileSeconds: latencies.isEmpty ? nil : Bootstrap.quantile(latencies, 0.95),
          missRateAtHalf: 1 - Double(tradeoff.occurrenceScores.count { $0 >= 0 }) / Double(own.count),
          falseAlarmsPerHourAtHalf: Double(tradeoff.falseAlarmScores.count { $0 >= 0 }) / tradeoff.hours))
      for alarm in outcome.falseAlarms.prefix(Self.listedFalseAlarms) {
        let (start, end) = (Double(alarm.startSample) / 16_000, Double(alarm.endSample) / 16_000)
        alarmTable += "\(text)\t"
        alarmTable += String(format: "%.6f\t%.2f\t%.2f\t", probability(ofLogit: alarm.score), start, end)
        alarmTable += heard(alarm) + "\n"
      }
      for point in tradeoff.points {
        table += "\(text)\t"
        table += String(
          format: "%.6f\t%.4f\t%.5f\n", probability(ofLogit: point.threshold), point.falseAlarmsPerHour, point.missRate)
      }
    }
    self.phrases = phrases
    detectionErrorTradeoffTable = table
    falseAlarmTable = alarmTable
    let averaged = phrases.filter { $0.occurrenceCount >= options.occurrencesForMean }
    meanPhraseCount = averaged.count
    let occurrenceCount = phrases.reduce(0) { $0 + $1.occurrenceCount }
    summaries = options.falseAlarmsPerHour.indices.map { index in
      Summary(
        falseAlarmsPerHour: options.falseAlarmsPerHour[index],
        meanMissRate: averaged.reduce(0) { $0 + $1.operatingPoints[index].missRate } / Double(max(1, averaged.count)),
        pooledMissRate: phrases.reduce(0) { $0 + $1.operatingPoints[index].missRate * Double($1.occurrenceCount) }
          / Double(max(1, occurrenceCount)))
    }
    allLatencies.sort()
    medianLatencySeconds = allLatencies.isEmpty ? nil : Bootstrap.quantile(allLatencies, 0.5)
    latency95thPercentileSeconds = allLatencies.isEmpty ? nil : Bootstrap.quantile(allLatencies, 0.95)
  }

  private static func point(_ tradeoff: DetectionErrorTradeoff, rate: Double, _ bootstrap: Bootstrap?)
    -> OperatingPoint
  {
    let threshold = tradeoff.threshold(atFalseAlarmsPerHour: rate)
    let misses = tradeoff.occurrenceScores.map { $0 > threshold ? 0.0 : 1 }
    return OperatingPoint(
      falseAlarmsPerHour: rate, threshold: probability(ofLogit: threshold),
      missRate: tradeoff.missRate(atFalseAlarmsPerHour: rate),
      missRateInterval: bootstrap?.interval(itemCount: misses.count) { drawn in
        drawn.reduce(0) { $0 + misses[$1] } / Double(drawn.count)
      })
  }
}
