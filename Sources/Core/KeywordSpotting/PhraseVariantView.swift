/// One way to say an enrolled phrase: a ``PhraseVariant`` that borrows its numbers instead of storing them in arrays.
///
/// | member               | shape    | meaning                                          |
/// |----------------------|----------|--------------------------------------------------|
/// | `phonemes`           | `[U]`    | raw values of ``Phoneme``, 0…38, at least one    |
/// | `wordInitial`        | `[U]`    | 1 if the phoneme begins a word, else 0           |
/// | `phonemeEmbeddings`  | `[U, D]` | one unit-length vector per phoneme, row-major    |
/// | `utteranceEmbedding` | `[D]`    | one unit-length vector for the phrase            |
///
/// `wordInitial` can be empty. Repeated words are then not detected.
///
/// The borrowed memory must outlive the view. Safe to read from several threads.
public struct PhraseVariantView: @unchecked Sendable {
  /// `[U]`, raw values of ``Phoneme``.
  public var phonemes: UnsafeBufferPointer<UInt8>
  /// `[U]`, 1 if the phoneme begins a word, else 0; empty if unknown.
  public var wordInitial: UnsafeRawBufferPointer
  /// `[U, D]`, row-major, of unit length.
  public var phonemeEmbeddings: UnsafeBufferPointer<Float>
  /// `[D]`, of unit length.
  public var utteranceEmbedding: UnsafeBufferPointer<Float>
  /// Index of the phrase. Each index from 0 to that of the last phrase has a variant.
  public var phraseIndex: Int
  /// Index among the variants of the phrase.
  public var variantIndex: Int
  /// The score, 0…1, from which the phrase is detected.
  public var threshold: Float

  /// Creates a view of borrowed memory.
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
  /// Calls `body` with a view of the variant as variant 0 of phrase 0.
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
