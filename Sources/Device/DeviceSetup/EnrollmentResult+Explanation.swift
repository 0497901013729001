import JSON
import KeywordSpotting
import Messages
import TextEnrollment

extension EnrollmentResult {
  /// The thresholds for which false alarms are listed.
  private static let listedThresholds: [Float] = [0.1, 0.3, 0.5, 0.7, 0.9, 0.97, 0.99, 0.999, 0.9999]

  /// The full report on the phrase, line by line.
  ///
  /// - Parameter notes: The texts of the warnings.
  package func explanation(notes: [String]) -> [String] {
    var lines = [enrollment.text, "", "readings"]
    for line in listenedFor { lines.append("  " + line) }
    lines += ["", "words"]
    for word in words {
      let ways = word.pronunciations.map { PhonemeSequence(words: [$0]).arpabet }.joined(separator: ", ")
      lines.append("  \(padded(word.word, 16)) \(ways) (\(name(of: word.source)))")
    }
    lines += ["", "pronunciations to listen for"]
    for variant in enrollment.variants {
      lines.append("  \(variant.arpabet) (\(variant.phonemes.count) phonemes)")
    }
    lines += ["", "false alarms"]
    if let advice {
      let hours = fixedPoint(Double(advice.falseAlarms.hours), decimals: 2)
      lines.append("  expected per hour for this mix of talk, from \(hours) h of speech")
      for part in mixColumns(advice.falseAlarms) where part.share > 0 {
        lines.append("    \(percentText(part.share)) \(part.name)")
      }
      let columns = mixColumns(advice.falseAlarms).filter { $0.rate != nil }
      lines.append("")
      lines.append("  \(padded("threshold", 10)) \(row(["the mix"] + columns.map { $0.name }, columns))")
      for threshold in Self.listedThresholds {
        let rates = columns.map { rateText($0.rate!.perHour(atThreshold: threshold)) }
        let all = rateText(advice.falseAlarms.perHour(atThreshold: threshold))
        lines.append("  \(padded(scoreText(threshold), 10)) \(row([all] + rates, columns))")
      }
      lines.append("  \(thresholdSentence)")
      if let missShare {
        lines.append(
          "  \(percentText(missShare)) of ordinary phrases in the same speech, given pauses around them, score less"
        )
      }
      lines += ["", "nearest matches in that speech"]
      if advice.heard.isEmpty { lines.append("  none") }
      for stretch in advice.heard {
        let words = stretch.words.isEmpty ? "(no word)" : "\"\(stretch.words)\""
        let times = stretch.count > 1 ? ", \(stretch.count) times" : ""
        lines.append(
          "  \(padded(scoreText(stretch.score), 12)) \(words)\(times), \(advice.falseAlarms.mix.conditions[stretch.condition].name)"
        )
      }
    } else {
      lines.append("  \(thresholdSentence)")
    }
    lines += ["", "notes"]
    if notes.isEmpty { lines.append("  none") }
    for note in notes { lines.append("  \(note)") }
    return lines
  }

  /// The report as JSON.
  ///
  /// - Parameter explained: Whether to add the words, the false alarms at the listed thresholds, and the nearest
  ///   matches.
  package func json(explained: Bool) -> JSONObject {
    var object = JSONObject()
    object.add("phrase", enrollment.text)
    object.add("pronunciations", enrollment.variants.map { $0.arpabet })
    object.add("source", name(of: source))
    var readings: [JSONObject] = []
    for (index, reading) in report.readings.enumerated() {
      var entry = JSONObject("words", reading.text)
      entry.add("pronunciations", pronunciations(ofReading: index))
      entry.add("source", name(of: reading.source))
      readings.append(entry)
    }
    object.add("readings", readings)
    object.add("threshold", enrollment.threshold)
    switch thresholdSource {
    case .given: object.add("thresholdSource", "given")
    case .advised: object.add("thresholdSource", "advised")
    case .standard: object.add("thresholdSource", "standard")
    }
    if let rate = falseAlarmsPerHour {
      object.add("falseAlarmsPerHour", rate)
    } else {
      object.addNull("falseAlarmsPerHour")
    }
    guard explained else { return object }
    object.add(
      "words",
      words.map { word in
        var entry = JSONObject()
        entry.add("word", word.word)
        entry.add("pronunciations", word.pronunciations.map { PhonemeSequence(words: [$0]).arpabet })
        entry.add("source", name(of: word.source))
        return entry
      })
    object.add("phonemeCounts", enrollment.variants.map { $0.phonemes.count })
    guard let advice else { return object }
    object.add("hours", advice.falseAlarms.hours)
    var mix = JSONObject()
    mix.add("kinds", shares(advice.falseAlarms.mix.kinds))
    mix.add("conditions", shares(advice.falseAlarms.mix.conditions))
    object.add("mix", mix)
    object.add(
      "rates",
      Self.listedThresholds.map { threshold in
        var entry = JSONObject()
        entry.add("threshold", threshold)
        entry.add("falseAlarmsPerHour", advice.falseAlarms.perHour(atThreshold: threshold))
        let forecast = advice.falseAlarms
        entry.add("kinds", rates(forecast.kinds, forecast.mix.kinds, threshold))
        entry.add("conditions", rates(forecast.conditions, forecast.mix.conditions, threshold))
        return entry
      })
    object.add(
      "heard",
      advice.heard.map { stretch in
        var entry = JSONObject()
        entry.add("words", stretch.words)
        entry.add("score", stretch.score)
        entry.add("logit", stretch.logit)
        entry.add("count", stretch.count)
        entry.add("kind", advice.falseAlarms.mix.kinds[stretch.kind].name)
        entry.add("condition", advice.falseAlarms.mix.conditions[stretch.condition].name)
        return entry
      })
    if let missShare { object.add("missShare", missShare) } else { object.addNull("missShare") }
    return object
  }

  /// The ways to read the phrase that are listened for, one line each: the words, unless they are the text, their
  /// pronunciations and their sources.
  package var listenedFor: [String] {
    var lines: [String] = []
    for (index, reading) in report.readings.enumerated() {
      let isText = report.readings.count == 1 && reading.text.utf8.elementsEqual(lowercased(enrollment.text))
      let words = isText || reading.source == .typed ? "" : filled("\"%\": ", reading.text)
      let spoken = pronunciations(ofReading: index).joined(separator: ", ")
      var sources: [String] = []
      for word in reading.words where !sources.contains(name(of: word.source)) { sources.append(name(of: word.source)) }
      lines.append(filled("%% (%)", words, spoken, list(sources, "and")))
    }
    return lines
  }

  private func pronunciations(ofReading index: Int) -> [String] {
    var pronunciations: [String] = []
    for (variant, reading) in report.readingIndices.enumerated() where reading == index {
      pronunciations.append(enrollment.variants[variant].arpabet)
    }
    return pronunciations
  }

  /// The words of all readings, each once.
  private var words: [WordPronunciation] {
    var words: [WordPronunciation] = []
    for reading in report.readings {
      for word in reading.words where !words.contains(word) { words.append(word) }
    }
    return words
  }

  private func lowercased(_ text: String) -> [UInt8] {
    text.utf8.map { $0 >= UInt8(ascii: "A") && $0 <= UInt8(ascii: "Z") ? $0 + 0x20 : $0 }
  }

  /// The name, share and rate of each kind and then of each condition.
  private func mixColumns(_ forecast: FalseAlarmForecast) -> [(name: String, share: Float, rate: FalseAlarmRate?)] {
    let parts = forecast.mix.kinds + forecast.mix.conditions
    let rates = forecast.kinds + forecast.conditions
    return parts.indices.map { (parts[$0].name, parts[$0].share, rates[$0]) }
  }

  /// A table row: the value for the whole mix, then the values under the names of the columns.
  private func row(
    _ values: [String], _ columns: [(name: String, share: Float, rate: FalseAlarmRate?)]
  ) -> String {
    let widths = [10] + columns.map { max(10, $0.name.utf8.count) }
    let cells = zip(values, widths).map { padded($0, $1) }
    return cells.joined(separator: "  ").trimmingTrailingBlanks
  }

  private func shares(_ parts: [BackgroundMix.Part]) -> [JSONObject] {
    parts.map { part in
      var entry = JSONObject()
      entry.add("name", part.name)
      entry.add("share", part.share)
      return entry
    }
  }

  private func rates(
    _ rates: [FalseAlarmRate?], _ parts: [BackgroundMix.Part], _ threshold: Float
  ) -> [JSONObject] {
    var entries: [JSONObject] = []
    for (index, part) in parts.enumerated() {
      guard let rate = rates[index] else { continue }
      var entry = JSONObject()
      entry.add("name", part.name)
      entry.add("falseAlarmsPerHour", rate.perHour(atThreshold: threshold))
      entries.append(entry)
    }
    return entries
  }

  private func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.utf8.count))
  }
}

extension String {
  fileprivate var trimmingTrailingBlanks: String {
    // By bytes: characters would add Unicode tables to the program.
    var count = utf8.count
    let bytes = Array(utf8)
    while count > 0 && bytes[count - 1] == UInt8(ascii: " ") { count -= 1 }
    return String(decoding: bytes[..<count], as: UTF8.self)
  }
}

/// A share as a whole percentage.
func percentText(_ share: Float) -> String { "\(Int((100 * share).rounded())) %" }
