import EventSinks
import KeywordSpotting
import TextEnrollment

extension EnrollmentResult {
  /// Thresholds whose false alarms are listed.
  private static let listedThresholds: [Float] = [0.1, 0.3, 0.5, 0.7, 0.9, 0.97, 0.99, 0.999, 0.9999]

  /// Everything that is known of the phrase, line by line.
  ///
  /// - Parameter notes: the warnings in words.
  func explanation(notes: [String]) -> [String] {
    var lines = [enrollment.text, "", "words"]
    for word in report.words {
      let ways = word.pronunciations.map { PhonemeSequence(words: [$0]).arpabet }.joined(separator: ", ")
      lines.append("  \(padded(word.word, 16)) \(ways) (\(name(of: word.source)))")
    }
    lines += ["", "listened for as"]
    for variant in enrollment.variants {
      lines.append("  \(variant.arpabet) (\(variant.phonemes.count) phonemes)")
    }
    lines += ["", "false alarms"]
    if let advice {
      let hours = fixedPoint(Double(advice.falseAlarms.hours), decimals: 2)
      lines.append("  expected an hour, from \(hours) h of speech, part of it in noise, rooms and poor microphones")
      lines.append("  \(padded("threshold", 12)) \(padded("all", 12)) \(padded("in quiet", 12)) in noise")
      for threshold in Self.listedThresholds {
        let forecast = advice.falseAlarms
        let quiet = forecast.quiet.map { rateText($0.perHour(atThreshold: threshold)) } ?? "-"
        let noisy = forecast.noisy.map { rateText($0.perHour(atThreshold: threshold)) } ?? "-"
        let all = rateText(forecast.perHour(atThreshold: threshold))
        lines.append("  \(padded(scoreText(threshold), 12)) \(padded(all, 12)) \(padded(quiet, 12)) \(noisy)")
      }
      lines.append("  \(thresholdSentence)")
      if let missShare {
        lines.append(
          "  of ordinary phrases in the same speech, were there pauses around them, \(percentText(missShare)) score less"
        )
      }
      lines += ["", "nearest things heard in that speech"]
      if advice.heard.isEmpty { lines.append("  none") }
      for stretch in advice.heard {
        let words = stretch.words.isEmpty ? "(no word)" : "\"\(stretch.words)\""
        let times = stretch.count > 1 ? ", \(stretch.count) times" : ""
        lines.append(
          "  \(padded(scoreText(stretch.score), 12)) \(words)\(times)\(stretch.isAugmented ? ", in noise" : "")")
      }
    } else {
      lines.append("  \(thresholdSentence)")
    }
    lines += ["", "notes"]
    if notes.isEmpty { lines.append("  none") }
    for note in notes { lines.append("  \(note)") }
    return lines
  }

  /// The same as fields.
  package func json(explained: Bool) -> JSONObject {
    var object = JSONObject()
    object.add("phrase", enrollment.text)
    object.add("pronunciations", enrollment.variants.map { $0.arpabet })
    object.add("source", name(of: source))
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
      report.words.map { word in
        var entry = JSONObject()
        entry.add("word", word.word)
        entry.add("pronunciations", word.pronunciations.map { PhonemeSequence(words: [$0]).arpabet })
        entry.add("source", name(of: word.source))
        return entry
      })
    object.add("phonemeCounts", enrollment.variants.map { $0.phonemes.count })
    guard let advice else { return object }
    object.add("hours", advice.falseAlarms.hours)
    object.add(
      "rates",
      Self.listedThresholds.map { threshold in
        var entry = JSONObject()
        entry.add("threshold", threshold)
        entry.add("falseAlarmsPerHour", advice.falseAlarms.perHour(atThreshold: threshold))
        if let quiet = advice.falseAlarms.quiet { entry.add("inQuiet", quiet.perHour(atThreshold: threshold)) }
        if let noisy = advice.falseAlarms.noisy { entry.add("inNoise", noisy.perHour(atThreshold: threshold)) }
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
        entry.add("inNoise", stretch.isAugmented)
        return entry
      })
    if let missShare { object.add("missShare", missShare) } else { object.addNull("missShare") }
    return object
  }

  private func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }
}

/// A share as whole percent.
func percentText(_ share: Float) -> String { "\(Int((100 * share).rounded())) %" }
