import Foundation

/// Results of the quiet protocol. Rates are shares, levels decibels of full scale, scores 0…1.
public struct QuietReport: Sendable, Codable {
  /// All recordings in one condition.
  public struct Condition: Sendable, Codable {
    /// ``QuietFloor/name``
    public var floor: String
    /// Duration of the floor before the phrase; `nil` if running speech precedes it.
    public var seconds: Double?
    /// Level of the speech before the phrase; `nil` without speech.
    public var speechBeforeDecibels: Double?
    /// Level of the phrase.
    public var decibels: Double
    /// Mean over the phrases with enough recordings.
    public var meanMissRate: Double
    /// Share of all recordings that are missed.
    public var pooledMissRate: Double
    /// Median over all recordings of the best candidate's score, 0 without a candidate.
    public var medianScore: Double
    /// By phrase, in the order of ``QuietReport/phrases``.
    public var missRates: [Double]
  }

  /// One phrase.
  public struct Phrase: Sendable, Codable {
    /// The text of the phrase.
    public var text: String
    /// Recordings of the phrase.
    public var recordingCount: Int
    /// The score from which the phrase counts as found.
    public var threshold: Double
    /// Miss rate in running speech.
    public var missRateRunning: Double
    /// Mean over the quiet conditions at the standard level.
    public var missRateQuiet: Double
    /// Miss rate in the condition with the most misses.
    public var missRateWorst: Double
    /// A description of that condition.
    public var worstCondition: String
    /// Median score in running speech.
    public var medianScoreRunning: Double
    /// Median over the recordings in all quiet conditions at the standard level.
    public var medianScoreQuiet: Double
  }

  /// Misses in some conditions compared with those in others.
  public struct Comparison: Sendable, Codable {
    /// A description of the comparison.
    public var name: String
    /// The condition; empty for a mean over several.
    public var condition: String
    /// Mean miss rate of the compared conditions.
    public var meanMissRate: Double
    /// Mean miss rate of the reference.
    public var referenceMissRate: Double
    /// Difference in percentage points.
    public var differencePoints: Double
    /// 95 % interval, by bootstrap over the recordings. It does not account for the selection of a worst condition.
    public var differenceInterval: ConfidenceInterval?
  }

  /// The figures to which aims apply.
  public struct Headline: Sendable, Codable {
    /// Mean miss rate in running speech (``QuietOptions/running``).
    public var running: Double
    /// All quiet conditions at the standard level against running speech.
    public var quiet: Comparison
    /// The quiet condition at the standard level with the most misses.
    public var worst: Comparison
    /// The quiet condition at the standard level that loses most against running speech over the same floor.
    public var worstOverFloor: Comparison
    /// Among the other levels, the quiet condition that loses most against running speech of that level over the same
    /// floor; `nil` without other levels.
    public var worstLevel: Comparison?
    /// Among the changes of talkers, the one with the most misses, against running speech.
    public var worstTalker: Comparison?
  }

  /// Description of the thresholds.
  public var thresholds: String
  /// All recordings.
  public var recordingCount: Int
  /// Phrases in the means.
  public var meanPhraseCount: Int
  /// The main figures.
  public var headline: Headline
  /// By condition.
  public var conditions: [Condition]
  /// By phrase.
  public var phrases: [Phrase]

  /// In the order of ``conditions``.
  private(set) var heard: [QuietCondition] = []

  private enum CodingKeys: String, CodingKey {
    case thresholds, recordingCount, meanPhraseCount, headline, conditions, phrases
  }

  /// - Parameters:
  ///   - thresholds: for each text, the log odds from which a phrase counts as found.
  ///   - clips: the phrase of each recording.
  ///   - conditions: must include ``QuietOptions/running`` and a quiet one at the standard level.
  ///   - scores: `[condition][recording]`, log odds, −∞ without a candidate.
  init(
    texts: [String], thresholds: [Double], thresholdSource: String, clips: [Int], conditions: [QuietCondition],
    scores: [[Double]], options: QuietOptions, bootstrap: Bootstrap?
  ) {
    let tally = MissTally(
      phraseCount: texts.count, clips: clips, occurrencesForMean: options.occurrencesForMean,
      misses: scores.map { scores in zip(scores, clips).map { $0 >= thresholds[$1] ? 0 : 1 } })
    let everything = Array(clips.indices)
    let usual = conditions.indices.filter {
      conditions[$0].isQuiet && conditions[$0].decibels == QuietOptions.standardDecibels
    }
    let running = conditions.firstIndex(of: QuietOptions.running)!

    self.thresholds = thresholdSource
    recordingCount = clips.count
    meanPhraseCount = tally.averaged.count
    heard = conditions
    self.conditions = conditions.indices.map { index in
      let condition = conditions[index]
      let ascending = scores[index].map { probability(ofLogit: $0) }.sorted()
      return Condition(
        floor: condition.floor.name, seconds: condition.seconds, speechBeforeDecibels: condition.speechBeforeDecibels,
        decibels: condition.decibels, meanMissRate: tally.mean(index, everything),
        pooledMissRate: tally.misses[index].reduce(0, +) / Double(clips.count),
        medianScore: Bootstrap.quantile(ascending, 0.5), missRates: tally.rates(index, everything))
    }

    func compare(_ name: String, _ compared: [Int], with references: [Int], condition: String) -> Comparison {
      func mean(_ conditions: [Int], _ drawn: [Int]) -> Double {
        conditions.reduce(0) { $0 + tally.mean($1, drawn) } / Double(conditions.count)
      }
      func points(_ drawn: [Int]) -> Double { 100 * (mean(compared, drawn) - mean(references, drawn)) }
      return Comparison(
        name: name, condition: condition, meanMissRate: mean(compared, everything),
        referenceMissRate: mean(references, everything), differencePoints: points(everything),
        differenceInterval: bootstrap?.interval(itemCount: clips.count) { points($0) })
    }
    /// The condition that loses most against its reference; `nil` if no reference was measured.
    func worst(_ name: String, _ among: [Int], against reference: (QuietCondition) -> QuietCondition) -> Comparison? {
      let pairs = among.compactMap { index in
        conditions.firstIndex(of: reference(conditions[index])).map { (index, $0) }
      }
      func loss(_ pair: (Int, Int)) -> Double { tally.mean(pair.0, everything) - tally.mean(pair.1, everything) }
      guard let (index, reference) = pairs.max(by: { loss($0) < loss($1) }) else { return nil }
      return compare(name, [index], with: [reference], condition: conditions[index].titleWithLevels)
    }
    let others = conditions.indices.filter { conditions[$0].isQuiet && !usual.contains($0) }
    let talkers = conditions.indices.filter { index in
      conditions[index].speechBeforeDecibels.map { $0 != conditions[index].decibels } ?? false
    }
    headline = Headline(
      running: tally.mean(running, everything),
      quiet: compare("after quiet, mean", usual, with: [running], condition: ""),
      worst: worst("after quiet, worst", usual) { _ in QuietOptions.running }!,
      worstOverFloor: worst("after quiet, against speech over the same floor", usual) { $0.afterSpeech }!,
      worstLevel: worst("other levels, against speech over the same floor", others) { $0.afterSpeech },
      worstTalker: worst("after another talker", talkers) { _ in QuietOptions.running })

    phrases = texts.indices.filter { clips.contains($0) }.map { phrase in
      let own = clips.indices.filter { clips[$0] == phrase }
      func rate(_ condition: Int) -> Double {
        own.reduce(0) { $0 + tally.misses[condition][$1] } / Double(own.count)
      }
      func median(_ conditions: [Int]) -> Double {
        let scores = conditions.flatMap { condition in own.map { probability(ofLogit: scores[condition][$0]) } }
        return Bootstrap.quantile(scores.sorted(), 0.5)
      }
      let worst = usual.max { rate($0) < rate($1) }!
      return Phrase(
        text: texts[phrase], recordingCount: own.count, threshold: probability(ofLogit: thresholds[phrase]),
        missRateRunning: rate(running), missRateQuiet: usual.reduce(0) { $0 + rate($1) } / Double(usual.count),
        missRateWorst: rate(worst), worstCondition: conditions[worst].title, medianScoreRunning: median([running]),
        medianScoreQuiet: median(usual))
    }
  }

  /// The results in a condition; `nil` if it was not measured.
  func result(_ condition: QuietCondition) -> Condition? {
    heard.firstIndex(of: condition).map { conditions[$0] }
  }
}

extension QuietCondition {
  /// A description without the level.
  public var title: String {
    let title =
      switch before {
      case .floor(let seconds): String(format: "%g s of %@", seconds, floor.title)
      case .speech: "speech over \(floor.title)"
      }
    return distance.map { "\(title), talkers \($0.title)" } ?? title
  }

  /// A description with the levels that differ from the standard.
  var titleWithLevels: String {
    if let before = speechBeforeDecibels, before != decibels {
      return String(format: "%g dBFS after speech at %g dBFS", decibels, before)
    }
    return decibels == QuietOptions.standardDecibels ? title : title + String(format: ", at %g dBFS", decibels)
  }

  var seconds: Double? {
    if case .floor(let seconds) = before { return seconds }
    return nil
  }

  var speechBeforeDecibels: Double? {
    if case .speech(let decibels) = before { return decibels }
    return nil
  }
}
