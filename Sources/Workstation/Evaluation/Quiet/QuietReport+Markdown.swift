import Foundation

extension QuietReport {
  /// The main figures, and tables by floor and time, by floor and level, after other talkers, and by phrase.
  public var markdown: String {
    [
      headlineText, missTable, medianTable, levelTable, talkerTable, phraseTable,
    ].filter { !$0.isEmpty }.joined(separator: "\n")
  }

  private var headlineText: String {
    func line(_ comparison: Comparison) -> String {
      let bounds =
        comparison.differenceInterval.map { String(format: " (95 %%: %+.1f to %+.1f)", $0.lower, $0.upper) } ?? ""
      let condition = comparison.condition.isEmpty ? "" : ": \(comparison.condition)"
      return "- \(comparison.name)\(condition): \(percent(comparison.meanMissRate)) %, "
        + String(format: "%+.1f points", comparison.differencePoints)
        + " on \(percent(comparison.referenceMissRate)) %\(bounds)\n"
    }
    var text = "\(recordingCount) recordings per condition, means of \(meanPhraseCount) phrases. "
    text += "Thresholds: \(thresholds).\n\n"
    text += "Miss rates, with the phrase at \(level(QuietOptions.standardDecibels)) unless noted:\n\n"
    text += "- in running speech: \(percent(headline.running)) %\n"
    let comparisons = [
      headline.quiet, headline.worst, headline.worstOverFloor, headline.worstLevel, headline.worstTalker,
    ]
    text += comparisons.compactMap { $0.map(line) }.joined()
    return text
  }

  private var floors: [QuietFloor] {
    heard.filter(\.isQuiet).map(\.floor).reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
  }

  private var missTable: String {
    floorTable("mean miss %") { percent($0.meanMissRate) }
  }

  private var medianTable: String {
    floorTable("median score") { String(format: "%.3f", $0.medianScore) }
  }

  /// Floors against the preceding duration at the standard level, running speech first.
  private func floorTable(_ heading: String, _ cell: (Condition) -> String) -> String {
    let usual = QuietOptions.standardDecibels
    let times = Set(heard.filter { $0.decibels == usual }.compactMap(\.seconds)).sorted()
    var table = MarkdownTable([heading, "after speech"] + times.map { String(format: "after %g s", $0) })
    for floor in [QuietFloor.ofStreams] + floors.filter({ $0 != .ofStreams }) {
      let befores = [.speech(decibels: usual)] + times.map { QuietCondition.Before.floor(seconds: $0) }
      table.append(
        [floor.title]
          + befores.map { before in
            result(QuietCondition(before: before, floor: floor, decibels: usual)).map(cell) ?? ""
          })
    }
    return table.text
  }

  /// Empty if the phrases have only one level.
  private var levelTable: String {
    let levels = Set(heard.filter(\.isQuiet).map(\.decibels)).sorted()
    let others = heard.filter { $0.isQuiet && $0.decibels != QuietOptions.standardDecibels }
    guard levels.count > 1, let seconds = others.first?.seconds else { return "" }
    var table = MarkdownTable(
      [String(format: "mean miss %%, after %g s", seconds)]
        + levels.flatMap { [level($0), "\(level($0)), after speech"] })
    for floor in [QuietFloor.ofStreams] + floors.filter({ $0 != .ofStreams }) {
      table.append(
        [floor.title]
          + levels.flatMap { decibels in
            let quiet = QuietCondition(before: .floor(seconds: seconds), floor: floor, decibels: decibels)
            return [quiet, quiet.afterSpeech].map { result($0).map { percent($0.meanMissRate) } ?? "" }
          })
    }
    return table.text
  }

  private var talkerTable: String {
    var table = MarkdownTable(["after another talker", "before, dBFS", "phrase, dBFS", "mean miss %", "median score"])
    for (condition, result) in zip(heard, conditions) {
      guard let before = condition.speechBeforeDecibels, condition.floor == .ofStreams else { continue }
      let change = condition.decibels - before
      let name =
        change == 0 ? "as loud" : String(format: "the phrase %g dB %@", abs(change), change > 0 ? "louder" : "softer")
      table.append([
        name, String(format: "%g", before), String(format: "%g", condition.decibels), percent(result.meanMissRate),
        String(format: "%.3f", result.medianScore),
      ])
    }
    return table.text
  }

  private var phraseTable: String {
    var table = MarkdownTable([
      "phrase", "recordings", "threshold", "miss % in speech", "after quiet", "worst", "in", "median score in speech",
      "after quiet",
    ])
    for phrase in phrases {
      table.append([
        phrase.text.lowercased(), "\(phrase.recordingCount)", String(format: "%.4f", phrase.threshold),
        percent(phrase.missRateRunning), percent(phrase.missRateQuiet), percent(phrase.missRateWorst),
        phrase.worstCondition, String(format: "%.3f", phrase.medianScoreRunning),
        String(format: "%.3f", phrase.medianScoreQuiet),
      ])
    }
    return table.text
  }

  private func level(_ decibels: Double) -> String { String(format: "%g dBFS", decibels) }
}

extension QuietReport {
  /// The main figures and each condition with an aim; by phrase without.
  public var metrics: [ReportedMetric] {
    [
      ReportedMetric("miss in running speech", headline.running),
      ReportedMetric("miss after quiet", headline.quiet.meanMissRate),
    ]
      + zip(heard, conditions).map {
        ReportedMetric("\($0.title), \(level($0.decibels))", $1.meanMissRate, hasAim: false)
      }
  }
}
