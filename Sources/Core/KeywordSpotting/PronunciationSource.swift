/// The source of the pronunciation of a word or a phrase. Phrase files store the raw value.
public enum PronunciationSource: UInt8, Sendable {
  /// The lexicon contains the word, or the word that it is a possessive of.
  case lexicon = 0
  /// The grapheme-to-phoneme model guessed it. Test the phrase.
  case guessed = 1
  /// It was typed.
  case typed = 2
  /// It consists of the names of letters.
  case spelled = 3
}
