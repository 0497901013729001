/// Where the pronunciation of a word or a phrase came from. Phrase files store the raw value.
public enum PronunciationSource: UInt8, Sendable {
  /// The lexicon has the word, or the word that it is a possessive of.
  case lexicon = 0
  /// The grapheme-to-phoneme model guessed it: the installer should try it.
  case guessed = 1
  /// The installer typed it.
  case typed = 2
}
