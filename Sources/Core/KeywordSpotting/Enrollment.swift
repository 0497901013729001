/// One way to say an enrolled phrase: its phonemes and their embeddings from the text encoder.
///
/// | member               | shape    | meaning                                                          |
/// |----------------------|----------|------------------------------------------------------------------|
/// | `phonemes`           | `[U]`    | raw values of ``Phoneme``, 0…38                                  |
/// | `wordInitial`        | `[U]`    | whether the phoneme begins a word; the first one always does     |
/// | `phonemeEmbeddings`  | `[U, D]` | one unit-length vector per phoneme, row-major                    |
/// | `utteranceEmbedding` | `[D]`    | one unit-length vector for the phrase                            |
public struct PhraseVariant: Sendable, Equatable {
  /// `[U]`, raw values of ``Phoneme``.
  public var phonemes: [UInt8]
  /// `[U]`, whether each phoneme begins a word.
  public var wordInitial: [Bool]
  /// `[U, D]`, row-major, of unit length.
  public var phonemeEmbeddings: [Float]
  /// `[D]`, of unit length.
  public var utteranceEmbedding: [Float]

  /// Creates a variant from its values.
  ///
  /// - Precondition: `wordInitial` has one element per phoneme, and `phonemeEmbeddings` has one vector per phoneme, as
  ///   long as `utteranceEmbedding`.
  public init(
    phonemes: [UInt8], wordInitial: [Bool], phonemeEmbeddings: [Float], utteranceEmbedding: [Float]
  ) {
    precondition(wordInitial.count == phonemes.count)
    precondition(phonemeEmbeddings.count == phonemes.count * utteranceEmbedding.count)
    self.phonemes = phonemes
    self.wordInitial = wordInitial
    self.phonemeEmbeddings = phonemeEmbeddings
    self.utteranceEmbedding = utteranceEmbedding
  }
}

/// A phrase that the spotter detects.
public struct Enrollment: Sendable, Equatable {
  /// The maximum number of variants of a phrase.
  public static let maximumVariantCount = PhraseLimits.variantCount

  /// The phrase as it was typed, with plain blanks and without characters that only look different.
  public var text: String
  /// The ways to say it, the most likely first; 1…``maximumVariantCount``.
  public var variants: [PhraseVariant]
  /// The score, 0…1, from which a candidate is a detection.
  public var threshold: Float

  /// Creates an enrollment from its values.
  ///
  /// - Precondition: there are 1…``maximumVariantCount`` variants.
  public init(text: String, variants: [PhraseVariant], threshold: Float) {
    precondition(variants.count >= 1 && variants.count <= Enrollment.maximumVariantCount)
    self.text = text
    self.variants = variants
    self.threshold = threshold
  }
}
