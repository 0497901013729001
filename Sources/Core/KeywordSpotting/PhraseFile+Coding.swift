import ModelFormat

extension PhraseFile {
  /// The bytes of the file.
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
  /// - Parameter bytes: the whole file, at an address that is a multiple of four.
  /// - Throws: the first ``PhraseFileError`` found. A file of another model is read, too: see ``enrollments(for:)``.
  public init(_ bytes: UnsafeRawBufferPointer) throws(PhraseFileError) {
    var reader = try PhraseRecordReader(bytes)
    self.init(modelHash: reader.modelHash, embeddingDimension: reader.embeddingDimension)
    for index in 0..<reader.phraseCount {
      let record = try reader.nextPhrase()
      guard let source = PronunciationSource(rawValue: record.source) else {
        throw .undefinedValue(phrase: index, value: UInt32(record.source))
      }
      var variants: [PhraseVariant] = []
      for variantIndex in 0..<record.variantCount {
        let variant = try reader.nextVariant(of: record, index: variantIndex)
        variants.append(
          PhraseVariant(
            phonemes: Array(variant.view.phonemes), wordInitial: variant.wordInitial.map { $0 == 1 },
            phonemeEmbeddings: Array(variant.view.phonemeEmbeddings),
            utteranceEmbedding: Array(variant.view.utteranceEmbedding)))
      }
      phrases.append(
        Phrase(
          enrollment: Enrollment(
            text: String(decoding: record.text, as: UTF8.self), variants: variants, threshold: record.threshold),
          source: source))
    }
    try reader.expectEnd()
  }
}
