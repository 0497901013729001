import KeywordSpotting
import ModelFormat
import Testing
import TextEnrollment
import UntrainedModels

@Suite struct BackgroundSpeechTests {
  private static let dimension = 16

  private static func unit(_ generator: inout TestGenerator) -> [Float] {
    let vector = (0..<dimension).map { _ in generator.nextFloat() }
    let length = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
    return vector.map { $0 / length }
  }

  /// The axes: every direction is kept.
  private static let axes: [Float] = (0..<dimension * dimension).map { $0 % (dimension + 1) == 0 ? 1 : 0 }

  private static func writer(step: Float = 0.01) -> BackgroundSpeechWriter {
    BackgroundSpeechWriter(
      modelHash: UntrainedModel.model.contentHash, mean: [Float](repeating: 0.05, count: dimension), directions: axes,
      step: step, mix: mix)
  }

  private static let mix = BackgroundMix(
    kinds: [.init(name: "read", share: 0.25), .init(name: "told", share: 0.75)],
    conditions: [.init(name: "quiet", share: 0.5), .init(name: "noise", share: 0.5)])

  /// Three levels.
  private static func decline(_ weight: Float) -> TypicalDecline {
    TypicalDecline(ratePerHour: 20, rateHours: 0.5, weight: weight, survival: [0.5, 0.25])
  }

  private static let lengths = [0, 9].map { least in
    ReferencePhrases.Length(
      leastPhonemeCount: least, mixed: decline(Float(least) + 1), kinds: [decline(2), decline(3)],
      conditions: [decline(4), decline(5)])
  }

  private static let words = [
    BackgroundWord(spelling: "hey", phonemes: [15, 12], firstFrame: 1, endFrame: 3),
    BackgroundWord(spelling: "jarvis", phonemes: [18, 0, 27, 34, 2, 28], firstFrame: 3, endFrame: 7),
  ]

  private static func example() -> [UInt8] {
    var generator = TestGenerator(seed: 5)
    var writer = writer()
    for length in [8, 300] {
      let units = (0..<length).flatMap { _ in unit(&generator) }
      writer.append(
        words: length == 8 ? words : [], units: units, isSurelyBlank: (0..<length).map { $0 >= 4 && $0 != 290 },
        kind: length == 300 ? 1 : 0, condition: length == 300 ? 1 : 0)
    }
    return writer.finish(
      reference: ReferencePhrases(
        levels: DeclineLevels(first: -2, step: 1, count: 3), lengths: lengths, matchLogits: [2, -1, 0.5]),
      provenance: "[background]\n")
  }

  private func read<Value>(_ bytes: [UInt8], _ body: (BackgroundSpeech) throws -> Value) throws -> Value {
    try bytes.withUnsafeBytes { try body(BackgroundSpeech($0)) }
  }

  private func frames(_ speech: BackgroundSpeech, _ utterance: Int) -> [[Float]] {
    var coordinates = [Int32](repeating: 0, count: speech.embeddingDimension)
    var unit = [Float](repeating: 0, count: speech.embeddingDimension)
    var frames: [[Float]] = []
    coordinates.withUnsafeMutableBufferPointer { coordinates in
      unit.withUnsafeMutableBufferPointer { unit in
        speech.forEachFrame(
          ofUtterance: utterance, coordinates: coordinates.baseAddress!, unit: unit.baseAddress!
        ) { frames.append(Array(unit)) }
      }
    }
    return frames
  }

  /// A valid container with changed sections.
  private func rewritten(
    _ bytes: [UInt8], _ changed: SectionID, _ change: (inout [UInt8]) -> Void
  ) throws -> [UInt8] {
    try bytes.withUnsafeBytes { bytes in
      let container = try ContainerReader(bytes, expecting: .background)
      var writer = ContainerWriter(kind: .background)
      for section in container.sections {
        var content = Array(container.bytes(of: section.id)!)
        if section.id == changed { change(&content) }
        writer.append(section.id, content)
      }
      return writer.finish()
    }
  }

  @Test("Frames are read back within half a step per coordinate and keep their duration")
  func roundTrip() throws {
    let step: Float = 0.02
    var generator = TestGenerator(seed: 17)
    let units = (0..<40).map { _ in Self.unit(&generator) }
    var writer = Self.writer(step: step)
    writer.append(
      words: Self.words, units: units.flatMap { $0 }, isSurelyBlank: [Bool](repeating: false, count: 40))
    try read(writer.finish()) { speech in
      #expect(speech.modelHash == UntrainedModel.model.contentHash)
      #expect(speech.frameCount == 40 && speech.hours == 40 / 90_000)
      #expect(speech.utterances.map(\.words) == [Self.words])
      #expect(speech.reference == nil)
      let found = frames(speech, 0)
      #expect(found.count == 40)
      // Half a step in each of 16 directions, plus the effect of normalization.
      let bound = step * 2 * 1.1
      for (unit, frame) in zip(units, found) {
        let distance = zip(unit, frame).reduce(Float(0)) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
        #expect(distance < bound, "\(unit)")
        #expect(abs(frame.reduce(0) { $0 + $1 * $1 } - 1) < 1e-5)
      }
    }
  }

  @Test("A run of certainly blank frames is stored once and keeps its duration")
  func blankRuns() throws {
    var generator = TestGenerator(seed: 23)
    let units = (0..<600).flatMap { _ in Self.unit(&generator) }
    func file(_ isBlank: [Bool]) -> [UInt8] {
      var writer = Self.writer()
      writer.append(words: [], units: units, isSurelyBlank: isBlank)
      return writer.finish()
    }
    let long = file((0..<600).map { $0 >= 10 })
    #expect(long.count < file([Bool](repeating: false, count: 600)).count / 4)
    try read(long) { speech in
      #expect(speech.frameCount == 600)
      let found = frames(speech, 0)
      #expect(found.count == 600)
      #expect(found[9] != found[10] && found[10] == found[266] && found[266] != found[267])
      #expect(found[267...].allSatisfy { $0.count == Self.dimension })
    }
  }

  @Test("Large coordinates are escaped, also with small steps")
  func escapes() throws {
    var generator = TestGenerator(seed: 29)
    let units = (0..<50).map { index in
      index % 10 == 0 ? (0..<Self.dimension).map { Float($0 == index / 10 ? 1 : 0) } : Self.unit(&generator)
    }
    var writer = Self.writer(step: 0.000_1)
    writer.append(
      words: [], units: units.flatMap { $0 }, isSurelyBlank: [Bool](repeating: false, count: 50))
    try read(writer.finish()) { speech in
      for (unit, frame) in zip(units, frames(speech, 0)) {
        for (wanted, found) in zip(unit, frame) { #expect(abs(wanted - found) < 2e-4) }
      }
    }
  }

  @Test("The mix and the reference phrases are read back in order")
  func reference() throws {
    try read(Self.example()) { speech in
      #expect(speech.mix == Self.mix)
      #expect(speech.reference?.levels == DeclineLevels(first: -2, step: 1, count: 3))
      #expect(speech.reference?.lengths == Self.lengths)
      #expect(speech.utterances.map(\.kind) == [0, 1])
      #expect(speech.reference?.matchLogits == [-1, 0.5, 2])
      #expect(speech.utterances.map(\.isAugmented) == [false, true])
      #expect(String(decoding: speech.provenance, as: UTF8.self) == "[background]\n")
    }
  }

  @Test("A background of another model is rejected with both hashes")
  func otherModel() throws {
    let other = UntrainedModel.load(
      AcousticModelContents.untrained(seed: 42, featureContract: UntrainedModel.featureContract))
    try read(Self.example()) { speech in
      #expect(
        throws: BackgroundSpeechError.otherModel(
          file: UntrainedModel.model.contentHash, model: other.contentHash)
      ) { try speech.checkModel(other) }
      try speech.checkModel(UntrainedModel.model)
    }
  }

  @Test("A file truncated anywhere is rejected")
  func truncated() throws {
    let bytes = Self.example()
    for length in stride(from: 0, to: bytes.count, by: 41) {
      #expect(throws: BackgroundSpeechError.self, "cut to \(length) bytes") {
        try read(Array(bytes.prefix(length))) { _ in }
      }
    }
  }

  @Test("A changed byte is detected")
  func corrupted() throws {
    let bytes = Self.example()
    for index in stride(from: 0, to: bytes.count, by: 29) where bytes[index] != 0 {
      var changed = bytes
      changed[index] ^= 0x10
      #expect(throws: BackgroundSpeechError.self, "byte \(index)") { try read(changed) { _ in } }
    }
  }

  @Test(
    "A section truncated anywhere in a valid container is rejected",
    arguments: [
      BackgroundSpeech.packingSection, BackgroundSpeech.mixSection, BackgroundSpeech.wordsSection,
      BackgroundSpeech.utterancesSection, BackgroundSpeech.framesSection,
      BackgroundSpeech.referenceSection,
    ])
  func truncatedSection(id: SectionID) throws {
    let bytes = Self.example()
    var size = 0
    _ = try rewritten(bytes, id) { size = $0.count }
    for cut in stride(from: 0, to: size, by: max(1, size / 60)) {
      let changed = try rewritten(bytes, id) { $0.removeLast(size - cut) }
      #expect(throws: BackgroundSpeechError.self, "\(id.name) of \(cut) bytes") { try read(changed) { _ in } }
    }
    let longer = try rewritten(bytes, id) { $0.append(0) }
    #expect(throws: BackgroundSpeechError.self, "\(id.name) with a byte too many") { try read(longer) { _ in } }
  }

  @Test("Frames of random bytes are read or rejected, and never read outside the section")
  func drawnFrames() throws {
    let bytes = Self.example()
    for seed in 0..<200 as Range<UInt64> {
      var generator = TestGenerator(seed: seed)
      let changed = try rewritten(bytes, BackgroundSpeech.framesSection) { section in
        for index in section.indices { section[index] = UInt8(truncatingIfNeeded: generator.next()) }
      }
      try? read(changed) { speech in
        for index in speech.utterances.indices {
          #expect(frames(speech, index).count == speech.utterances[index].frameCount, "seed \(seed)")
        }
      }
    }
  }

  /// A table in which only symbol 0 occurs.
  private static let oneSymbol: [UInt8] = [0, 0x10] + [UInt8](repeating: 0, count: 30)

  @Test(
    "Invalid fields are reported",
    arguments: [
      ("no dimension", "PACK", 8, [0, 0, 0, 0], .count(field: .dimension, found: 0, maximum: 512)),
      ("huge dimension", "PACK", 8, [255, 255, 255, 255], .count(field: .dimension, found: .max, maximum: 512)),
      ("more coordinates than dimensions", "PACK", 12, [17], .count(field: .coordinates, found: 17, maximum: 16)),
      ("no step", "PACK", 16, [0, 0, 0, 0], .step(0)),
      ("a step of two", "PACK", 16, [0, 0, 0, 0x40], .step(2)),
      ("no utterances", "PACK", 20, [0], .count(field: .utterances, found: 0, maximum: 1 << 20)),
      (
        "huge utterance count", "PACK", 20, [255, 255, 255, 255],
        .count(field: .utterances, found: .max, maximum: 1 << 20)
      ),
      ("an infinite mean", "PACK", 24, [0, 0, 0x80, 0x7F], .notFinite(section: "PACK", index: 0)),
      ("a direction of a million", "PACK", 88, [0, 0x24, 0x74, 0x49], .notFinite(section: "PACK", index: 16)),
      ("one symbol for every repetition", "PACK", 1_112, oneSymbol, .frequencies(table: 0)),
      ("frequencies of more than 4,096", "PACK", 1_272, [255, 255], .frequencies(table: 5)),
      ("huge word table", "WORD", 0, [255, 255, 255, 255], .count(field: .words, found: .max, maximum: 65_535)),
      ("a spelling that is not UTF-8", "WORD", 6, [0xFF], .spelling(index: 0)),
      ("a blank for a phoneme", "WORD", 9, [39], .spelling(index: 0)),
      ("no frames", "UTTS", 0, [0], .count(field: .frames, found: 0, maximum: 65_535)),
      ("huge frame count", "UTTS", 0, [255, 255, 255, 255], .count(field: .frames, found: .max, maximum: 65_535)),
      ("a frame fewer than there are", "UTTS", 0, [7], .frames(utterance: 0)),
      ("huge byte count", "UTTS", 4, [255, 255, 255, 255], .frames(utterance: 0)),
      ("huge word count", "UTTS", 8, [255, 255], .count(field: .words, found: 65_535, maximum: 4_096)),
      ("a condition too many", "UTTS", 10, [2], .undefinedValue(utterance: 0, value: 2)),
      ("a kind too many", "UTTS", 11, [2], .undefinedValue(utterance: 0, value: 2)),
      ("no kinds", "MIXT", 0, [0], .count(field: .mixParts, found: 0, maximum: 8)),
      ("nine conditions", "MIXT", 4, [9], .count(field: .mixParts, found: 9, maximum: 8)),
      ("a share below 0", "MIXT", 8, [0, 0, 0x80, 0xBF], .share(part: 0, found: -1)),
      ("shares of 1¼", "MIXT", 8, [0, 0, 0, 0x3F], .share(part: 1, found: 0.75)),
      ("no name", "MIXT", 12, [0], .count(field: .nameBytes, found: 0, maximum: 64)),
      ("a name that is not UTF-8", "MIXT", 16, [0xFF], .share(part: 0, found: 0.25)),
      ("a word that ends before it begins", "UTTS", 12, [3], .undefinedValue(utterance: 0, value: 3)),
      ("a word past the end", "UTTS", 14, [9], .undefinedValue(utterance: 0, value: 9)),
      ("a word that is not in the table", "UTTS", 16, [2], .undefinedValue(utterance: 0, value: 2)),
      ("a logit that is no number", "REFS", 0, [0, 0, 0xC0, 0x7F], .notFinite(section: "REFS", index: 0)),
      ("a step of zero", "REFS", 4, [0, 0, 0, 0], .notFinite(section: "REFS", index: 1)),
      ("one level", "REFS", 8, [1], .count(field: .levels, found: 1, maximum: 256)),
      ("no lengths", "REFS", 12, [0], .count(field: .lengths, found: 0, maximum: 8)),
      ("a first length from 1 on", "REFS", 16, [1], .notAscending(section: "REFS", index: 4)),
      ("lengths out of order", "REFS", 120, [0], .notAscending(section: "REFS", index: 30)),
      ("a length of 49", "REFS", 120, [49], .count(field: .phonemes, found: 49, maximum: 48)),
      ("a rate of zero", "REFS", 20, [0, 0, 0, 0], .notFinite(section: "REFS", index: 5)),
      ("a share above 1", "REFS", 32, [0, 0, 0xC0, 0x3F], .notFinite(section: "REFS", index: 8)),
      ("a kind's hours that are no number", "REFS", 44, [0, 0, 0xC0, 0x7F], .notFinite(section: "REFS", index: 11)),
      (
        "huge match count", "REFS", 224, [255, 255, 255, 255],
        .count(field: .matches, found: .max, maximum: 1 << 16)
      ),
      ("matches out of order", "REFS", 228, [0, 0, 0x80, 0x40], .notAscending(section: "REFS", index: 1)),
    ] as [(String, SectionID, Int, [UInt8], BackgroundSpeechError)])
  func hostileFields(
    name: String, section: SectionID, offset: Int, value: [UInt8], error: BackgroundSpeechError
  ) throws {
    let bytes = try rewritten(Self.example(), section) {
      $0.replaceSubrange(offset..<offset + value.count, with: value)
    }
    #expect(throws: error, "\(name)") { try read(bytes) { _ in } }
  }

  @Test("A model and a phrase file are not backgrounds, and every section is required")
  func otherKind() throws {
    let model = try UntrainedModel.contents.encoded()
    #expect(throws: BackgroundSpeechError.container(.wrongKind(found: 1, expected: .background))) {
      try read(model) { _ in }
    }
    var empty = ContainerWriter(kind: .background)
    empty.append("OTHR", [1])
    #expect(throws: BackgroundSpeechError.container(.missingSection(id: "WORD"))) { try read(empty.finish()) { _ in } }
  }

  @Test("A file of an earlier version, which has no table of words, is rejected by the name of the section")
  func earlierVersion() throws {
    let bytes = try Self.example().withUnsafeBytes { bytes in
      let container = try ContainerReader(bytes, expecting: .background)
      var writer = ContainerWriter(kind: .background)
      for section in container.sections where section.id != BackgroundSpeech.wordsSection {
        writer.append(section.id, Array(container.bytes(of: section.id)!))
      }
      return writer.finish()
    }
    #expect(throws: BackgroundSpeechError.container(.missingSection(id: "WORD"))) { try read(bytes) { _ in } }
  }

  @Test(
    "Codes are stored without loss: any values, runs of any length, each utterance on its own",
    arguments: 0..<8 as Range<UInt64>)
  func codes(seed: UInt64) throws {
    let step: Float = 0.000_1
    var generator = TestGenerator(seed: seed)
    var writer = Self.writer(step: step)
    var wanted: [[[Int16]]] = []
    for length in [1, 2, 30, 300] {
      var frames: [[Int16]] = []
      var repetitions: [Int] = []
      for frame in 0..<length {
        // Changes slowly, jumps now and then, and has every extreme.
        let codes = (0..<Self.dimension).map { index -> Int16 in
          let draw = generator.next()
          if draw % 50 == 0 { return draw % 100 == 0 ? 32_767 : -32_767 }
          let before = frame > 0 ? frames[frame - 1][index] : 0
          return (before / 2) &+ Int16((draw >> 32) % 41) - 20
        }
        frames.append(codes)
        repetitions.append(generator.next() % 4 == 0 ? Int(generator.next() % 257) + 1 : 1)
      }
      writer.append(words: [], codes: frames, repetitions: repetitions, kind: 0, condition: 0)
      wanted.append(zip(frames, repetitions).flatMap { [[Int16]](repeating: $0, count: $1) })
    }
    try read(writer.finish()) { speech in
      for (utterance, wanted) in wanted.enumerated().reversed() {
        let found = frames(speech, utterance)
        #expect(found.count == wanted.count, "seed \(seed)")
        for (codes, unit) in zip(wanted, found) {
          let vector = codes.map { 0.05 + Float($0) * step }
          let length = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
          let farthest = zip(vector, unit).map { abs($0 / length - $1) }.max()!
          #expect(farthest < 1e-6, "seed \(seed), utterance \(utterance)")
        }
      }
    }
  }

  @Test("Speech that changes slowly takes fewer bytes than the same frames in a drawn order")
  func prediction() {
    var generator = TestGenerator(seed: 31)
    var codes = [Int16](repeating: 0, count: Self.dimension)
    let slow = (0..<2_000).map { _ in
      for index in codes.indices { codes[index] += Int16(generator.next() % 3) - 1 }
      return codes
    }
    var drawn = slow
    for index in drawn.indices.reversed() { drawn.swapAt(index, Int(generator.next() % UInt64(index + 1))) }
    func byteCount(_ frames: [[Int16]]) -> Int {
      var writer = Self.writer()
      writer.append(
        words: [], codes: frames, repetitions: [Int](repeating: 1, count: frames.count), kind: 0, condition: 0)
      return writer.finish().count
    }
    #expect(byteCount(slow) < byteCount(drawn) / 2)
  }
}
