import ModelFormat

/// Why a phrase file cannot be used. Phrases and variants count from 0.
public enum PhraseFileError: Error, Equatable, Sendable {
  /// The file itself is damaged, of another kind, or newer.
  case container(ContainerError)
  /// The file's bytes lie in memory where their numbers cannot be borrowed: they must start at a multiple of `alignment`.
  case misaligned(alignment: Int)
  /// The phrases were enrolled with another model: their texts can be read, and have to be enrolled again.
  case otherModel(file: UInt64, model: UInt64)
  /// More phrases than a file may hold.
  case tooManyPhrases(count: UInt32, maximum: Int)
  /// Embeddings of a length that no model has, or of another length than the file's.
  case embeddingDimension(found: Int, maximum: Int)
  /// A phrase's text is empty, longer than 1,024 bytes, not UTF-8, or has a control character.
  case text(phrase: Int)
  /// A phrase's threshold is not a number of 0…1.
  case threshold(phrase: Int, value: Float)
  /// A phrase has no variants or more than it may.
  case variantCount(phrase: Int, count: UInt32)
  /// A field of a phrase holds a value that is not defined: source, phoneme count, a phoneme, or a word boundary.
  case undefinedValue(phrase: Int, value: UInt32)
  /// An embedding has a value that is infinite or not a number.
  case notFinite(phrase: Int)
  /// The text is enrolled already.
  case alreadyEnrolled(phrase: Int)
}

/// The bounds on what a phrase file holds.
public enum PhraseLimits {
  public static let phraseCount = 1_000
  public static let textBytes = 1_024
  public static let embeddingDimension = 4_096
  public static let variantCount = 8
  public static let phonemeCount = 48
  /// Ways in which a pronunciation can have been found: lexicon, guess, typed.
  public static let sourceCount = 3
}
