import KeywordSpotting
import ModelFormat
import Testing
import TextEnrollment
import UntrainedModels

@Suite struct PhraseFileTests {
  private func file(_ texts: [String]) throws -> PhraseFile {
    let enroller = Enroller(model: UntrainedModel.model, language: TestLanguage.file)
    var file = PhraseFile(model: UntrainedModel.model)
    for (index, text) in texts.enumerated() {
      let (enrollment, report) = try enroller.enroll(text, threshold: Float(index) / 4)
      try file.add(PhraseFile.Phrase(enrollment, report))
    }
    return file
  }

  private func read(_ bytes: [UInt8]) throws -> PhraseFile { try bytes.withUnsafeBytes { try PhraseFile($0) } }

  /// A valid container with a changed section.
  private func rewritten(_ file: PhraseFile, _ change: (inout [UInt8]) -> Void) throws -> [UInt8] {
    let bytes = file.bytes()
    var section = try bytes.withUnsafeBytes {
      Array(try #require(ContainerReader($0, expecting: .phrases).bytes(of: PhraseFile.phrasesSection)))
    }
    change(&section)
    var writer = ContainerWriter(kind: .phrases)
    writer.append(PhraseFile.phrasesSection, section)
    return writer.finish()
  }

  @Test(
    "Written phrases are read back", arguments: [[], ["hey jarvis"], ["jarvis", "Hey Computer", "tomato on", "k9"]])
  func roundTrip(texts: [String]) throws {
    let file = try file(texts)
    let again = try read(file.bytes())
    #expect(again == file)
    #expect(again.phrases.map(\.enrollment.text) == texts)
    #expect(try again.enrollments(for: UntrainedModel.model) == file.phrases.map(\.enrollment))
  }

  @Test("Phrases are added once, and found and removed by their text")
  func changes() throws {
    var file = try file(["jarvis", "hey computer", "k9"])
    let computer = file.phrases[1]
    #expect(throws: PhraseFileError.alreadyEnrolled(phrase: 1)) { try file.add(computer) }
    #expect(file.index(of: "k9") == 2)
    #expect([file.remove("jarvis"), file.remove("jarvis")] == [true, false])
    #expect(file.phrases.map(\.enrollment.text) == ["hey computer", "k9"])
  }

  @Test(
    "A phrase is found, removed, changed and refused by any text that looks the same",
    arguments: ["Hey Computer", "HEY  COMPUTER ", "\u{FF28}ey\u{A0}computer", "he\u{301}y computer"])
  func foldedIdentity(text: String) throws {
    var file = try file(["jarvis", "hey computer"])
    #expect(file.index(of: text) == 1)
    var same = file.phrases[1]
    same.enrollment.text = text
    #expect(throws: PhraseFileError.alreadyEnrolled(phrase: 1)) { try file.add(same, at: 0) }
    #expect(try file.setThreshold(0.75, of: text) && file.phrases[1].enrollment.threshold == 0.75)
    #expect(file.remove(text) && file.phrases.map(\.enrollment.text) == ["jarvis"])
  }

  @Test("A file from before texts were folded may have two phrases that look the same, and the exact text comes first")
  func twoThatAreOne() throws {
    let bytes = try rewritten(try file(["jarvis", "tomato"])) { section in
      let start = section.indices.first { section[$0...].starts(with: "tomato".utf8) }
      if let start { section.replaceSubrange(start..<start + 6, with: "Jarvis".utf8) }
    }
    var file = try read(bytes)
    #expect(file.phrases.map(\.enrollment.text) == ["jarvis", "Jarvis"])
    #expect(["jarvis", "Jarvis", "JARVIS"].map { file.index(of: $0) } == [0, 1, 0])
    #expect(file.remove("JARVIS") && file.phrases.isEmpty)
  }

  @Test("An embedding that is not finite is not added, because the file could not be read")
  func notFinite() throws {
    var file = try file(["jarvis"])
    var phrase = file.phrases[0]
    phrase.enrollment.text = "hey jarvis"
    phrase.enrollment.variants[0].utteranceEmbedding[3] = .nan
    #expect(throws: PhraseFileError.notFinite(phrase: 1)) { try file.add(phrase) }
    phrase.enrollment.variants[0].utteranceEmbedding[3] = 0
    phrase.enrollment.variants[0].phonemeEmbeddings[0] = .infinity
    #expect(throws: PhraseFileError.notFinite(phrase: 1)) { try file.add(phrase) }
    #expect(try read(file.bytes()) == file)
  }

  @Test("A file of another model is reported with both hashes, and its texts are readable")
  func otherModel() throws {
    let other = AcousticModelContents.untrained(seed: 42, featureContract: UntrainedModel.featureContract)
    let model = UntrainedModel.load(other)
    let file = try read(try file(["jarvis"]).bytes())
    #expect(
      throws: PhraseFileError.otherModel(file: UntrainedModel.model.contentHash, model: model.contentHash)
    ) { try file.enrollments(for: model) }
    #expect(file.phrases.map(\.enrollment.text) == ["jarvis"])
  }

  @Test("An embedding of another length is rejected")
  func otherDimension() throws {
    var wide = PhraseFile(modelHash: 1, embeddingDimension: 17)
    let phrase = try file(["jarvis"]).phrases[0]
    #expect(throws: PhraseFileError.embeddingDimension(found: 16, maximum: 17)) { try wide.add(phrase) }
  }

  @Test("A file truncated anywhere is rejected")
  func truncated() throws {
    let bytes = try file(["jarvis", "hey computer"]).bytes()
    for length in stride(from: 0, to: bytes.count, by: 37) {
      #expect(throws: PhraseFileError.self, "cut to \(length) bytes") { try read(Array(bytes.prefix(length))) }
    }
  }

  @Test("A section truncated anywhere in a valid container is rejected")
  func truncatedSection() throws {
    let file = try file(["jarvis", "hey computer"])
    var length = 0
    _ = try rewritten(file) { length = $0.count }
    for cut in stride(from: 0, to: length, by: 19) {
      let bytes = try rewritten(file) { $0.removeLast(length - cut) }
      #expect(throws: PhraseFileError.self, "section of \(cut) bytes") { try read(bytes) }
    }
  }

  @Test("A changed byte is detected")
  func corrupted() throws {
    let bytes = try file(["jarvis"]).bytes()
    for index in stride(from: 64, to: bytes.count - 64, by: 31) {
      var changed = bytes
      changed[index] ^= 0x10
      #expect(throws: PhraseFileError.self, "byte \(index)") { try read(changed) }
    }
  }

  @Test(
    "Invalid fields are reported",
    arguments: [
      ("huge phrase count", 12, [0xFF, 0xFF, 0xFF, 0xFF], PhraseFileError.tooManyPhrases(count: .max, maximum: 1_000)),
      ("no dimension", 8, [0, 0, 0, 0], .embeddingDimension(found: 0, maximum: 4_096)),
      ("empty text", 16, [0, 0, 0, 0], .text(phrase: 0)),
      ("huge text", 16, [0xFF, 0xFF, 0xFF, 0x7F], .text(phrase: 0)),
      ("text that is not UTF-8", 20, [0xFF], .text(phrase: 0)),
      ("a text with a line end", 20, [0x0A], .text(phrase: 0)),
      ("a text that clears a terminal", 20, [0xC2, 0x9B], .text(phrase: 0)),
      ("a text that is shown backwards", 20, [0xE2, 0x80, 0xAE], .text(phrase: 0)),
      ("threshold of two", 28, [0, 0, 0, 0x40], .threshold(phrase: 0, value: 2)),
      ("unknown source", 32, [4], .undefinedValue(phrase: 0, value: 4)),
      ("no variants", 36, [0], .variantCount(phrase: 0, count: 0)),
      ("nine variants", 36, [9], .variantCount(phrase: 0, count: 9)),
      ("no phonemes", 40, [0], .undefinedValue(phrase: 0, value: 0)),
      ("huge variant", 40, [0xFF, 0xFF, 0xFF, 0x7F], .undefinedValue(phrase: 0, value: 0x7FFF_FFFF)),
      ("a blank for a phoneme", 44, [39], .undefinedValue(phrase: 0, value: 39)),
      ("half a word start", 50, [2], .undefinedValue(phrase: 0, value: 2)),
      ("an infinite embedding", 56, [0, 0, 0x80, 0x7F], .notFinite(phrase: 0)),
    ] as [(String, Int, [UInt8], PhraseFileError)])
  func hostileFields(name: String, offset: Int, value: [UInt8], error: PhraseFileError) throws {
    // "jarvis" has six bytes of text, padded to eight, and six phonemes.
    let bytes = try rewritten(try file(["jarvis"])) { $0.replaceSubrange(offset..<offset + value.count, with: value) }
    #expect(throws: error, "\(name)") { try read(bytes) }
  }

  @Test("Bytes after the last phrase are rejected")
  func trailingBytes() throws {
    let bytes = try rewritten(try file(["jarvis"])) { $0 += [0, 0, 0, 0] }
    #expect(throws: PhraseFileError.self) { try read(bytes) }
  }

  @Test("A model and a language file are not phrase files")
  func otherKind() throws {
    let model = try UntrainedModel.contents.encoded()
    #expect(throws: PhraseFileError.container(.wrongKind(found: 1, expected: .phrases))) { try read(model) }
  }
}
