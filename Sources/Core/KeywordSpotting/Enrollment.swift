/// One way to say an enrolled phrase: its phonemes and what the text encoder made of them.
///
/// | member               | shape    | meaning                                                          |
/// |----------------------|----------|------------------------------------------------------------------|
/// | `phonemes`           | `[U]`    | raw values of ``Phoneme``, 0…38                                  |
/// | `wordInitial`        | `[U]`    | whether the phoneme begins a word; the first one always does     |
/// | `phonemeEmbeddings`  | `[U, D]` | one unit-length vector per phoneme, row-major                    |
/// | `utteranceEmbedding` | `[D]`    | one unit-length vector for the phrase                            |
public struct PhraseVariant: Sendable, Equatable {
  public var phonemes: [UInt8]
  public var wordInitial: [Bool]
  public var phonemeEmbeddings: [Float]
  public var utteranceEmbedding: [Float]

  /// - Precondition: `wordInitial` is as long as `phonemes`, and `phonemeEmbeddings` holds one vector of the length of
  ///   `utteranceEmbedding` for each phoneme.
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

/// A phrase that the spotter listens for.
public struct Enrollment: Sendable, Equatable {
  /// The largest number of variants that a phrase may have.
  public static let maximumVariantCount = PhraseLimits.variantCount

  /// The phrase as the installer typed it.
  public var text: String
  /// The ways to say it, the likeliest first; 1…``maximumVariantCount``.
  public var variants: [PhraseVariant]
  /// The score, 0…1, from which a candidate counts as a detection.
  public var threshold: Float

  /// - Precondition: there are 1…``maximumVariantCount`` variants.
  public init(text: String, variants: [PhraseVariant], threshold: Float) {
    precondition(variants.count >= 1 && variants.count <= Enrollment.maximumVariantCount)
    self.text = text
    self.variants = variants
    self.threshold = threshold
  }
}
