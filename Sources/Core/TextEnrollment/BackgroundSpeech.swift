import KeywordSpotting
import ModelFormat

/// The reason why a background file cannot be used. Utterances count from 0.
public enum BackgroundSpeechError: Error, Equatable, Sendable {
  /// The container is damaged, of another kind, or of a newer version.
  case container(ContainerError)
  /// Another model encoded the speech. Its embeddings have another meaning.
  case otherModel(file: UInt64, model: UInt64)
  /// A count in the file is 0 or too large.
  case count(field: CountField, found: UInt32, maximum: Int)
  /// The step of the packed embeddings is not above 0 and at most 1.
  case step(Float)
  /// A share of the mix is invalid, or the shares of the kinds or of the conditions do not sum to 1. Parts count from
  /// 0.
  case share(part: Int, found: Float)
  /// A number of the section is infinite, NaN, or outside its range.
  case notFinite(section: SectionID, index: Int)
  /// The spelling of a word is not UTF-8, or a phoneme is undefined. Words count from 0.
  case spelling(index: Int)
  /// A field of an utterance has an undefined value: a frame, a word, a kind.
  case undefinedValue(utterance: Int, value: UInt32)
  /// The packed frames of an utterance end too early, or their number differs from its length.
  case frames(utterance: Int)
  /// The frequencies of a table do not sum to 4,096, or are too high. Tables count from 0.
  case frequencies(table: Int)
  /// Numbers that must ascend do not.
  case notAscending(section: SectionID, index: Int)

  /// The field of a ``BackgroundSpeechError/count(field:found:maximum:)`` error.
  public enum CountField: Equatable, Sendable {
    /// Counts and dimensions of the sections `PACK`, `MIXT`, `WORD`, `UTTS` and `REFS`.
    case dimension, coordinates, utterances, frames, words, matches, mixParts, nameBytes, levels
    /// Counts of the section `REFS`.
    case lengths, phonemes
  }
}

/// Running speech as encoded by an acoustic model, for testing phrases: a container of kind 4.
///
/// Contains the packed frame embeddings of the encoder, from which posteriors and verification features follow for any
/// phrase, and the words that are said, with their frames. Each utterance has a kind and a condition:
/// ``BackgroundMix``. Bound to the model that encoded it.
///
/// Section `PACK`, how embeddings are packed:
///
/// | field | type |
/// |---|---|
/// | content hash of the model | `u64` |
/// | embedding dimension D, coordinates K ≤ D | `u32`, `u32` |
/// | step | `f32`, above 0, at most 1 |
/// | utterance count | `u32` |
/// | mean, directions | `f32[D]`, `f32[K · D]` |
/// | frequencies of 16 symbols, for the repetitions and for each coordinate | `u16[1 + K, 16]` |
/// | weights of the prediction | `i8[K, K]`, −127…127 |
///
/// Section `MIXT`: ``BackgroundMix``.
///
/// Section `WORD`: `u32` count; and for each word `u8` bytes of the spelling, `u8` phoneme count, spelling, phonemes.
///
/// Section `UTTS`, for each utterance: `u32` frame count 1…65,535, `u32` bytes of its frames, `u16` word count, `u8`
/// condition, `u8` kind; and for each word `u16` first frame, `u16` end frame, `u16` index in `WORD`.
///
/// Section `FRMS`, for each utterance: the frames, by asymmetric numeral systems. Each stored frame is its repetitions − 1
/// and K differences from the predicted codes.
///
/// Section `REFS`, optional: ``ReferencePhrases``.
///
/// Opening reads the whole file once and checks everything, so reading frames cannot fail. The bytes belong to the
/// caller, can be a file mapping, and must outlive the value. Safe to read from several threads.
public struct BackgroundSpeech: @unchecked Sendable {
  /// The section of the packing.
  public static let packingSection: SectionID = "PACK"
  /// The section of the mix.
  public static let mixSection: SectionID = "MIXT"
  /// The section of the words that occur. Files of earlier versions do not have it.
  public static let wordsSection: SectionID = "WORD"
  /// The section of the utterances and their words.
  public static let utterancesSection: SectionID = "UTTS"
  /// The section of the packed frames.
  public static let framesSection: SectionID = "FRMS"
  /// The section of the reference phrases; optional.
  public static let referenceSection: SectionID = "REFS"
  /// The section of the provenance, UTF-8 text in TOML; optional.
  public static let provenanceSection: SectionID = "PROV"

  static let maximumUtteranceCount = 1 << 20
  static let maximumFrameCount = 65_535
  static let maximumWordCount = 4_096
  static let maximumDistinctWordCount = 65_535
  // Keeps every count well within a 32-bit `Int`: 497 days.
  static let maximumTotalFrameCount = 1 << 30

  /// The content hash of the model that encoded the speech.
  public let modelHash: UInt64
  /// The kinds and conditions of the utterances, with their shares.
  public let mix: BackgroundMix
  /// The utterances in file order.
  public let utterances: [BackgroundUtterance]
  /// The number of frames of all utterances.
  public let frameCount: Int
  /// The results of ordinary phrases in this speech; `nil` if the file does not contain them.
  public let reference: ReferencePhrases?
  /// How the file was made: UTF-8 text in TOML; empty if the file does not contain it.
  public let provenance: UnsafeRawBufferPointer
  let packing: EmbeddingPacking
  private let frames: UnsafeRawBufferPointer

  /// The length D of the embeddings.
  public var embeddingDimension: Int { packing.dimension }
  /// The duration of the speech in hours.
  public var hours: Float { Float(frameCount) / Float(FrameTiming.framesPerSecond * 3_600) }

  /// Opens and checks a file.
  ///
  /// - Throws: the first ``BackgroundSpeechError`` found. A file of another model is opened, too: see
  ///   ``checkModel(_:)``.
  @export(interface)
  public init(_ bytes: UnsafeRawBufferPointer) throws(BackgroundSpeechError) {
    let container = try readingBackground { () throws(ContainerError) in
      try ContainerReader(bytes, expecting: .background)
    }
    var wordReader = try readingBackground { () throws(ContainerError) in
      try container.section(BackgroundSpeech.wordsSection)
    }
    let words = try BackgroundSpeech.words(&wordReader)
    var packingReader = try readingBackground { () throws(ContainerError) in
      try container.section(BackgroundSpeech.packingSection)
    }
    modelHash = try readingBackground { () throws(ContainerError) in try packingReader.integer(UInt64.self) }
    let (packing, utteranceCount) = try EmbeddingPacking.read(&packingReader)
    var mixReader = try readingBackground { () throws(ContainerError) in
      try container.section(BackgroundSpeech.mixSection)
    }
    mix = try BackgroundMix(&mixReader)
    var utteranceReader = try readingBackground { () throws(ContainerError) in
      try container.section(BackgroundSpeech.utterancesSection)
    }
    guard let frames = container.bytes(of: BackgroundSpeech.framesSection) else {
      throw .container(.missingSection(id: BackgroundSpeech.framesSection))
    }
    var utterances: [BackgroundUtterance] = []
    var total = 0
    for index in 0..<utteranceCount {
      let utterance = try BackgroundSpeech.utterance(&utteranceReader, index: index, mix, words)
      total += utterance.frameCount
      guard total <= BackgroundSpeech.maximumTotalFrameCount else {
        throw .count(
          field: .frames, found: UInt32(total), maximum: BackgroundSpeech.maximumTotalFrameCount)
      }
      utterances.append(utterance)
    }
    try readingBackground { () throws(ContainerError) in try utteranceReader.expectEnd() }
    try BackgroundSpeech.place(&utterances, in: frames, packing)
    if container.bytes(of: BackgroundSpeech.referenceSection) != nil {
      var reader = try readingBackground { () throws(ContainerError) in
        try container.section(BackgroundSpeech.referenceSection)
      }
      reference = try ReferencePhrases(&reader, mix)
    } else {
      reference = nil
    }
    provenance =
      container.bytes(of: BackgroundSpeech.provenanceSection) ?? UnsafeRawBufferPointer(start: nil, count: 0)
    self.packing = packing
    self.utterances = utterances
    self.frames = frames
    frameCount = total
  }

  /// Checks that `model` encoded the speech.
  ///
  /// - Throws: ``BackgroundSpeechError/otherModel(file:model:)``.
  public func checkModel(_ model: AcousticModel) throws(BackgroundSpeechError) {
    guard model.contentHash == modelHash, model.embeddingDimension == embeddingDimension else {
      throw .otherModel(file: modelHash, model: model.contentHash)
    }
  }

  /// Calls `body` for each frame of an utterance, in order.
  ///
  /// - Parameters:
  ///   - coordinates: scratch memory, `[D]`.
  ///   - unit: memory for the unit embedding of a frame, `[D]`, filled before each call of `body`.
  public func forEachFrame(
    ofUtterance index: Int, coordinates: UnsafeMutablePointer<Int32>, unit: UnsafeMutablePointer<Float>,
    _ body: () -> Void
  ) {
    let utterance = utterances[index]
    let predictor = packing.predictor
    var reader = SymbolReader(frames, utterance.frameBytes)
    withUnsafeTemporaryAllocation(of: SIMD8<Int16>.self, capacity: 2 * predictor.laneCount) { memory in
      let predictions = memory.baseAddress!
      let codeLanes = predictions + predictor.laneCount
      for lane in 0..<predictor.laneCount { (codeLanes + lane).initialize(to: .zero) }
      let codes = UnsafeMutableRawPointer(codeLanes).assumingMemoryBound(to: Int16.self)
      let predicted = UnsafeMutableRawPointer(predictions).assumingMemoryBound(to: Int16.self)
      var frame = 0
      while frame < utterance.frameCount {
        let repetitions = packing.read(&reader, into: coordinates)
        predictor.predict(codes, into: predictions)
        for index in 0..<packing.coordinateCount {
          codes[index] = predicted[index] &+ Int16(truncatingIfNeeded: coordinates[index])
        }
        packing.unpack(codes, into: unit)
        for _ in 0..<min(repetitions, utterance.frameCount - frame) { body() }
        frame += repetitions
      }
    }
  }

  private static func words(_ reader: inout SectionReader) throws(BackgroundSpeechError) -> [BackgroundWord] {
    let count = try reader.backgroundInteger()
    guard count <= UInt32(maximumDistinctWordCount) else {
      throw .count(field: .words, found: count, maximum: maximumDistinctWordCount)
    }
    var words: [BackgroundWord] = []
    for _ in 0..<count {
      let letterCount = try readingBackground { () throws(ContainerError) in try reader.integer(UInt8.self) }
      let phonemeCount = try readingBackground { () throws(ContainerError) in try reader.integer(UInt8.self) }
      let letters = try readingBackground { () throws(ContainerError) in try reader.bytes(UInt64(letterCount)) }
      guard let spelling = String(validating: letters, as: UTF8.self) else { throw .spelling(index: words.count) }
      let phonemes = try readingBackground { () throws(ContainerError) in try reader.bytes(UInt64(phonemeCount)) }
      for phoneme in phonemes where phoneme >= UInt8(Phoneme.count) { throw .spelling(index: words.count) }
      words.append(BackgroundWord(spelling: spelling, phonemes: Array(phonemes), firstFrame: 0, endFrame: 1))
    }
    try readingBackground { () throws(ContainerError) in try reader.expectEnd() }
    return words
  }

  private static func utterance(
    _ reader: inout SectionReader, index: Int, _ mix: BackgroundMix, _ distinct: [BackgroundWord]
  ) throws(BackgroundSpeechError) -> BackgroundUtterance {
    let frameCount = try reader.backgroundInteger()
    guard frameCount >= 1 && frameCount <= UInt32(maximumFrameCount) else {
      throw .count(field: .frames, found: frameCount, maximum: maximumFrameCount)
    }
    let byteCount = try reader.backgroundInteger()
    let wordCount = try readingBackground { () throws(ContainerError) in try reader.integer(UInt16.self) }
    guard wordCount <= UInt16(maximumWordCount) else {
      throw .count(field: .words, found: UInt32(wordCount), maximum: maximumWordCount)
    }
    let condition = try readingBackground { () throws(ContainerError) in try reader.integer(UInt8.self) }
    guard Int(condition) < mix.conditions.count else {
      throw .undefinedValue(utterance: index, value: UInt32(condition))
    }
    let kind = try readingBackground { () throws(ContainerError) in try reader.integer(UInt8.self) }
    guard Int(kind) < mix.kinds.count else { throw .undefinedValue(utterance: index, value: UInt32(kind)) }
    var words: [BackgroundWord] = []
    for _ in 0..<wordCount {
      let first = try readingBackground { () throws(ContainerError) in try reader.integer(UInt16.self) }
      let end = try readingBackground { () throws(ContainerError) in try reader.integer(UInt16.self) }
      guard first < end, UInt32(end) <= frameCount else {
        throw .undefinedValue(utterance: index, value: UInt32(end))
      }
      let word = try readingBackground { () throws(ContainerError) in try reader.integer(UInt16.self) }
      guard Int(word) < distinct.count else { throw .undefinedValue(utterance: index, value: UInt32(word)) }
      words.append(distinct[Int(word)])
      words[words.count - 1].firstFrame = Int(first)
      words[words.count - 1].endFrame = Int(end)
    }
    return BackgroundUtterance(
      frameCount: Int(frameCount), words: words, kind: Int(kind), condition: Int(condition),
      byteCount: Int(clamping: byteCount))
  }

  /// Finds the start of each utterance's frames and checks that they are complete.
  private static func place(
    _ utterances: inout [BackgroundUtterance], in frames: UnsafeRawBufferPointer, _ packing: EmbeddingPacking
  ) throws(BackgroundSpeechError) {
    var start = 0
    var differences = [Int32](repeating: 0, count: packing.coordinateCount)
    for index in utterances.indices {
      guard utterances[index].frameBytes.count <= frames.count - start else { throw .frames(utterance: index) }
      utterances[index].frameBytes = start..<start + utterances[index].frameBytes.count
      start = utterances[index].frameBytes.upperBound
      var reader = SymbolReader(frames, utterances[index].frameBytes)
      var frame = 0
      while frame < utterances[index].frameCount {
        frame += differences.withUnsafeMutableBufferPointer { packing.read(&reader, into: $0.baseAddress!) }
      }
      guard frame == utterances[index].frameCount, reader.isComplete else { throw .frames(utterance: index) }
    }
    guard start == frames.count else {
      throw .container(.oversizedSection(id: framesSection, used: start, size: frames.count))
    }
  }
}

extension EmbeddingPacking {
  /// Reads the fields after the model's hash in the section `PACK`.
  fileprivate static func read(
    _ reader: inout SectionReader
  ) throws(BackgroundSpeechError) -> (EmbeddingPacking, utteranceCount: Int) {
    let dimension = try reader.backgroundInteger()
    guard dimension >= 1 && dimension <= UInt32(LayerLimits.embeddingDimension) else {
      throw .count(field: .dimension, found: dimension, maximum: LayerLimits.embeddingDimension)
    }
    let coordinateCount = try reader.backgroundInteger()
    guard coordinateCount >= 1 && coordinateCount <= dimension else {
      throw .count(field: .coordinates, found: coordinateCount, maximum: Int(dimension))
    }
    let step = try readingBackground { () throws(ContainerError) in try reader.float() }
    guard step > 0 && step <= 1 else { throw .step(step) }
    let utteranceCount = try reader.backgroundInteger()
    guard utteranceCount >= 1 && utteranceCount <= UInt32(BackgroundSpeech.maximumUtteranceCount) else {
      throw .count(field: .utterances, found: utteranceCount, maximum: BackgroundSpeech.maximumUtteranceCount)
    }
    let mean = try readingBackground { () throws(ContainerError) in try reader.floats(UInt64(dimension)) }
    let directions = try readingBackground { () throws(ContainerError) in
      try reader.floats(UInt64(coordinateCount) * UInt64(dimension))
    }
    for (index, value) in mean.enumerated() where !value.isFinite {
      throw .notFinite(section: reader.id, index: index)
    }
    // Directions have unit length; larger values could overflow sums.
    for (index, value) in directions.enumerated() where !(abs(value) <= 2) {
      throw .notFinite(section: reader.id, index: mean.count + index)
    }
    var frequencies: [UInt16] = []
    for _ in 0..<(Int(coordinateCount) + 1) * SymbolTables.symbolCount {
      frequencies.append(try readingBackground { () throws(ContainerError) in try reader.integer(UInt16.self) })
    }
    let tables = SymbolTables(frequencies: frequencies)
    if let table = tables.fault { throw .frequencies(table: table) }
    let weights = try readingBackground { () throws(ContainerError) in
      try reader.bytes(UInt64(coordinateCount) * UInt64(coordinateCount))
    }
    try readingBackground { () throws(ContainerError) in try reader.expectEnd() }
    let packing = EmbeddingPacking(
      dimension: Int(dimension), step: step, mean: mean, directions: directions, tables: tables,
      predictor: CodePredictor(count: Int(coordinateCount), weights: weights.map { Int8(bitPattern: $0) }))
    return (packing, Int(utteranceCount))
  }
}

extension SectionReader {
  mutating func backgroundInteger() throws(BackgroundSpeechError) -> UInt32 {
    do {
      return try integer(UInt32.self)
    } catch {
      throw .container(error)
    }
  }
}

/// Runs a read of the container and converts its error.
func readingBackground<Value>(_ read: () throws(ContainerError) -> Value) throws(BackgroundSpeechError) -> Value {
  do {
    return try read()
  } catch {
    throw .container(error)
  }
}
