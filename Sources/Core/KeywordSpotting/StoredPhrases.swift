import ModelFormat

/// The phrases of a phrase file, read in place: for a spotter that keeps the file in flash and has no allocator.
///
/// A sequence of all variants of all phrases in file order. It can be iterated any number of times. Opening checks
/// every value. The bytes must stay mapped and unchanged while the phrases, or a spotter that uses them, exist.
/// Allocates nothing. Safe to read from several threads.
public struct StoredPhrases: Sequence, @unchecked Sendable {
  /// The content hash of the model that the phrases were enrolled with.
  public let modelHash: UInt64
  /// The length D of the embeddings.
  public let embeddingDimension: Int
  /// The number of phrases.
  public let phraseCount: Int
  /// The number of variants of all phrases.
  public let variantCount: Int
  private let start: PhraseRecordReader

  /// Opens and checks a file.
  ///
  /// - Parameter bytes: the whole file, at an address that is a multiple of four.
  /// - Throws: the first ``PhraseFileError`` found.
  public init(_ bytes: UnsafeRawBufferPointer) throws(PhraseFileError) {
    var reader = try PhraseRecordReader(bytes)
    modelHash = reader.modelHash
    embeddingDimension = reader.embeddingDimension
    phraseCount = reader.phraseCount
    start = reader
    var variantCount = 0
    for _ in 0..<reader.phraseCount {
      let phrase = try reader.nextPhrase()
      for index in 0..<phrase.variantCount { _ = try reader.nextVariant(of: phrase, index: index) }
      variantCount += phrase.variantCount
    }
    try reader.expectEnd()
    self.variantCount = variantCount
  }

  /// Opens and checks a file whose phrases were enrolled with `model`.
  ///
  /// - Throws: ``PhraseFileError/otherModel(file:model:)`` if they were enrolled with another model, or the first fault
  ///   of the file.
  public init(_ bytes: UnsafeRawBufferPointer, for model: AcousticModel) throws(PhraseFileError) {
    let phrases = try StoredPhrases(bytes)
    guard phrases.modelHash == model.contentHash else {
      throw .otherModel(file: phrases.modelHash, model: model.contentHash)
    }
    guard phrases.embeddingDimension == model.embeddingDimension else {
      throw .embeddingDimension(found: phrases.embeddingDimension, maximum: model.embeddingDimension)
    }
    self = phrases
  }

  /// The UTF-8 text of a phrase as it was typed.
  ///
  /// - Precondition: `phraseIndex` is below ``phraseCount``.
  public func text(phraseIndex: Int) -> UnsafeRawBufferPointer {
    precondition(phraseIndex >= 0 && phraseIndex < phraseCount)
    var found = UnsafeRawBufferPointer(start: nil, count: 0)
    forEachText(upTo: phraseIndex) { found = $0 }
    return found
  }

  /// Calls `body` with the UTF-8 text of each phrase, in order.
  public func forEachText(_ body: (UnsafeRawBufferPointer) -> Void) { forEachText(upTo: phraseCount - 1, body) }

  private func forEachText(upTo lastIndex: Int, _ body: (UnsafeRawBufferPointer) -> Void) {
    var reader = start
    var index = 0
    while index <= lastIndex {
      let phrase = Self.checked { () throws(PhraseFileError) in try reader.nextPhrase() }
      body(phrase.text)
      for variant in 0..<phrase.variantCount {
        _ = Self.checked { () throws(PhraseFileError) in try reader.nextVariant(of: phrase, index: variant) }
      }
      index += 1
    }
  }

  /// An iterator over the variants, from the first one.
  public func makeIterator() -> Iterator { Iterator(reader: start) }

  /// Reads the variants of the file in order.
  public struct Iterator: IteratorProtocol {
    fileprivate var reader: PhraseRecordReader
    private var phrase: PhraseRecordReader.Phrase?
    private var phrasesRead = 0
    private var variantsRead = 0

    fileprivate init(reader: PhraseRecordReader) { self.reader = reader }

    /// The next variant; `nil` after the last one.
    public mutating func next() -> PhraseVariantView? {
      if phrase.map({ variantsRead == $0.variantCount }) ?? true {
        guard phrasesRead < reader.phraseCount else { return nil }
        phrase = StoredPhrases.checked { () throws(PhraseFileError) in try reader.nextPhrase() }
        phrasesRead += 1
        variantsRead = 0
      }
      let index = variantsRead
      variantsRead += 1
      guard let phrase else { return nil }
      return StoredPhrases.checked { () throws(PhraseFileError) in try reader.nextVariant(of: phrase, index: index) }
        .view
    }
  }

  /// A record that was read without an error once is read without one again.
  fileprivate static func checked<Value>(_ read: () throws(PhraseFileError) -> Value) -> Value {
    do throws(PhraseFileError) {
      return try read()
    } catch {
      preconditionFailure("the phrase file changed while it was in use")
    }
  }
}
