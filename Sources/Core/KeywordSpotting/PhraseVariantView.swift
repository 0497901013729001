/// One way to say an enrolled phrase, borrowed from wherever its numbers are kept: a ``PhraseVariant`` without arrays.
///
/// | member               | shape    | meaning                                          |
/// |----------------------|----------|--------------------------------------------------|
/// | `phonemes`           | `[U]`    | raw values of ``Phoneme``, 0…38, at least one    |
/// | `wordInitial`        | `[U]`    | 1 where a phoneme begins a word, else 0          |
/// | `phonemeEmbeddings`  | `[U, D]` | one unit-length vector per phoneme, row-major    |
/// | `utteranceEmbedding` | `[D]`    | one unit-length vector for the phrase            |
///
/// `wordInitial` may be empty where words do not matter: no word is then known to be repeated.
///
/// What it borrows from must outlive it. Reading from several threads is safe.
public struct PhraseVariantView: @unchecked Sendable {
  public var phonemes: UnsafeBufferPointer<UInt8>
  public var wordInitial: UnsafeRawBufferPointer
  public var phonemeEmbeddings: UnsafeBufferPointer<Float>
  public var utteranceEmbedding: UnsafeBufferPointer<Float>
  /// Index of the phrase; every index from 0 to the last phrase's has a variant.
  public var phraseIndex: Int
  /// Index among the phrase's variants.
  public var variantIndex: Int
  /// The score, 0…1, from which the phrase is detected.
  public var threshold: Float

  public init(
    phonemes: UnsafeBufferPointer<UInt8>,
    wordInitial: UnsafeRawBufferPointer = UnsafeRawBufferPointer(start: nil, count: 0),
    phonemeEmbeddings: UnsafeBufferPointer<Float>, utteranceEmbedding: UnsafeBufferPointer<Float>,
    phraseIndex: Int = 0, variantIndex: Int = 0, threshold: Float = 0
  ) {
    self.phonemes = phonemes
    self.wordInitial = wordInitial
    self.phonemeEmbeddings = phonemeEmbeddings
    self.utteranceEmbedding = utteranceEmbedding
    self.phraseIndex = phraseIndex
    self.variantIndex = variantIndex
    self.threshold = threshold
  }
}

extension PhraseVariant {
  /// Lends the variant to `body` as a view, as that of the first phrase's first variant.
  func withView<Result>(_ body: (PhraseVariantView) -> Result) -> Result {
    phonemes.withUnsafeBufferPointer { phonemes in
      wordInitial.withUnsafeBytes { wordInitial in
        phonemeEmbeddings.withUnsafeBufferPointer { phonemeEmbeddings in
          utteranceEmbedding.withUnsafeBufferPointer { utteranceEmbedding in
            body(
              PhraseVariantView(
                phonemes: phonemes, wordInitial: wordInitial, phonemeEmbeddings: phonemeEmbeddings,
                utteranceEmbedding: utteranceEmbedding))
          }
        }
      }
    }
  }
}
