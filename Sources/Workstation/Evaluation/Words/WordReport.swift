import Foundation

/// How many of the utterances that say a word are found, at rates of false alarms. Rates are shares.
public struct WordReport: Sendable, Codable {
  /// One word.
  public struct Word: Sendable, Codable {
    public var text: String
    /// Utterances that say it.
    public var utteranceCount: Int
    /// Hours of the utterances that do not.
    public var hours: Double
    /// Share found at each of ``WordReport/falseAlarmsPerHour``.
    public var foundShares: [Double]
  }

  /// The middle one is four false alarms a word in the 5.4 h of LibriSpeech's test-clean, as others report it.
  public static let rates = [0.1, 0.5, 0.75, 1, 2]

  public var falseAlarmsPerHour: [Double]
  public var words: [Word]
  /// Over the words, at each rate.
  public var meanFoundShares: [Double]

  /// - Parameter curves: of each word.
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
  /// A row a word, and their mean.
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
