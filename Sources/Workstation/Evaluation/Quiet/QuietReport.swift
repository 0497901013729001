import Foundation

/// Results of the quiet protocol. Rates are shares, levels decibels of full scale, scores 0…1.
public struct QuietReport: Sendable, Codable {
  /// All recordings in one condition.
  public struct Condition: Sendable, Codable {
    /// ``QuietFloor/name``
    public var floor: String
    /// How long the floor was heard alone before the phrase; `nil` where running speech came before it.
    public var seconds: Double?
    /// Level of the speech before the phrase; `nil` where there was none.
    public var speechBeforeDecibels: Double?
    /// Level of the phrase.
    public var decibels: Double
    /// Mean over the phrases that have enough recordings.
    public var meanMissRate: Double
    /// Share of all recordings missed.
    public var pooledMissRate: Double
    /// Median over all recordings of the best candidate's score, 0 where there is none.
    public var medianScore: Double
    /// Of each phrase, in the order of ``QuietReport/phrases``.
    public var missRates: [Double]
  }

  /// One phrase.
  public struct Phrase: Sendable, Codable {
    public var text: String
    public var recordingCount: Int
    /// The score from which it counts as found.
    public var threshold: Double
    public var missRateRunning: Double
    /// Mean over the quiet conditions at the usual level.
    public var missRateQuiet: Double
    /// In the condition in which it is missed most.
    public var missRateWorst: Double
    public var worstCondition: String
    public var medianScoreRunning: Double
    /// Median over the recordings in all quiet conditions at the usual level.
    public var medianScoreQuiet: Double
  }

  /// Misses of conditions against those of others.
  public struct Comparison: Sendable, Codable {
    /// What is compared, in words.
    public var name: String
    /// The condition; empty for a mean over several.
    public var condition: String
    public var meanMissRate: Double
    /// Of what it is compared with.
    public var referenceMissRate: Double
    /// In points of a hundred.
    public var differencePoints: Double
    /// 95 %, by bootstrap over the recordings, which does not know that a worst condition was chosen.
    public var differenceInterval: ConfidenceInterval?
  }

  /// What the aims are for.
  public struct Headline: Sendable, Codable {
    /// Mean miss rate in running speech (``QuietOptions/running``).
    public var running: Double
    /// All quiet conditions at the usual level, against running speech.
    public var quiet: Comparison
    /// The one of them in which most is missed.
    public var worst: Comparison
    /// The one that loses most against running speech over the same floor.
    public var worstOverFloor: Comparison
    /// Of the other levels, the quiet condition that loses most against running speech of that level over the same floor; `nil`
    /// without other levels.
    public var worstLevel: Comparison?
    /// Of the changes of talkers, the one in which most is missed, against running speech.
    public var worstTalker: Comparison?
  }

  public var thresholds: String
  public var recordingCount: Int
  /// Phrases in the means.
  public var meanPhraseCount: Int
  public var headline: Headline
  public var conditions: [Condition]
  public var phrases: [Phrase]

  /// In the order of ``conditions``.
  private(set) var heard: [QuietCondition] = []

  private enum CodingKeys: String, CodingKey {
    case thresholds, recordingCount, meanPhraseCount, headline, conditions, phrases
  }

  /// - Parameters:
  ///   - thresholds: of each text, the log odds from which a phrase counts as found.
  ///   - clips: the phrase of each recording.
  ///   - conditions: ``QuietOptions/running`` among them, and a quiet one at the usual level.
  ///   - scores: of each condition, of each recording: log odds, −∞ where there is no candidate.
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
    /// The condition that loses most against another; `nil` where no other was heard.
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

  /// The results in a condition; `nil` where it was not heard.
  func result(_ condition: QuietCondition) -> Condition? {
    heard.firstIndex(of: condition).map { conditions[$0] }
  }
}

extension QuietCondition {
  /// For people, without the level.
  public var title: String {
    switch before {
    case .floor(let seconds): String(format: "%g s of %@", seconds, floor.title)
    case .speech: "speech over \(floor.title)"
    }
  }

  /// For people, with the levels where they are not the usual ones.
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
