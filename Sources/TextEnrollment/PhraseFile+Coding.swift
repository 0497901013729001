import KeywordSpotting
import ModelFormat

extension PhraseFile {
  /// The file's bytes.
  public func bytes() -> [UInt8] {
    var section: [UInt8] = []
    section.appendLittleEndian(modelHash)
    section.appendLittleEndian(UInt32(embeddingDimension))
    section.appendLittleEndian(UInt32(phrases.count))
    for phrase in phrases {
      let text = Array(phrase.enrollment.text.utf8)
      section.appendLittleEndian(UInt32(text.count))
      section.append(contentsOf: text)
      section.padWithZeros(toMultipleOf: 4)
      section.appendLittleEndian(phrase.enrollment.threshold)
      section.appendLittleEndian(UInt32(phrase.source.rawValue))
      section.appendLittleEndian(UInt32(phrase.enrollment.variants.count))
      for variant in phrase.enrollment.variants {
        section.appendLittleEndian(UInt32(variant.phonemes.count))
        section.append(contentsOf: variant.phonemes)
        for begins in variant.wordInitial { section.append(begins ? 1 : 0) }
        section.padWithZeros(toMultipleOf: 4)
        section.appendLittleEndian(variant.phonemeEmbeddings)
        section.appendLittleEndian(variant.utteranceEmbedding)
      }
    }
    var file = ContainerWriter(kind: .phrases)
    file.append(PhraseFile.phrasesSection, section)
    return file.finish()
  }

  /// Reads and checks a file.
  ///
  /// - Throws: the first ``PhraseFileError`` met. A file of another model is read too: see ``enrollments(for:)``.
  public init(_ bytes: UnsafeRawBufferPointer) throws(PhraseFileError) {
    var reader = try PhraseFile.reading { () throws(ContainerError) in
      try ContainerReader(bytes, expecting: .phrases).section(PhraseFile.phrasesSection)
    }
    let modelHash = try PhraseFile.reading { () throws(ContainerError) in try reader.integer(UInt64.self) }
    let dimension = try PhraseFile.integer(&reader)
    guard dimension >= 1 && dimension <= UInt32(PhraseFile.maximumDimension) else {
      throw .embeddingDimension(found: Int(truncatingIfNeeded: dimension), maximum: PhraseFile.maximumDimension)
    }
    let phraseCount = try PhraseFile.integer(&reader)
    guard phraseCount <= UInt32(PhraseFile.maximumPhraseCount) else {
      throw .tooManyPhrases(count: phraseCount, maximum: PhraseFile.maximumPhraseCount)
    }
    self.init(modelHash: modelHash, embeddingDimension: Int(dimension))
    for index in 0..<Int(phraseCount) {
      phrases.append(try PhraseFile.phrase(&reader, index: index, dimension: embeddingDimension))
    }
    try PhraseFile.reading { () throws(ContainerError) in try reader.expectEnd() }
  }

  private static func phrase(
    _ reader: inout SectionReader, index: Int, dimension: Int
  ) throws(PhraseFileError) -> Phrase {
    let textBytes = try integer(&reader)
    guard textBytes >= 1 && textBytes <= UInt32(maximumTextBytes) else { throw .text(phrase: index) }
    let utf8 = try reading { () throws(ContainerError) in try reader.bytes(UInt64(textBytes)) }
    guard let text = String(validating: utf8, as: UTF8.self) else { throw .text(phrase: index) }
    try reading { () throws(ContainerError) in try reader.skipPadding(toMultipleOf: 4) }
    let threshold = try reading { () throws(ContainerError) in try reader.float() }
    guard threshold >= 0 && threshold <= 1 else { throw .threshold(phrase: index, value: threshold) }
    let sourceValue = try integer(&reader)
    guard sourceValue <= 0xFF, let source = WordPronunciation.Source(rawValue: UInt8(sourceValue)) else {
      throw .undefinedValue(phrase: index, value: sourceValue)
    }
    let variantCount = try integer(&reader)
    guard variantCount >= 1 && variantCount <= UInt32(Enrollment.maximumVariantCount) else {
      throw .variantCount(phrase: index, count: variantCount)
    }
    var variants: [PhraseVariant] = []
    for _ in 0..<variantCount { variants.append(try variant(&reader, phrase: index, dimension: dimension)) }
    return Phrase(enrollment: Enrollment(text: text, variants: variants, threshold: threshold), source: source)
  }

  private static func variant(
    _ reader: inout SectionReader, phrase: Int, dimension: Int
  ) throws(PhraseFileError) -> PhraseVariant {
    let count = try integer(&reader)
    guard count >= 1 && count <= UInt32(Pronouncer.maximumPhonemeCount) else {
      throw .undefinedValue(phrase: phrase, value: count)
    }
    let phonemes = try reading { () throws(ContainerError) in try reader.bytes(UInt64(count)) }
    for phoneme in phonemes where phoneme >= UInt8(Phoneme.count) {
      throw .undefinedValue(phrase: phrase, value: UInt32(phoneme))
    }
    let starts = try reading { () throws(ContainerError) in try reader.bytes(UInt64(count)) }
    for start in starts where start > 1 { throw .undefinedValue(phrase: phrase, value: UInt32(start)) }
    try reading { () throws(ContainerError) in try reader.skipPadding(toMultipleOf: 4) }
    let embeddings = try reading { () throws(ContainerError) in try reader.floats(UInt64(count) * UInt64(dimension)) }
    let utterance = try reading { () throws(ContainerError) in try reader.floats(UInt64(dimension)) }
    guard embeddings.allSatisfy({ $0.isFinite }), utterance.allSatisfy({ $0.isFinite }) else {
      throw .notFinite(phrase: phrase)
    }
    return PhraseVariant(
      phonemes: Array(phonemes), wordInitial: starts.map { $0 == 1 }, phonemeEmbeddings: embeddings,
      utteranceEmbedding: utterance)
  }

  private static func integer(_ reader: inout SectionReader) throws(PhraseFileError) -> UInt32 {
    do {
      return try reader.integer(UInt32.self)
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
