import KeywordSpotting

/// A phrase to enroll, with the options for it.
package struct EnrollmentRequest: Sendable {
  package var text: String
  /// The words to listen for, if they are not the text; the text is then a label.
  package var spoken: String?
  /// The typed pronunciations, one a line: ARPAbet, the phonetic alphabet, or a spelling in quotation marks; nil or
  /// empty to look the words up.
  package var pronunciation: String?
  /// The threshold, 0…1; nil for the one that `falseAlarmsPerHour` gives.
  package var threshold: Float?
  /// The allowed false alarms per hour, above 0.
  package var falseAlarmsPerHour: Float = 0.1

  package init(_ text: String) { self.text = text }

  /// Keeps the pronunciations that were typed when the phrase was enrolled before, unless the request has others.
  ///
  /// - Returns: Whether any were kept.
  package mutating func keepPronunciations(of file: PhraseFile) -> Bool {
    guard pronunciation == nil, spoken == nil, let index = file.index(of: text), file.phrases[index].source == .typed
    else {
      return false
    }
    pronunciation = file.phrases[index].enrollment.variants.map { $0.arpabet }.joined(separator: "\n")
    return true
  }
}
