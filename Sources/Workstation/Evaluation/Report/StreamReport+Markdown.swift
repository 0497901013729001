import Foundation

extension StreamReport {
  /// A short name of the stream's noise and distance: `10 dB`, `clean`, `10 dB, far`.
  public var conditionName: String { StreamCondition.name(signalToNoiseDecibels, distance) }

  /// All tables, with the ten worst misses and false alarms.
  public var markdown: String { markdown(worstCount: 10) }

  /// All tables of the stream.
  ///
  /// - Parameter worstCount: the number of worst misses and of worst false alarms to list.
  public func markdown(worstCount: Int) -> String {
    var heard = signalToNoiseDecibels.map { String(format: "noise at %g dB", $0) } ?? "no noise"
    if let distance { heard += ", talkers in rooms, \(distance)" }
    let parts = [
      String(format: "%.2f h, %@, %d candidates\n", streamHours, heard, candidateCount), phraseTable, groupTable,
      eventText, worstText(worstCount),
    ]
    return parts.filter { !$0.isEmpty }.joined(separator: "\n")
  }

  private var rates: [String] { summaries.map { String(format: "%g", $0.falseAlarmsPerHour) } }

  private var phraseTable: String {
    var table = MarkdownTable(
      ["phrase", "said"] + rates.flatMap { ["miss % at \($0)/h", "95 %"] } + [
        "latency ms", "95th ms", "miss % at 0.5", "alarms/h at 0.5",
      ])
    func milliseconds(_ seconds: Double?) -> String { seconds.map { String(format: "%.0f", 1_000 * $0) } ?? "" }
    for phrase in phrases {
      table.append(
        [phrase.text.lowercased(), "\(phrase.occurrenceCount)"]
          + phrase.operatingPoints.flatMap { [percent($0.missRate), percent($0.missRateInterval)] } + [
            milliseconds(phrase.medianLatencySeconds), milliseconds(phrase.latency95thPercentileSeconds),
            percent(phrase.missRateAtHalf), String(format: "%.2f", phrase.falseAlarmsPerHourAtHalf),
          ])
    }
    let said = phrases.reduce(0) { $0 + $1.occurrenceCount }
    table.append(
      ["mean of \(meanPhraseCount)", ""] + summaries.flatMap { [percent($0.meanMissRate), ""] } + ["", "", "", ""])
    table.append(
      ["all said", "\(said)"] + summaries.flatMap { [percent($0.pooledMissRate), ""] } + [
        milliseconds(medianLatencySeconds), milliseconds(latency95thPercentileSeconds), "", "",
      ])
    return table.text
  }

  /// Empty if all recordings belong to one group.
  private var groupTable: String {
    guard groups.count > 1 else { return "" }
    var table = MarkdownTable(["speakers", "said"] + rates.flatMap { ["miss % at \($0)/h", "95 %"] })
    for group in groups {
      table.append(
        [group.name, "\(group.occurrenceCount)"]
          + zip(group.missRates, group.missRateIntervals).flatMap { [percent($0), percent($1)] })
    }
    return table.text
  }

  private var eventText: String {
    guard let events else { return "" }
    let rate = String(format: "%g", workingFalseAlarmsPerHour)
    var text = "Decision of the device, with all phrases at \(rate)/h each: \(events.detectedCount) of "
    text += "\(events.occurrenceCount) detected, "
    text += String(format: "%d false alarms (%.2f/h). ", events.falseAlarmCount, events.falseAlarmsPerHour)
    if let share = events.onceShare {
      text += "Of the detected occurrences, \(events.onceCount) gave one event: \(percent(share)) % (aim: at least "
      text += String(format: "%.1f %%), ", 100 * StreamEventReport.aim)
      text += share >= StreamEventReport.aim ? "met.\n" : "not met.\n"
    } else {
      text += "\n"
    }
    if !events.repetitions.isEmpty {
      var table = MarkdownTable(["reported repeatedly", "said from", "to", "events end", "clip", "speaker"])
      for item in events.repetitions {
        table.append([
          item.phrase.lowercased(), seconds(item.startSeconds), seconds(item.endSeconds),
          item.eventSeconds.map { String(format: "%.2f", $0) }.joined(separator: ", "), item.clip, item.speaker,
        ])
      }
      text += "\n" + table.text
    }
    text += "\nOccurrences on which another phrase was reported: \(events.confusedCount).\n"
    if !events.confusions.isEmpty {
      var table = MarkdownTable(["said", "reported", "times", "of them missed"])
      for item in events.confusions {
        table.append([item.said.lowercased(), item.reported.lowercased(), "\(item.count)", "\(item.missedCount)"])
      }
      text += "\n" + table.text
    }
    return text
  }

  private func worstText(_ count: Int) -> String {
    var text = ""
    let alarms = worstFalseAlarms(count)
    if !alarms.isEmpty {
      var table = MarkdownTable(["worst false alarms", "score", "from", "to", "speaker", "heard"])
      for alarm in alarms {
        table.append([
          alarm.phrase.lowercased(), String(format: "%.4f", alarm.score), seconds(alarm.startSeconds),
          seconds(alarm.endSeconds), alarm.speakers, Self.shortened(alarm.heard),
        ])
      }
      text += table.text
    }
    if count > 0, !misses.isEmpty {
      let rate = String(format: "%g", workingFalseAlarmsPerHour)
      var table = MarkdownTable(["worst misses at \(rate)/h", "score", "threshold", "from", "to", "speaker", "clip"])
      for miss in misses.prefix(count) {
        table.append([
          miss.phrase.lowercased(), miss.score.map { String(format: "%.4f", $0) } ?? "none",
          String(format: "%.4f", miss.threshold), seconds(miss.startSeconds), seconds(miss.endSeconds),
          miss.clip.speaker, miss.clip.id,
        ])
      }
      text += (text.isEmpty ? "" : "\n") + table.text
    }
    return text
  }

  /// Shortens a text for tables. ``falseAlarmTable`` has the full text.
  private static func shortened(_ text: String) -> String { text.count > 72 ? text.prefix(71) + "…" : text }

  private func seconds(_ value: Double) -> String { String(format: "%.2f", value) }

  /// A table with one row per stream; empty for a single stream.
  public static func overview(_ reports: [StreamReport]) -> String {
    guard reports.count > 1 else { return "" }
    let rates = reports[0].summaries.map { String(format: "%g", $0.falseAlarmsPerHour) }
    var table = MarkdownTable(
      ["stream"] + rates.map { "mean miss % at \($0)/h" } + rates.map { "of all said, at \($0)/h" } + ["one event %"])
    for report in reports {
      table.append(
        [report.conditionName] + report.summaries.map { percent($0.meanMissRate) }
          + report.summaries.map { percent($0.pooledMissRate) } + [report.events?.onceShare.map { percent($0) } ?? ""])
    }
    return table.text
  }
}
