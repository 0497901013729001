import Foundation

/// How much scores depend on the start of a stream. Scores are 0…1, rates are shares.
public struct OffsetReport: Sendable, Codable {
  /// The recordings whose mean score lies in one range.
  public struct ScoreRange: Sendable, Codable {
    /// `lower ≤ mean score < upper`
    public var lower: Double
    /// The upper bound of the range.
    public var upper: Double
    /// Recordings in the range.
    public var recordingCount: Int
    /// Standard deviation of the score over the offsets: the root of the recordings' mean variance; `nil` without
    /// recordings.
    public var standardDeviation: Double?
    /// Standard deviation of the least stable recording.
    public var largestStandardDeviation: Double?
  }

  /// One phrase.
  public struct Phrase: Sendable, Codable {
    /// The text of the phrase.
    public var text: String
    /// Recordings of the phrase.
    public var recordingCount: Int
    /// The score from which the phrase counts as found.
    public var threshold: Double
    /// Miss rate over all offsets.
    public var missRate: Double
    /// Recordings found at some offsets, but not at all.
    public var unsteadyCount: Int
    /// Standard deviation of the score over the offsets, pooled over the recordings.
    public var standardDeviation: Double
  }

  /// The bounds of the ranges. The last range includes 1.
  public static let bounds = [0, 0.05, 0.5, 0.85, 0.97, 1]
  /// The aim: the maximum standard deviation of scores around 0.9, from 0.85 to 0.97.
  public static let aim = 0.02

  /// Description of the thresholds.
  public var thresholds: String
  /// Offsets of each recording.
  public var offsetCount: Int
  /// By range of the mean score.
  public var ranges: [ScoreRange]
  /// By phrase.
  public var phrases: [Phrase]
  /// Phrases in the means.
  public var meanPhraseCount: Int
  /// Mean miss rate of the phrases with enough recordings, over all offsets.
  public var meanMissRate: Double
  /// Mean miss rate at the best offset.
  public var lowestMeanMissRate: Double
  /// Mean miss rate at the worst offset.
  public var highestMeanMissRate: Double
  /// All recordings.
  public var recordingCount: Int
  /// Recordings found at some offsets, but not at all.
  public var unsteadyCount: Int
  /// Share of the offsets at which those recordings are missed; `nil` without any.
  public var unsteadyMissRate: Double?

  /// - Parameters:
  ///   - thresholds: for each text, the log odds from which a phrase counts as found.
  ///   - clips: the phrase of each recording.
  ///   - scores: log odds of each recording at each offset, −∞ without a candidate.
  public init(
    texts: [String], thresholds: [Double], thresholdSource: String, clips: [Int], scores: [[Double]],
    occurrencesForMean: Int
  ) {
    let offsets = scores.first?.indices ?? 0..<0
    let misses = zip(clips, scores).map { clip, scores in scores.map { $0 >= thresholds[clip] ? 0.0 : 1 } }
    let tally = MissTally(
      phraseCount: texts.count, clips: clips, occurrencesForMean: occurrencesForMean,
      misses: offsets.map { offset in misses.map { $0[offset] } })
    let everything = Array(clips.indices)
    let spreads = scores.map { Spread($0.map { probability(ofLogit: $0) }) }
    let shares = misses.map { $0.reduce(0, +) / Double(max(1, $0.count)) }
    let unsteady = everything.filter { shares[$0] > 0 && shares[$0] < 1 }

    self.thresholds = thresholdSource
    offsetCount = offsets.count
    ranges = zip(Self.bounds, Self.bounds.dropFirst()).map { lower, upper in
      let own = spreads.filter { $0.mean >= lower && ($0.mean < upper || upper == 1) }
      return ScoreRange(
        lower: lower, upper: upper, recordingCount: own.count, standardDeviation: Spread.pooled(own),
        largestStandardDeviation: own.map { $0.variance.squareRoot() }.max())
    }
    phrases = texts.indices.filter { clips.contains($0) }.map { phrase in
      let own = everything.filter { clips[$0] == phrase }
      return Phrase(
        text: texts[phrase], recordingCount: own.count, threshold: probability(ofLogit: thresholds[phrase]),
        missRate: own.reduce(0) { $0 + shares[$1] } / Double(own.count),
        unsteadyCount: unsteady.count { clips[$0] == phrase },
        standardDeviation: Spread.pooled(own.map { spreads[$0] })!)
    }
    meanPhraseCount = tally.averaged.count
    let means = offsets.map { tally.mean($0, everything) }
    meanMissRate = means.reduce(0, +) / Double(max(1, means.count))
    lowestMeanMissRate = means.min() ?? 0
    highestMeanMissRate = means.max() ?? 0
    recordingCount = clips.count
    unsteadyCount = unsteady.count
    unsteadyMissRate = unsteady.isEmpty ? nil : unsteady.reduce(0) { $0 + shares[$1] } / Double(unsteady.count)
  }

  /// The range to which the aim applies.
  var aimedRange: ScoreRange { ranges[3] }
}

/// Mean and variance of one recording's scores.
private struct Spread {
  var mean: Double
  /// Divided by the number of offsets, since these are all offsets.
  var variance: Double

  init(_ scores: [Double]) {
    let mean = scores.reduce(0, +) / Double(scores.count)
    self.mean = mean
    variance = scores.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(scores.count)
  }

  static func pooled(_ spreads: [Spread]) -> Double? {
    spreads.isEmpty ? nil : (spreads.reduce(0) { $0 + $1.variance } / Double(spreads.count)).squareRoot()
  }
}

extension OffsetReport {
  /// The main figures, and tables by range of scores and by phrase.
  public var markdown: String {
    func score(_ value: Double?) -> String { value.map { String(format: "%.4f", $0) } ?? "" }
    var text = "\(recordingCount) recordings in running speech, each at \(offsetCount) offsets of 1 ms. "
    text += "Thresholds: \(thresholds).\n\n"
    if let deviation = aimedRange.standardDeviation {
      text += "- standard deviation at scores of \(aimedRange.lower) to \(aimedRange.upper): \(score(deviation)) "
      text += "(aim: at most \(Self.aim)), \(deviation <= Self.aim ? "met" : "not met")\n"
    }
    text += "- found at some offsets only: \(unsteadyCount) of \(recordingCount)"
    text += unsteadyMissRate.map { ", missed at \(percent($0)) % of the offsets\n" } ?? "\n"
    text += "- mean miss of \(meanPhraseCount) phrases: \(percent(meanMissRate)) % over all offsets, "
    text += "\(percent(lowestMeanMissRate)) to \(percent(highestMeanMissRate)) % by offset\n\n"

    var byScore = MarkdownTable(["mean score", "recordings", "standard deviation", "largest"])
    for range in ranges {
      byScore.append([
        "\(range.lower)-\(range.upper)", "\(range.recordingCount)", score(range.standardDeviation),
        score(range.largestStandardDeviation),
      ])
    }
    var byPhrase = MarkdownTable([
      "phrase", "recordings", "threshold", "miss %", "at some offsets only", "standard deviation",
    ])
    for phrase in phrases {
      byPhrase.append([
        phrase.text.lowercased(), "\(phrase.recordingCount)", score(phrase.threshold), percent(phrase.missRate),
        "\(phrase.unsteadyCount)", score(phrase.standardDeviation),
      ])
    }
    return text + byScore.text + "\n" + byPhrase.text
  }
}
