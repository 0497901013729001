import Foundation
import KeywordSpotting
import ModelFormat
import Testing
import TextEnrollment

/// The specification page is a test vector: each hex dump is a whole file.
@Suite struct FilePageTests {
  private static let page = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "Sources/Core/TextEnrollment/TextEnrollment.docc/LanguageAndPhraseFiles.md")

  /// The bytes of a hex dump with rows `oooooooo  hh hh …  |text|`. Rows omitted with `*` are zeros.
  private static func dump(_ index: Int) throws -> [UInt8] {
    let blocks = try String(contentsOf: page, encoding: .utf8).components(separatedBy: "```")
    let block = try #require(blocks.count > 2 * index + 1 ? blocks[2 * index + 1] : nil)
    var bytes: [UInt8] = []
    for line in block.split(separator: "\n") {
      guard let offset = Int(line.prefix(8), radix: 16) else { continue }
      bytes += [UInt8](repeating: 0, count: max(0, offset - bytes.count))
      for column in (line.dropFirst(8).split(separator: "|").first ?? "").split(separator: " ") {
        bytes.append(try #require(UInt8(column, radix: 16), "not a byte: \(column)"))
      }
    }
    return bytes
  }

  @Test("The page's language file equals the written one and opens")
  func languageFile() throws {
    var lexicon = LexiconWriter()
    for (word, spoken) in [("hi", ["HH AY"]), ("a", ["AH", "EY"]), ("hey", ["HH EY"]), ("cooee", ["K UW IY"])] {
      try lexicon.add(word, spoken.map { try TypedPronunciation.words(of: $0)[0] })
    }
    var file = ContainerWriter(kind: .language)
    file.append(LanguageFile.lexiconSection, lexicon.bytes())
    file.append(LanguageFile.provenanceSection, Array("[lexicon]\nsource = \"example\"\n".utf8))
    let bytes = file.finish()
    #expect(try Self.dump(0) == bytes, "the page should have\n\(hexDump(bytes))")
    try bytes.withUnsafeBytes { bytes in
      let language = try LanguageFile(bytes)
      #expect(language.lexicon.pronunciations(of: "cooee") == [[19, 33, 17]])
      #expect(language.graphemeToPhoneme == nil)
      #expect(String(decoding: language.provenance, as: UTF8.self) == "[lexicon]\nsource = \"example\"\n")
    }
  }

  @Test("The page's phrase file equals the written one and opens")
  func phraseFile() throws {
    let variant = PhraseVariant(
      phonemes: [15, 5], wordInitial: [true, false], phonemeEmbeddings: [1, 0, 0.6, -0.8], utteranceEmbedding: [0, 1])
    var file = PhraseFile(modelHash: 0x0123_4567_89AB_CDEF, embeddingDimension: 2)
    try file.add(.init(enrollment: Enrollment(text: "hi", variants: [variant], threshold: 0.5), source: .lexicon))
    let bytes = file.bytes()
    #expect(try Self.dump(1) == bytes, "the page should have\n\(hexDump(bytes))")
    #expect(try bytes.withUnsafeBytes { try PhraseFile($0) } == file)
  }

  @Test("The page's background file equals the written one and opens")
  func backgroundFile() throws {
    var writer = BackgroundSpeechWriter(
      modelHash: 0x0123_4567_89AB_CDEF, mean: [0, 0], directions: [1, 0, 0, 1], step: 0.5,
      mix: BackgroundMix(
        kinds: [.init(name: "talk", share: 1)],
        conditions: [.init(name: "in quiet", share: 0.5), .init(name: "in noise", share: 0.5)]))
    writer.append(
      words: [BackgroundWord(spelling: "hi", phonemes: [15, 5], firstFrame: 0, endFrame: 2)],
      units: [1, 0, 0, 1, 0, -1, 0, -1, 0, -1], isSurelyBlank: [false, false, true, true, true], condition: 1)
    let decline = TypicalDecline(ratePerHour: 32, rateHours: 0.25, weight: 16, survival: [0.5])
    let bytes = writer.finish(
      reference: ReferencePhrases(
        levels: DeclineLevels(first: -4, step: 1, count: 2),
        lengths: [
          .init(leastPhonemeCount: 0, mixed: decline, kinds: [decline], conditions: [decline, decline])
        ], matchLogits: [2]),
      provenance: "[background]\n")
    #expect(try Self.dump(2) == bytes, "the page should have\n\(hexDump(bytes))")
    try bytes.withUnsafeBytes { bytes in
      let speech = try BackgroundSpeech(bytes)
      #expect(speech.frameCount == 5 && speech.utterances[0].words[0].spelling == "hi")
      #expect(speech.mix.conditions.map(\.name) == ["in quiet", "in noise"] && speech.utterances[0].isAugmented)
    }
  }

  @Test("A language, phrase or background file with any single flipped bit is rejected", arguments: 0..<3)
  func flippedBits(index: Int) throws {
    let file = try Self.dump(index)
    let open: [(UnsafeRawBufferPointer) throws -> Void] = [
      { _ = try LanguageFile($0) }, { _ = try PhraseFile($0) }, { _ = try BackgroundSpeech($0) },
    ]
    for byte in file.indices {
      for bit in 0..<8 as Range<UInt8> {
        var damaged = file
        damaged[byte] ^= 1 << bit
        let isRefused = damaged.withUnsafeBytes { bytes in
          do { try open[index](bytes) } catch { return true }
          return false
        }
        #expect(isRefused, "bit \(bit) of byte \(byte) was not noticed")
      }
    }
  }

  /// The bytes in the format of `hexdump -C`.
  private func hexDump(_ bytes: [UInt8]) -> String {
    var rows: [String] = []
    var isSkipping = false
    for start in stride(from: 0, to: bytes.count, by: 16) {
      let row = bytes[start..<min(start + 16, bytes.count)]
      let isZero = row.allSatisfy { $0 == 0 }
      let previousIsZero = start >= 16 && bytes[start - 16..<start].allSatisfy { $0 == 0 }
      if isZero && previousIsZero {
        if !isSkipping { rows.append("*") }
        isSkipping = true
        continue
      }
      isSkipping = false
      let columns = row.map { String(format: "%02x", $0) }
      let text = String(decoding: row.map { (0x20...0x7E).contains($0) ? $0 : UInt8(ascii: ".") }, as: UTF8.self)
      rows.append(
        String(format: "%08x  ", start) + columns.prefix(8).joined(separator: " ") + "  "
          + columns.dropFirst(8).joined(separator: " ") + "  |\(text)|")
    }
    return rows.joined(separator: "\n") + String(format: "\n%08x", bytes.count)
  }
}
