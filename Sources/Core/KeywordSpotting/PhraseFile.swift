import ModelFormat

/// Enrolled phrases, bound to the model they were enrolled with: the container of kind 3 (`.heedp`).
///
/// Its section `PHRS`, little-endian, after which nothing follows:
///
/// | field | type |
/// |---|---|
/// | content hash of the model | `u64` |
/// | embedding dimension D | `u32` |
/// | phrase count | `u32`, at most 1,000 |
/// | of each phrase: bytes of the text | `u32`, 1…1,024 |
/// | text | UTF-8, zeros up to a multiple of four |
/// | threshold | `f32`, 0…1 |
/// | source of the pronunciation | `u32`, raw value of ``PronunciationSource``, the least certain one of its words |
/// | variant count | `u32`, 1…8 |
/// | of each variant: phoneme count U | `u32`, 1…48 |
/// | phonemes, then word starts (0 or 1) | `u8[U]` twice, zeros up to a multiple of four |
/// | phoneme embeddings, then utterance embedding | `f32[U · D]`, `f32[D]` |
///
/// Reading copies; the bytes are not needed afterwards. To listen for phrases where they stand, without copies, see
/// ``StoredPhrases``. Not for use by several threads while it is changed.
public struct PhraseFile: Sendable, Equatable {
  /// One enrolled phrase.
  public struct Phrase: Sendable, Equatable {
    public var enrollment: Enrollment
    public var source: PronunciationSource

    public init(enrollment: Enrollment, source: PronunciationSource) {
      self.enrollment = enrollment
      self.source = source
    }
  }

  /// The section of the phrases.
  public static let phrasesSection: SectionID = "PHRS"
  /// More phrases than this are a damaged file.
  public static let maximumPhraseCount = PhraseLimits.phraseCount

  /// The content hash of the model that the phrases were enrolled with.
  public let modelHash: UInt64
  /// The length of the embeddings.
  public let embeddingDimension: Int
  /// In the order in which they were added.
  public internal(set) var phrases: [Phrase] = []

  /// A file without phrases.
  public init(model: AcousticModel) {
    self.init(modelHash: model.contentHash, embeddingDimension: model.embeddingDimension)
  }

  /// A file without phrases.
  public init(modelHash: UInt64, embeddingDimension: Int) {
    self.modelHash = modelHash
    self.embeddingDimension = embeddingDimension
  }

  /// The phrases for a spotter.
  ///
  /// - Throws: ``PhraseFileError/otherModel(file:model:)`` where they were enrolled with another model; `phrases` still
  ///   has their texts.
  public func enrollments(for model: AcousticModel) throws(PhraseFileError) -> [Enrollment] {
    try enrollments(modelHash: model.contentHash)
  }

  /// The phrases for a spotter that uses the model of this content hash.
  public func enrollments(modelHash: UInt64) throws(PhraseFileError) -> [Enrollment] {
    guard modelHash == self.modelHash else { throw .otherModel(file: self.modelHash, model: modelHash) }
    return phrases.map { $0.enrollment }
  }

  /// Adds a phrase after the others, or at a place among them.
  ///
  /// - Parameter index: where it is to stand; one beyond the end is the end.
  /// - Throws: ``PhraseFileError/alreadyEnrolled(phrase:)``, or what a file could not hold.
  public mutating func add(_ phrase: Phrase, at index: Int = .max) throws(PhraseFileError) {
    guard phrases.count < PhraseFile.maximumPhraseCount else {
      throw .tooManyPhrases(count: UInt32(phrases.count + 1), maximum: PhraseFile.maximumPhraseCount)
    }
    let enrollment = phrase.enrollment
    guard PhraseText.isValid(enrollment.text.utf8) else { throw .text(phrase: phrases.count) }
    guard enrollment.threshold >= 0 && enrollment.threshold <= 1 else {
      throw .threshold(phrase: phrases.count, value: enrollment.threshold)
    }
    for variant in enrollment.variants {
      guard variant.utteranceEmbedding.count == embeddingDimension else {
        throw .embeddingDimension(found: variant.utteranceEmbedding.count, maximum: embeddingDimension)
      }
      guard variant.phonemes.count >= 1 && variant.phonemes.count <= PhraseLimits.phonemeCount else {
        throw .undefinedValue(phrase: phrases.count, value: UInt32(variant.phonemes.count))
      }
      guard (variant.phonemeEmbeddings + variant.utteranceEmbedding).allSatisfy({ $0.isFinite }) else {
        throw .notFinite(phrase: phrases.count)
      }
    }
    if let known = self.index(of: enrollment.text) { throw .alreadyEnrolled(phrase: known) }
    phrases.insert(phrase, at: min(max(index, 0), phrases.count))
  }

  /// Removes the phrase of exactly this text.
  ///
  /// - Returns: whether there was one.
  @discardableResult
  public mutating func remove(_ text: String) -> Bool {
    guard let index = index(of: text) else { return false }
    phrases.remove(at: index)
    return true
  }

  /// Sets the threshold of the phrase of exactly this text.
  ///
  /// - Returns: whether there was one.
  /// - Throws: ``PhraseFileError/threshold(phrase:value:)`` for what is no score.
  public mutating func setThreshold(_ threshold: Float, of text: String) throws(PhraseFileError) -> Bool {
    guard let index = index(of: text) else { return false }
    guard threshold >= 0 && threshold <= 1 else { throw .threshold(phrase: index, value: threshold) }
    phrases[index].enrollment.threshold = threshold
    return true
  }

  /// Where the phrase of exactly this text stands.
  public func index(of text: String) -> Int? {
    for (index, phrase) in phrases.enumerated() where phrase.enrollment.text.utf8.elementsEqual(text.utf8) {
      return index
    }
    return nil
  }
}
