import TextEnrollment

/// Normalizes transcripts to upper-case words separated by single spaces.
public enum CorpusText {
  /// The transcript in words of the lexicon: numbers written out, punctuation removed.
  ///
  /// A single letter with a full stop is the name of that letter, as in ``NormalizedWord``.
  ///
  /// - Returns: an empty text for an empty transcript; nil for one that is not English.
  public static func normalized(_ transcript: String) -> String? {
    if transcript.utf8.allSatisfy({ $0 == UInt8(ascii: " ") }) { return "" }
    // Fast path: most corpora consist of capitals and apostrophes already.
    if transcript.utf8.allSatisfy(isPlain) {
      return transcript.split(separator: " ").joined(separator: " ")
    }
    guard let words = try? TextNormalizer.words(of: transcript, maximumWordCount: .max) else { return nil }
    return TextNormalizer.text(of: words).uppercased()
  }

  private static func isPlain(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) || byte == UInt8(ascii: " ") || byte == UInt8(ascii: "'")
  }
}
