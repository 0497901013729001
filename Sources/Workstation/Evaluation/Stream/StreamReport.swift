import Foundation

/// Results of the stream protocol. Rates are shares, times are in seconds.
public struct StreamReport: Sendable, Codable {
  /// One operating point of one phrase.
  public struct OperatingPoint: Sendable, Codable {
    /// The false-alarm rate of the operating point.
    public var falseAlarmsPerHour: Double
    /// The score (0…1) that a candidate must exceed to be an event.
    public var threshold: Double
    /// Share of the occurrences that are missed.
    public var missRate: Double
    /// 95 % interval, by bootstrap over the phrase's recordings at this threshold.
    public var missRateInterval: ConfidenceInterval?
  }

  /// One phrase.
  public struct Phrase: Sendable, Codable {
    /// The text of the phrase.
    public var text: String
    /// Occurrences of the phrase.
    public var occurrenceCount: Int
    /// By false-alarm rate.
    public var operatingPoints: [OperatingPoint]
    /// Median latency of the events at the working point, from the end of the phrase; `nil` if nothing was found, or if
    /// the scorer encodes in blocks (``AcousticScorer/encodesInBlocks``).
    public var medianLatencySeconds: Double?
    /// 95th percentile of the same latencies.
    public var latency95thPercentileSeconds: Double?
    /// Miss rate of the calibrated score at threshold ½, the same for all phrases.
    public var missRateAtHalf: Double
    /// False-alarm rate at threshold ½.
    public var falseAlarmsPerHourAtHalf: Double
  }

  /// The recordings of one group of speakers, each at its phrase's threshold.
  public struct Group: Sendable, Codable {
    /// ``Utterance/speakerGroup`` of the phrases' recordings.
    public var name: String
    /// Occurrences of the group.
    public var occurrenceCount: Int
    /// Miss rate at each operating point, in the order of ``StreamReport/summaries``, over all phrases.
    public var missRates: [Double]
    /// 95 % intervals, by bootstrap over the group's recordings at these thresholds.
    public var missRateIntervals: [ConfidenceInterval?]
  }

  /// All phrases at one operating point.
  public struct Summary: Sendable, Codable {
    /// The false-alarm rate of the operating point.
    public var falseAlarmsPerHour: Double
    /// Mean over the phrases with enough recordings.
    public var meanMissRate: Double
    /// Share of all occurrences that are missed, each at its phrase's threshold.
    public var pooledMissRate: Double
  }

  /// Active speech over noise in decibels; `nil` without noise.
  public var signalToNoiseDecibels: Double?
  /// ``TalkerDistance`` of a stream in rooms.
  public var distance: String?
  /// Length of the stream.
  public var streamHours: Double
  /// Background utterances skipped because they contain the sound of a phrase.
  public var leftOutBackgroundCount: Int
  /// Candidates of all phrases.
  public var candidateCount: Int
  /// By phrase.
  public var phrases: [Phrase]
  /// By group of speakers.
  public var groups: [Group]
  /// By operating point.
  public var summaries: [Summary]
  /// Phrases in the means.
  public var meanPhraseCount: Int
  /// Median latency over the occurrences found at the working point.
  public var medianLatencySeconds: Double?
  /// 95th percentile of the same latencies.
  public var latency95thPercentileSeconds: Double?
  /// The working point: the false-alarm rate for latency, misses and events.
  public var workingFalseAlarmsPerHour: Double
  /// The device's own decision on the stream at the working point.
  public var events: StreamEventReport?

  // Not part of the JSON.

  /// Occurrences missed at the working point, worst first.
  public private(set) var misses: [StreamMiss] = []
  /// The best false alarms of each phrase, at most ``listedFalseAlarms``.
  public private(set) var falseAlarms: [StreamFalseAlarm] = []
  /// The curve of each phrase, in the order of ``phrases``.
  public private(set) var tradeoffs: [DetectionErrorTradeoff] = []
  /// Log odds that a candidate must exceed at the working point, for each text.
  private(set) var workingThresholds: [Double] = []
  private(set) var occurrencesForMean = 0

  /// Maximum number of false alarms listed per phrase.
  public static let listedFalseAlarms = 20

  private enum CodingKeys: String, CodingKey {
    case signalToNoiseDecibels, distance, streamHours, leftOutBackgroundCount, candidateCount, phrases, groups
    case summaries, meanPhraseCount, medianLatencySeconds, latency95thPercentileSeconds, workingFalseAlarmsPerHour
    case events
  }

  /// Computes the results.
  ///
  /// - Parameters:
  ///   - texts: the phrases, to which candidates and occurrences refer by index.
  ///   - candidates: of all phrases, scored in log odds.
  ///   - hasLatencies: false if the candidates' reported times are meaningless.
  ///   - said: returns the clip of an occurrence.
  ///   - heard: returns the clips between two samples of the stream.
  public init(
    texts: [String], candidates: [StreamCandidate], occurrences: [StreamOccurrence], streamSampleCount: Int64,
    leftOutBackgroundCount: Int = 0, options: StreamOptions = .init(), hasLatencies: Bool = true,
    bootstrap: Bootstrap? = Bootstrap(),
    said: (StreamOccurrence) -> StreamClip = { StreamClip(id: String($0.clipIndex), speaker: "", group: "", text: "") },
    heard: (Int64, Int64) -> [StreamClip] = { _, _ in [] }
  ) {
    signalToNoiseDecibels = options.signalToNoiseDecibels
    distance = options.condition.rooms == nil ? nil : options.condition.distance.rawValue
    streamHours = Double(streamSampleCount) / 16_000 / 3_600
    self.leftOutBackgroundCount = leftOutBackgroundCount
    candidateCount = candidates.count
    workingFalseAlarmsPerHour = options.workingFalseAlarmsPerHour
    occurrencesForMean = options.occurrencesForMean
    phrases = []
    var allLatencies: [Double] = []
    var tallies: [String: [[Double]]] = [:]
    var groupNames: [String] = []
    for (index, text) in texts.enumerated() {
      let own = occurrences.filter { $0.phraseIndex == index }
      guard !own.isEmpty else {
        workingThresholds.append(.infinity)
        continue
      }
      let outcome = StreamOutcome(
        candidates: candidates.filter { $0.phraseIndex == index }, occurrences: own,
        streamSampleCount: streamSampleCount)
      let tradeoff = outcome.tradeoff
      let threshold = tradeoff.threshold(atFalseAlarmsPerHour: options.workingFalseAlarmsPerHour)
      let latencies = hasLatencies ? outcome.latenciesSeconds(above: threshold) : []
      allLatencies += latencies
      tradeoffs.append(tradeoff)
      workingThresholds.append(threshold)
      phrases.append(
        Phrase(
          text: text, occurrenceCount: own.count,
          operatingPoints: options.falseAlarmsPerHour.map { Self.point(tradeoff, rate: $0, bootstrap) },
          medianLatencySeconds: latencies.isEmpty ? nil : Bootstrap.quantile(latencies, 0.5),
          latency95thPercentileSeconds: latencies.isEmpty ? nil : Bootstrap.quantile(latencies, 0.95),
          missRateAtHalf: 1 - Double(tradeoff.occurrenceScores.count { $0 >= 0 }) / Double(own.count),
          falseAlarmsPerHourAtHalf: Double(tradeoff.falseAlarmScores.count { $0 >= 0 }) / tradeoff.hours))
      let thresholds = options.falseAlarmsPerHour.map { tradeoff.threshold(atFalseAlarmsPerHour: $0) }
      for (occurrence, hit) in zip(outcome.occurrences, outcome.hits) {
        let clip = said(occurrence)
        let score = hit?.score ?? -.infinity
        if tallies[clip.group] == nil { groupNames.append(clip.group) }
        tallies[clip.group, default: []].append(thresholds.map { score > $0 ? 0 : 1 })
        if score <= threshold { misses.append(Self.miss(text, clip, occurrence, hit, threshold)) }
      }
      falseAlarms += outcome.falseAlarms.prefix(Self.listedFalseAlarms).map { alarm in
        StreamFalseAlarm(
          phrase: text, score: probability(ofLogit: alarm.score), logOdds: alarm.score,
          startSeconds: Double(alarm.startSample) / 16_000, endSeconds: Double(alarm.endSample) / 16_000,
          clips: heard(alarm.startSample, alarm.endSample))
      }
    }
    misses.sort(by: StreamMiss.isWorse)
    groups = groupNames.map { Self.group($0, tallies[$0]!, bootstrap) }
    let phrases = self.phrases
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

  /// `phrase threshold false_alarms_per_hour miss_rate`: every operating point.
  public var detectionErrorTradeoffTable: String {
    zip(phrases, tradeoffs).reduce("phrase\tthreshold\tfalse_alarms_per_hour\tmiss_rate\n") { text, item in
      item.1.points.reduce(text) { text, point in
        text + "\(item.0.text)\t"
          + String(
            format: "%.6f\t%.4f\t%.5f\n", probability(ofLogit: point.threshold), point.falseAlarmsPerHour,
            point.missRate)
      }
    }
  }

  private static func miss(
    _ text: String, _ clip: StreamClip, _ occurrence: StreamOccurrence, _ hit: StreamCandidate?, _ threshold: Double
  ) -> StreamMiss {
    StreamMiss(
      phrase: text, clip: clip, score: hit.map { probability(ofLogit: $0.score) },
      threshold: probability(ofLogit: threshold), shortfall: hit.map { threshold - $0.score },
      startSeconds: Double(occurrence.startSample) / 16_000, endSeconds: Double(occurrence.endSample) / 16_000)
  }

  /// - Parameter misses: `[occurrence][operating point]`, 1 for a miss.
  private static func group(_ name: String, _ misses: [[Double]], _ bootstrap: Bootstrap?) -> Group {
    func rate(_ point: Int, _ drawn: some Collection<Int>) -> Double {
      drawn.reduce(0) { $0 + misses[$1][point] } / Double(drawn.count)
    }
    return Group(
      name: name, occurrenceCount: misses.count, missRates: misses[0].indices.map { rate($0, misses.indices) },
      missRateIntervals: misses[0].indices.map { point in
        bootstrap?.interval(itemCount: misses.count) { rate(point, $0) }
      })
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
