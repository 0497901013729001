import TextEnrollment

/// Transcripts as upper-case words parted by single spaces.
public enum CorpusText {
  /// What is said, in the words that the lexicon knows: numbers written out, punctuation gone.
  ///
  /// A single letter with a full stop is the name of that letter, as in ``NormalizedWord``.
  ///
  /// - Returns: An empty text for an empty transcript, nil for one that cannot be read as English.
  public static func normalized(_ transcript: String) -> String? {
    if transcript.utf8.allSatisfy({ $0 == UInt8(ascii: " ") }) { return "" }
    // Most corpora come as capitals and apostrophes already; that is the fast path.
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
