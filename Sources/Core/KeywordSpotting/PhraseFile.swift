import ModelFormat

/// Enrolled phrases, bound to the model that they were enrolled with: a container of kind 3 (`.cooeep`).
///
/// Its section `PHRS` contains these little-endian fields and nothing after them:
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
/// Reading copies; the bytes are not needed afterwards. ``StoredPhrases`` reads phrases in place, without copies. Not
/// thread-safe while it changes.
public struct PhraseFile: Sendable, Equatable {
  /// One enrolled phrase.
  public struct Phrase: Sendable, Equatable {
    /// The phrase for the spotter.
    public var enrollment: Enrollment
    /// The source of the pronunciation.
    public var source: PronunciationSource

    /// Creates a phrase from its values.
    public init(enrollment: Enrollment, source: PronunciationSource) {
      self.enrollment = enrollment
      self.source = source
    }
  }

  /// The section of the phrases.
  public static let phrasesSection: SectionID = "PHRS"
  /// The maximum number of phrases. A file with more is damaged.
  public static let maximumPhraseCount = PhraseLimits.phraseCount

  /// The content hash of the model that the phrases were enrolled with.
  public let modelHash: UInt64
  /// The length D of the embeddings.
  public let embeddingDimension: Int
  /// The phrases in the order of the file.
  public internal(set) var phrases: [Phrase] = []

  /// Creates a file without phrases for `model`.
  public init(model: AcousticModel) {
    self.init(modelHash: model.contentHash, embeddingDimension: model.embeddingDimension)
  }

  /// Creates a file without phrases for the model with this content hash.
  public init(modelHash: UInt64, embeddingDimension: Int) {
    self.modelHash = modelHash
    self.embeddingDimension = embeddingDimension
  }

  /// The phrases for a spotter.
  ///
  /// - Throws: ``PhraseFileError/otherModel(file:model:)`` if they were enrolled with another model. `phrases` still
  ///   has their texts.
  public func enrollments(for model: AcousticModel) throws(PhraseFileError) -> [Enrollment] {
    try enrollments(modelHash: model.contentHash)
  }

  /// The phrases for a spotter that uses the model with this content hash.
  ///
  /// - Throws: ``PhraseFileError/otherModel(file:model:)`` if they were enrolled with another model.
  public func enrollments(modelHash: UInt64) throws(PhraseFileError) -> [Enrollment] {
    guard modelHash == self.modelHash else { throw .otherModel(file: self.modelHash, model: modelHash) }
    return phrases.map { $0.enrollment }
  }

  /// Adds a phrase at the end or at `index`.
  ///
  /// - Parameter index: the position of the new phrase; values beyond the end add it at the end.
  /// - Throws: ``PhraseFileError/alreadyEnrolled(phrase:)`` if the text is already enrolled, as compared by
  ///   ``index(of:)``, or another ``PhraseFileError`` if a file could not contain the phrase.
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

  /// Removes the phrase with this text, as compared by ``index(of:)``.
  ///
  /// - Returns: whether there was one.
  @discardableResult
  public mutating func remove(_ text: String) -> Bool {
    let count = phrases.count
    // More than one in a file that was written before texts were folded.
    while let index = index(of: text) { phrases.remove(at: index) }
    return phrases.count < count
  }

  /// Removes the phrase at `index`, and no other one.
  ///
  /// - Precondition: there is a phrase at `index`.
  public mutating func removePhrase(at index: Int) { phrases.remove(at: index) }

  /// Puts a phrase in the place of the one at `index`.
  ///
  /// - Throws: what ``add(_:at:)`` throws; the phrase at `index` then stays.
  public mutating func replacePhrase(at index: Int, with phrase: Phrase) throws(PhraseFileError) {
    let former = phrases.remove(at: index)
    do {
      try add(phrase, at: index)
    } catch {
      phrases.insert(former, at: index)
      throw error
    }
  }

  /// Sets the threshold of the phrase with this text, as compared by ``index(of:)``.
  ///
  /// - Returns: whether there was one.
  /// - Throws: ``PhraseFileError/threshold(phrase:value:)`` if `threshold` is not in 0…1.
  public mutating func setThreshold(_ threshold: Float, of text: String) throws(PhraseFileError) -> Bool {
    guard let index = index(of: text) else { return false }
    guard threshold >= 0 && threshold <= 1 else { throw .threshold(phrase: index, value: threshold) }
    phrases[index].enrollment.threshold = threshold
    return true
  }

  /// The index of the phrase with exactly this text or, without one, of the first that looks the same: case, kinds of
  /// blanks, typographic punctuation, accents and compatibility forms of letters do not count.
  public func index(of text: String) -> Int? {
    var same: Int?
    for (index, phrase) in phrases.enumerated() {
      let other = phrase.enrollment.text
      if other.utf8.elementsEqual(text.utf8) { return index }
      if same == nil && PhraseText.isSame(other, text) { same = index }
    }
    return same
  }
}
