import Foundation

/// The share of the utterances with a word in which it is found, at several false-alarm rates.
public struct WordReport: Sendable, Codable {
  /// One word.
  public struct Word: Sendable, Codable {
    /// The word.
    public var text: String
    /// Utterances that contain the word.
    public var utteranceCount: Int
    /// Hours of the utterances without the word.
    public var hours: Double
    /// Share found at each of ``WordReport/falseAlarmsPerHour``.
    public var foundShares: [Double]
  }

  /// The default rates. The middle one corresponds to four false alarms per word in the 5.4 h of LibriSpeech's
  /// test-clean, the figure that others report.
  public static let rates = [0.1, 0.5, 0.75, 1, 2]

  /// False-alarm rates of the columns.
  public var falseAlarmsPerHour: [Double]
  /// The results of each word.
  public var words: [Word]
  /// Mean over the words at each rate.
  public var meanFoundShares: [Double]

  /// - Parameter curves: the trade-off of each word.
  public init(texts: [String], curves: [DetectionErrorTradeoff], falseAlarmsPerHour: [Double]) {
    self.falseAlarmsPerHour = falseAlarmsPerHour
    words = zip(texts, curves).map { text, curve in
      Word(
        text: text, utteranceCount: curve.occurrenceScores.count, hours: curve.hours,
        foundShares: falseAlarmsPerHour.map { 1 - curve.missRate(atFalseAlarmsPerHour: $0) })
    }
    let words = words
    meanFoundShares = falseAlarmsPerHour.indices.map { rate in
      words.reduce(0) { $0 + $1.foundShares[rate] } / Double(max(1, words.count))
    }
  }
}

extension WordReport {
  /// A table with one row per word and their mean.
  public var markdown: String {
    var table = MarkdownTable(
      ["word", "utterances", "hours without"] + falseAlarmsPerHour.map { String(format: "found %% at %g/h", $0) })
    for word in words {
      table.append(
        [word.text.lowercased(), "\(word.utteranceCount)", String(format: "%.2f", word.hours)]
          + word.foundShares.map(percent))
    }
    table.append(["mean of \(words.count)", "", ""] + meanFoundShares.map(percent))
    return table.text
  }
}
