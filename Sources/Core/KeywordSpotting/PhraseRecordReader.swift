import ModelFormat

/// Reads the section `PHRS` of a phrase file record by record and checks every value.
///
/// ``PhraseFile`` documents the layout. Nothing is copied or allocated; results borrow from the file.
package struct PhraseRecordReader {
  /// The fields before the variants of a phrase.
  package struct Phrase {
    /// UTF-8, valid by ``PhraseText``.
    package let text: UnsafeRawBufferPointer
    /// The score, 0…1, from which the phrase is detected.
    package let threshold: Float
    /// Raw value of ``PronunciationSource``, below ``PhraseLimits/sourceCount``.
    package let source: UInt8
    /// The number of variants that follow, 1…``PhraseLimits/variantCount``.
    package let variantCount: Int
  }

  /// One variant of a phrase.
  package struct Variant {
    /// The variant, borrowed from the file.
    package let view: PhraseVariantView
    /// `[U]`, 0 or 1: whether a phoneme begins a word.
    package let wordInitial: UnsafeRawBufferPointer
  }

  /// The content hash of the model that the phrases were enrolled with.
  package let modelHash: UInt64
  /// The length D of the embeddings.
  package let embeddingDimension: Int
  /// The number of phrases.
  package let phraseCount: Int
  /// Index of the next phrase.
  private var nextIndex = 0
  private var reader: SectionReader

  /// Opens the section and checks its header.
  ///
  /// - Parameter bytes: the whole file.
  /// - Throws: ``PhraseFileError``.
  package init(_ bytes: UnsafeRawBufferPointer) throws(PhraseFileError) {
    var reader = try Self.reading { () throws(ContainerError) in
      try ContainerReader(bytes, expecting: .phrases).section("PHRS")
    }
    modelHash = try Self.reading { () throws(ContainerError) in try reader.integer(UInt64.self) }
    let dimension = try Self.reading { () throws(ContainerError) in try reader.integer(UInt32.self) }
    guard dimension >= 1 && dimension <= UInt32(PhraseLimits.embeddingDimension) else {
      throw .embeddingDimension(
        found: Int(truncatingIfNeeded: dimension), maximum: PhraseLimits.embeddingDimension)
    }
    embeddingDimension = Int(dimension)
    let count = try Self.reading { () throws(ContainerError) in try reader.integer(UInt32.self) }
    guard count <= UInt32(PhraseLimits.phraseCount) else {
      throw .tooManyPhrases(count: count, maximum: PhraseLimits.phraseCount)
    }
    phraseCount = Int(count)
    self.reader = reader
  }

  /// Reads the next phrase. Its variants follow.
  ///
  /// - Throws: ``PhraseFileError``.
  package mutating func nextPhrase() throws(PhraseFileError) -> Phrase {
    let index = nextIndex
    nextIndex += 1
    let textBytes = try integer()
    guard textBytes >= 1 && textBytes <= UInt32(PhraseLimits.textBytes) else { throw .text(phrase: index) }
    let text = try bytes(UInt64(textBytes))
    guard PhraseText.isValid(text) else { throw .text(phrase: index) }
    try skipPadding()
    let threshold = Float(bitPattern: try integer())
    guard threshold >= 0 && threshold <= 1 else { throw .threshold(phrase: index, value: threshold) }
    let source = try integer()
    guard source < UInt32(PhraseLimits.sourceCount) else { throw .undefinedValue(phrase: index, value: source) }
    let variantCount = try integer()
    guard variantCount >= 1 && variantCount <= UInt32(PhraseLimits.variantCount) else {
      throw .variantCount(phrase: index, count: variantCount)
    }
    return Phrase(text: text, threshold: threshold, source: UInt8(source), variantCount: Int(variantCount))
  }

  /// Reads the next variant of the phrase that was read last.
  ///
  /// - Throws: ``PhraseFileError``.
  package mutating func nextVariant(of phrase: Phrase, index variantIndex: Int) throws(PhraseFileError) -> Variant {
    let index = nextIndex - 1
    let count = try integer()
    guard count >= 1 && count <= UInt32(PhraseLimits.phonemeCount) else {
      throw .undefinedValue(phrase: index, value: count)
    }
    let phonemes = try bytes(UInt64(count))
    for phoneme in phonemes where phoneme >= UInt8(Phoneme.count) {
      throw .undefinedValue(phrase: index, value: UInt32(phoneme))
    }
    let wordInitial = try bytes(UInt64(count))
    for start in wordInitial where start > 1 { throw .undefinedValue(phrase: index, value: UInt32(start)) }
    try skipPadding()
    let embeddings = try floats(UInt64(count) * UInt64(embeddingDimension), phrase: index)
    let utterance = try floats(UInt64(embeddingDimension), phrase: index)
    return Variant(
      view: PhraseVariantView(
        phonemes: phonemes.bindMemory(to: UInt8.self), wordInitial: wordInitial, phonemeEmbeddings: embeddings,
        utteranceEmbedding: utterance, phraseIndex: index, variantIndex: variantIndex, threshold: phrase.threshold),
      wordInitial: wordInitial)
  }

  /// Checks that the section ends here.
  ///
  /// - Throws: ``PhraseFileError/container(_:)`` if bytes are left.
  package func expectEnd() throws(PhraseFileError) {
    try Self.reading { () throws(ContainerError) in try reader.expectEnd() }
  }

  private mutating func integer() throws(PhraseFileError) -> UInt32 {
    do {
      return try reader.integer(UInt32.self)
    } catch {
      throw .container(error)
    }
  }

  private mutating func bytes(_ count: UInt64) throws(PhraseFileError) -> UnsafeRawBufferPointer {
    do {
      return try reader.bytes(count)
    } catch {
      throw .container(error)
    }
  }

  private mutating func floats(_ count: UInt64, phrase: Int) throws(PhraseFileError) -> UnsafeBufferPointer<Float> {
    guard let values = try bytes(4 * count).values(of: Float.self) else {
      throw .misaligned(alignment: MemoryLayout<Float>.alignment)
    }
    for value in values where !value.isFinite { throw .notFinite(phrase: phrase) }
    return values
  }

  private mutating func skipPadding() throws(PhraseFileError) {
    do {
      try reader.skipPadding(toMultipleOf: 4)
    } catch {
      throw .container(error)
    }
  }

  private static func reading<Value>(_ read: () throws(ContainerError) -> Value) throws(PhraseFileError) -> Value {
    do {
      return try read()
    } catch {
      throw .container(error)
    }
  }
}
