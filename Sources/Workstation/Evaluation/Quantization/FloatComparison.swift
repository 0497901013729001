import Foundation

/// A share in a report that can be compared between two scorers.
public struct ReportedMetric: Equatable, Sendable, Codable {
  /// The name in reports.
  public var name: String
  /// The share, 0…1.
  public var value: Double
  /// Whether an aim applies. Figures from few recordings vary by more than any aim.
  public var hasAim: Bool

  /// Creates a metric.
  public init(_ name: String, _ value: Double, hasAim: Bool = true) {
    self.name = name
    self.value = value
    self.hasAim = hasAim
  }
}

/// The metrics of one evaluation with the float network and with the int8 engine.
public struct FloatComparison: Equatable, Sendable, Codable {
  /// One metric with both scorers.
  public struct Row: Equatable, Sendable, Codable {
    /// The name of the metric.
    public var name: String
    /// The share with the float network.
    public var float: Double
    /// The share with the int8 engine.
    public var int8: Double
    /// int8 − float, in percentage points.
    public var differencePoints: Double
    /// Whether an aim applies.
    public var hasAim: Bool
  }

  /// The aim: the maximum difference in percentage points, in either direction.
  public static let aimPoints = 0.3

  /// In the order of the int8 metrics. Metrics of only one scorer are omitted.
  public var rows: [Row]
  /// The largest absolute difference among the rows with an aim.
  public var largestDifferencePoints: Double
  /// Whether the largest difference meets the aim.
  public var isWithinAim: Bool

  /// Compares the metrics by name.
  public init(float: [ReportedMetric], int8: [ReportedMetric]) {
    let floats = Dictionary(float.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
    rows = int8.compactMap { metric in
      floats[metric.name].map { value in
        Row(
          name: metric.name, float: value, int8: metric.value, differencePoints: 100 * (metric.value - value),
          hasAim: metric.hasAim)
      }
    }
    largestDifferencePoints = rows.lazy.filter(\.hasAim).map { abs($0.differencePoints) }.max() ?? 0
    // The tolerance keeps 30.3 % − 30 % from exceeding 0.3.
    isWithinAim = largestDifferencePoints <= Self.aimPoints + 1e-9
  }

  /// A table of the rows, and the largest difference.
  public var markdown: String {
    var table = MarkdownTable(["metric", "float %", "int8 %", "difference", "at most \(Self.aimPoints)"])
    for row in rows {
      let verdict = abs(row.differencePoints) <= Self.aimPoints + 1e-9 ? "yes" : "no"
      table.append([
        row.name, percent(row.float), percent(row.int8), String(format: "%+.2f", row.differencePoints),
        row.hasAim ? verdict : "",
      ])
    }
    return table.text
      + String(
        format: "\nLargest difference of the metrics with an aim: %.2f points; aim at most %.1f: %@.\n",
        largestDifferencePoints, Self.aimPoints, isWithinAim ? "met" : "not met")
  }
}

extension PairReport {
  /// Metrics pooled over the word counts have an aim; those by word count and group do not.
  public var metrics: [ReportedMetric] {
    func metrics(_ results: [PairResult], _ positives: String) -> [ReportedMetric] {
      results.flatMap { result in
        let isPooled = result.wordCount == nil
        let words = result.wordCount.map { ", \($0) word\($0 == 1 ? "" : "s")" } ?? ""
        let suffix = " \(result.negatives.rawValue), \(positives)\(words)"
        return [
          ReportedMetric("EER" + suffix, result.equalErrorRate, hasAim: isPooled),
          ReportedMetric("AUC" + suffix, result.areaUnderCurve, hasAim: isPooled),
          ReportedMetric("AP" + suffix, result.averagePrecision, hasAim: isPooled),
          ReportedMetric(
            "TPR at 1 % FPR" + suffix, result.truePositiveRateAt1PercentFalsePositives, hasAim: isPooled),
        ]
      }
    }
    let grouped =
      groups.count < 2
      ? []
      : groups.flatMap { group in
        group.otherSpeakers.map {
          ReportedMetric(
            "EER \($0.negatives.rawValue), other speakers, \(group.name)", $0.equalErrorRate, hasAim: false)
        }
      }
    let all = metrics(otherSpeakers, "other speakers") + metrics(ownRecording, "own recording")
    return all.filter(\.hasAim) + all.filter { !$0.hasAim } + grouped
  }
}

extension ModalityReport {
  /// Both top-1 accuracies, with an aim.
  public var metrics: [ReportedMetric] {
    [ReportedMetric("top-1 audio to text", audioToTextTop1), ReportedMetric("top-1 text to audio", textToAudioTop1)]
  }
}

extension PhonemeReport {
  /// By corpus with an aim, by group without.
  public var metrics: [ReportedMetric] {
    let groups = groups.filter { group in !results.contains { $0.corpus == group.corpus } }
    return results.map { ReportedMetric("PER \($0.corpus)", $0.phonemeErrorRate) }
      + groups.map { ReportedMetric("PER \($0.corpus)", $0.phonemeErrorRate, hasAim: false) }
  }
}

extension WordReport {
  /// Means with an aim, words without.
  public var metrics: [ReportedMetric] {
    zip(falseAlarmsPerHour, meanFoundShares).map { rate, share in
      ReportedMetric("found at \(String(format: "%g", rate))/h, mean of \(words.count)", share)
    }
      + words.flatMap { word in
        zip(falseAlarmsPerHour, word.foundShares).map { rate, share in
          ReportedMetric("found at \(String(format: "%g", rate))/h, \(word.text.lowercased())", share, hasAim: false)
        }
      }
  }
}

extension StreamReport {
  /// Means and rates over all occurrences have an aim; those by phrase and group do not.
  public var metrics: [ReportedMetric] {
    func name(_ what: String, _ rate: Double) -> String {
      "\(conditionName): miss at \(String(format: "%g", rate))/h, \(what)"
    }
    let means = summaries.flatMap {
      [
        ReportedMetric(name("mean of \(meanPhraseCount)", $0.falseAlarmsPerHour), $0.meanMissRate),
        ReportedMetric(name("all said", $0.falseAlarmsPerHour), $0.pooledMissRate),
      ]
    }
    let byGroup =
      groups.count < 2
      ? []
      : groups.flatMap { group in
        zip(summaries, group.missRates).map {
          ReportedMetric(name(group.name, $0.falseAlarmsPerHour), $1, hasAim: false)
        }
      }
    let byPhrase = phrases.flatMap { phrase in
      phrase.operatingPoints.map {
        ReportedMetric(name(phrase.text.lowercased(), $0.falseAlarmsPerHour), $0.missRate, hasAim: false)
      }
    }
    return means + byGroup + byPhrase
  }
}
