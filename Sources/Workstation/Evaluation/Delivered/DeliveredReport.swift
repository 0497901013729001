import Foundation

/// The accuracy that a user gets. Rates are shares, scores 0…1.
public struct DeliveredReport: Sendable, Codable {
  /// Misses of all phrases.
  public struct Misses: Sendable, Codable {
    /// Recordings of all phrases.
    public var recordingCount: Int
    /// Mean over the phrases with enough recordings.
    public var meanMissRate: Double
    /// 95 % interval, by bootstrap over the recordings at these thresholds.
    public var meanMissRateInterval: ConfidenceInterval?
    /// Share of all recordings that are missed.
    public var pooledMissRate: Double
    /// By phrase, in the order of ``DeliveredReport/phrases``.
    public var missRates: [Double]
  }

  /// One stream, or one floor, duration and distance.
  public struct Situation: Sendable, Codable {
    /// A description.
    public var name: String
    /// Whether the talkers are across a room.
    public var isAcrossRoom: Bool
    /// With a pause after the phrase.
    public var alone: Misses
    /// With a command directly after the phrase.
    public var followed: Misses
    /// Of one phrase, the mean over the phrases; `nil` if the situation has no other speech.
    public var falseAlarmsPerHour: Double?
    /// 95 % interval, by bootstrap over the phrases.
    public var falseAlarmsPerHourInterval: ConfidenceInterval?
    /// By phrase, in the order of ``DeliveredReport/phrases``.
    public var falseAlarmsPerHourByPhrase: [Double]?
    /// Phrases × hours over which false alarms were counted.
    public var phraseHours: Double?
  }

  /// One phrase.
  public struct Phrase: Sendable, Codable {
    /// The text of the phrase.
    public var text: String
    /// Recordings in the situation with the most of them.
    public var recordingCount: Int
    /// The score from which a device reports the phrase.
    public var threshold: Double
  }

  /// Description of the thresholds.
  public var thresholds: String
  /// Phrases in the means.
  public var meanPhraseCount: Int
  /// By phrase.
  public var phrases: [Phrase]
  /// By situation.
  public var situations: [Situation]

  /// The results of one situation.
  struct Heard {
    var name: String
    var isAcrossRoom: Bool
    /// `[phrase][recording]`, log odds, −∞ without a candidate.
    var alone: [[Double]]
    var followed: [[Double]]
    /// By phrase, for false alarms; empty if the situation has no other speech.
    var outcomes: [StreamOutcome]
  }

  init(
    texts: [String], thresholds: [Double], thresholdSource: String, heard: [Heard], options: DeliveredOptions,
    bootstrap: Bootstrap?
  ) {
    self.thresholds = thresholdSource
    phrases = texts.indices.map { phrase in
      Phrase(
        text: texts[phrase], recordingCount: heard.map { $0.alone[phrase].count }.max() ?? 0,
        threshold: probability(ofLogit: thresholds[phrase]))
    }
    meanPhraseCount = heard.map { $0.alone.count { $0.count >= options.occurrencesForMean } }.max() ?? 0
    func misses(_ scores: [[Double]]) -> Misses {
      let clips = scores.indices.flatMap { [Int](repeating: $0, count: scores[$0].count) }
      let missed = scores.indices.flatMap { phrase in scores[phrase].map { $0 >= thresholds[phrase] ? 0.0 : 1 } }
      let tally = MissTally(
        phraseCount: texts.count, clips: clips, occurrencesForMean: options.occurrencesForMean, misses: [missed])
      let everything = Array(clips.indices)
      return Misses(
        recordingCount: clips.count, meanMissRate: tally.mean(0, everything),
        meanMissRateInterval: bootstrap?.interval(itemCount: clips.count) { tally.mean(0, $0) },
        pooledMissRate: missed.reduce(0, +) / Double(max(1, missed.count)), missRates: tally.rates(0, everything))
    }
    situations = heard.map { heard in
      var situation = Situation(
        name: heard.name, isAcrossRoom: heard.isAcrossRoom, alone: misses(heard.alone),
        followed: misses(heard.followed))
      guard !heard.outcomes.isEmpty else { return situation }
      let counts = zip(heard.outcomes, thresholds).map { outcome, threshold in
        Double(outcome.falseAlarms.count { $0.score >= threshold })
      }
      let hours = heard.outcomes.map(\.tradeoff.hours)
      func rate(_ drawn: [Int]) -> Double { drawn.reduce(0) { $0 + counts[$1] } / drawn.reduce(0) { $0 + hours[$1] } }
      situation.falseAlarmsPerHour = rate(Array(counts.indices))
      situation.falseAlarmsPerHourInterval = bootstrap?.interval(itemCount: counts.count) { rate($0) }
      situation.falseAlarmsPerHourByPhrase = zip(counts, hours).map { $0 / $1 }
      situation.phraseHours = hours.reduce(0, +)
      return situation
    }
  }

  /// A table of the situations and one of the phrases, ready for a model card.
  public var markdown: String {
    func rate(_ value: Double) -> String { String(format: "%.3g", value) }
    var table = MarkdownTable([
      "situation", "missed %", "95 %", "with a command right after %", "95 %", "false alarms an hour", "95 %",
    ])
    for situation in situations {
      table.append([
        situation.name, percent(situation.alone.meanMissRate), percent(situation.alone.meanMissRateInterval),
        percent(situation.followed.meanMissRate), percent(situation.followed.meanMissRateInterval),
        situation.falseAlarmsPerHour.map(rate) ?? "",
        situation.falseAlarmsPerHourInterval.map { "\(rate($0.lower))-\(rate($0.upper))" } ?? "",
      ])
    }
    let streams = situations.filter { $0.falseAlarmsPerHour != nil }
    let quiet = situations.filter { $0.falseAlarmsPerHour == nil && !$0.isAcrossRoom }
    var byPhrase = MarkdownTable(
      ["missed %, by phrase", "said", "threshold"] + streams.map(\.name)
        + (quiet.isEmpty ? [] : ["after quiet, mean", "after quiet, worst"])
        + streams.prefix(1).flatMap { ["\($0.name), with a command", "false alarms an hour"] })
    for (index, phrase) in phrases.enumerated() {
      let afterQuiet = quiet.map { $0.alone.missRates[index] }
      let cells = streams.map { percent($0.alone.missRates[index]) }
      let quietCells = afterQuiet.max().map { worst in
        [percent(afterQuiet.reduce(0, +) / Double(afterQuiet.count)), percent(worst)]
      }
      byPhrase.append(
        [phrase.text.lowercased(), "\(phrase.recordingCount)", String(format: "%.3f", phrase.threshold)] + cells
          + (quietCells ?? [])
          + streams.prefix(1).flatMap {
            [percent($0.followed.missRates[index]), rate($0.falseAlarmsPerHourByPhrase![index])]
          })
    }
    let hours = streams.first?.phraseHours.map {
      String(format: " False alarms of one phrase, over %.0f phrase-hours.", $0)
    }
    return "Thresholds: \(thresholds). Means of \(meanPhraseCount) phrases.\(hours ?? "")\n\n" + table.text + "\n"
      + byPhrase.text
  }

  /// The means to which an aim applies.
  public var metrics: [ReportedMetric] {
    situations.flatMap {
      [
        ReportedMetric("miss, \($0.name)", $0.alone.meanMissRate),
        ReportedMetric("miss, \($0.name), a command right after", $0.followed.meanMissRate),
      ]
    }
  }
}
