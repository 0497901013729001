import ModelFormat

/// The reason why a phrase file cannot be used. Phrases and variants count from 0.
public enum PhraseFileError: Error, Equatable, Sendable {
  /// The container is damaged, of another kind, or of a newer version.
  case container(ContainerError)
  /// The file does not start at a multiple of `alignment` in memory, so its numbers cannot be borrowed.
  case misaligned(alignment: Int)
  /// The phrases were enrolled with another model. Their texts can be read, but you must enroll them again.
  case otherModel(file: UInt64, model: UInt64)
  /// More phrases than a file can contain.
  case tooManyPhrases(count: UInt32, maximum: Int)
  /// The length of the embeddings is out of range, or differs from that of the file.
  case embeddingDimension(found: Int, maximum: Int)
  /// The text of a phrase is empty, longer than 1,024 bytes, not UTF-8, or contains a character that ``PhraseText``
  /// rejects.
  case text(phrase: Int)
  /// The threshold of a phrase is not in 0…1.
  case threshold(phrase: Int, value: Float)
  /// A phrase has no variants or too many.
  case variantCount(phrase: Int, count: UInt32)
  /// A field of a phrase has an undefined value: source, phoneme count, a phoneme, or a word boundary.
  case undefinedValue(phrase: Int, value: UInt32)
  /// An embedding contains an infinite value or NaN.
  case notFinite(phrase: Int)
  /// The text is already enrolled.
  case alreadyEnrolled(phrase: Int)
}

/// The limits of a phrase file.
public enum PhraseLimits {
  /// Phrases per file.
  public static let phraseCount = 1_000
  /// UTF-8 bytes per text.
  public static let textBytes = 1_024
  /// Length of an embedding.
  public static let embeddingDimension = 4_096
  /// Variants per phrase.
  public static let variantCount = 8
  /// Phonemes per variant.
  public static let phonemeCount = 48
  /// Values of ``PronunciationSource``: lexicon, guessed, typed, spelled.
  public static let sourceCount = 4
}
