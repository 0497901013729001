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

  /// Misses after quiet against those in running speech. Differences are in points of a hundred.
  public struct Headline: Sendable, Codable {
    /// Mean miss rate in running speech.
    public var running: Double
    /// Mean miss rate over all quiet conditions at the usual level.
    public var quiet: Double
    public var quietDifferencePoints: Double
    public var quietDifferenceInterval: ConfidenceInterval?
    /// The quiet condition at the usual level in which most is missed.
    public var worstCondition: String
    public var worst: Double
    public var worstDifferencePoints: Double
    /// 95 %, by bootstrap over the recordings, which does not know that the condition was chosen.
    public var worstDifferenceInterval: ConfidenceInterval?
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
    let tally = QuietTally(
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

    let worst = usual.max { tally.mean($0, everything) < tally.mean($1, everything) }!
    func quiet(_ drawn: [Int]) -> Double { usual.reduce(0) { $0 + tally.mean($1, drawn) } / Double(usual.count) }
    func points(_ value: (_ drawn: [Int]) -> Double) -> (Double, ConfidenceInterval?) {
      func difference(_ drawn: [Int]) -> Double { 100 * (value(drawn) - tally.mean(running, drawn)) }
      return (difference(everything), bootstrap?.interval(itemCount: clips.count) { difference($0) })
    }
    let (quietPoints, quietInterval) = points(quiet)
    let (worstPoints, worstInterval) = points { tally.mean(worst, $0) }
    headline = Headline(
      running: tally.mean(running, everything), quiet: quiet(everything), quietDifferencePoints: quietPoints,
      quietDifferenceInterval: quietInterval, worstCondition: conditions[worst].title,
      worst: tally.mean(worst, everything), worstDifferencePoints: worstPoints, worstDifferenceInterval: worstInterval)

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

  var seconds: Double? {
    if case .floor(let seconds) = before { return seconds }
    return nil
  }

  var speechBeforeDecibels: Double? {
    if case .speech(let decibels) = before { return decibels }
    return nil
  }
}

/// Which recordings were missed in which condition.
private struct QuietTally {
  let phraseCount: Int
  /// The phrase of each recording.
  let clips: [Int]
  /// `[condition][recording]`, 1 where missed.
  let misses: [[Double]]
  /// Phrases that have enough recordings for the mean.
  let averaged: [Int]

  init(phraseCount: Int, clips: [Int], occurrencesForMean: Int, misses: [[Double]]) {
    self.phraseCount = phraseCount
    self.clips = clips
    self.misses = misses
    averaged = (0..<phraseCount).filter { phrase in clips.count { $0 == phrase } >= occurrencesForMean }
  }

  /// Of each phrase over the drawn recordings; not a number where none was drawn.
  func rates(_ condition: Int, _ drawn: [Int]) -> [Double] {
    var sums = [Double](repeating: 0, count: phraseCount)
    var counts = sums
    for clip in drawn {
      sums[clips[clip]] += misses[condition][clip]
      counts[clips[clip]] += 1
    }
    return zip(sums, counts).map { $0 / $1 }
  }

  /// Over the averaged phrases of which a recording was drawn.
  func mean(_ condition: Int, _ drawn: [Int]) -> Double {
    let all = rates(condition, drawn)
    let rates = averaged.map { all[$0] }.filter { !$0.isNaN }
    return rates.reduce(0, +) / Double(max(1, rates.count))
  }
}
