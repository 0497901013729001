import ModelFormat

/// Writes files for ``BackgroundSpeech``.
///
/// For workstations: keeps everything in memory until it is finished. The same calls give the same bytes.
public struct BackgroundSpeechWriter: Sendable {
  private let modelHash: UInt64
  private let mix: BackgroundMix
  private let dimension: Int
  private let step: Float
  private let mean: [Float]
  private let directions: [Float]
  private let coordinateCount: Int
  private var utterances: [Utterance] = []

  private struct Utterance {
    var frameCount: Int
    var kind: Int
    var condition: Int
    var words: [BackgroundWord]
    var stored: [StoredFrame]
  }

  private struct StoredFrame {
    var repetitions: Int
    var codes: [Int16]
  }

  /// Creates a writer without utterances.
  ///
  /// - Parameters:
  ///   - modelHash: the content hash of the model that encoded the speech.
  ///   - mean: `[D]`, the mean of the unit embeddings.
  ///   - directions: `[K, D]`, orthogonal unit vectors: the principal components of the unit embeddings, or any others.
  ///   - step: the step to which coordinates are rounded, above 0, at most 1.
  ///   - mix: the kinds and conditions of the utterances.
  public init(
    modelHash: UInt64, mean: [Float], directions: [Float], step: Float, mix: BackgroundMix = .home
  ) {
    precondition(!mean.isEmpty && !directions.isEmpty && directions.count % mean.count == 0 && step > 0 && step <= 1)
    precondition(directions.count <= mean.count * mean.count)
    self.modelHash = modelHash
    self.mix = mix
    dimension = mean.count
    self.mean = mean
    self.directions = directions
    self.step = step
    coordinateCount = directions.count / mean.count
  }

  /// Adds an utterance.
  ///
  /// A run of certainly blank frames is stored as one frame, the mean of the run, and its length.
  ///
  /// - Parameters:
  ///   - words: the words that are said.
  ///   - units: `[T, D]`, unit embeddings; T is 1…65,535.
  ///   - isSurelyBlank: `[T]`
  ///   - kind: index into the kinds of the mix.
  ///   - condition: index into the conditions of the mix.
  /// - Precondition: the frames of the words are within the utterance.
  public mutating func append(
    words: [BackgroundWord], units: [Float], isSurelyBlank: [Bool], kind: Int = 0, condition: Int = 0
  ) {
    precondition(mix.kinds.indices.contains(kind) && mix.conditions.indices.contains(condition))
    let frameCount = units.count / dimension
    precondition(units.count == frameCount * dimension && isSurelyBlank.count == frameCount)
    precondition(frameCount >= 1 && frameCount <= BackgroundSpeech.maximumFrameCount)
    precondition(words.count <= BackgroundSpeech.maximumWordCount)
    for word in words {
      precondition(word.firstFrame >= 0 && word.firstFrame < word.endFrame && word.endFrame <= frameCount)
      precondition(word.spelling.utf8.count <= 255 && word.phonemes.count <= 255)
    }
    var stored: [StoredFrame] = []
    var frame = 0
    while frame < frameCount {
      var end = frame + 1
      while isSurelyBlank[frame] && end < frameCount && isSurelyBlank[end] && end - frame < 257 { end += 1 }
      var sum = [Float](repeating: 0, count: dimension)
      for index in frame..<end {
        for component in 0..<dimension { sum[component] += units[index * dimension + component] }
      }
      let codes = sum.withUnsafeMutableBufferPointer {
        EmbeddingPacking.normalize($0.baseAddress!, dimension)
        return EmbeddingPacking.codes(of: $0.baseAddress!, mean: mean, directions: directions, step: step)
      }
      stored.append(StoredFrame(repetitions: end - frame, codes: codes))
      frame = end
    }
    utterances.append(
      Utterance(frameCount: frameCount, kind: kind, condition: condition, words: words, stored: stored))
  }

  /// Adds an utterance whose frames are already codes, each `[K]` with its repetitions, as they are.
  package mutating func append(
    words: [BackgroundWord], codes: [[Int16]], repetitions: [Int], kind: Int, condition: Int
  ) {
    precondition(codes.count == repetitions.count && !codes.isEmpty)
    var frameCount = 0
    for count in repetitions { frameCount += count }
    utterances.append(
      Utterance(
        frameCount: frameCount, kind: kind, condition: condition, words: words,
        stored: zip(codes, repetitions).map { StoredFrame(repetitions: $1, codes: $0) }))
  }

  /// The bytes of the finished file.
  ///
  /// - Precondition: there is at least one utterance.
  public func finish(reference: ReferencePhrases? = nil, provenance: String = "") -> [UInt8] {
    precondition(!utterances.isEmpty, "a background file needs at least one utterance")
    let predictor = CodePredictor(
      count: coordinateCount, fitting: utterances.lazy.map { utterance in utterance.stored.map { $0.codes } })
    let values = utterances.map { self.values(of: $0, predictor) }
    let tables = self.tables(values)
    var pack: [UInt8] = []
    pack.appendLittleEndian(modelHash)
    pack.appendLittleEndian(UInt32(dimension))
    pack.appendLittleEndian(UInt32(coordinateCount))
    pack.appendLittleEndian(step)
    pack.appendLittleEndian(UInt32(utterances.count))
    pack.appendLittleEndian(mean)
    pack.appendLittleEndian(directions)
    for frequency in tables.frequencies { pack.appendLittleEndian(frequency) }
    for weight in predictor.weights { pack.append(UInt8(bitPattern: weight)) }
    var words = WordTable()
    var table: [UInt8] = []
    var frames: [UInt8] = []
    for (utterance, values) in zip(utterances, values) {
      var symbols = SymbolWriter(tables)
      for (index, value) in values.enumerated() { symbols.write(value, table: index % (coordinateCount + 1)) }
      let bytes = symbols.finish()
      frames += bytes
      table.appendLittleEndian(UInt32(utterance.frameCount))
      table.appendLittleEndian(UInt32(bytes.count))
      table.appendLittleEndian(UInt16(utterance.words.count))
      table.append(UInt8(utterance.condition))
      table.append(UInt8(utterance.kind))
      for word in utterance.words {
        table.appendLittleEndian(UInt16(word.firstFrame))
        table.appendLittleEndian(UInt16(word.endFrame))
        table.appendLittleEndian(UInt16(words.index(of: word)))
      }
    }
    var file = ContainerWriter(kind: .background)
    file.append(BackgroundSpeech.packingSection, pack)
    file.append(BackgroundSpeech.mixSection, mix.bytes)
    file.append(BackgroundSpeech.wordsSection, words.section)
    file.append(BackgroundSpeech.utterancesSection, table)
    file.append(BackgroundSpeech.framesSection, frames)
    if let reference { file.append(BackgroundSpeech.referenceSection, reference.bytes) }
    if !provenance.isEmpty { file.append(BackgroundSpeech.provenanceSection, Array(provenance.utf8)) }
    return file.finish()
  }

  /// The values of an utterance in the order of the file: of each frame the repetitions − 1, then the differences.
  private func values(of utterance: Utterance, _ predictor: CodePredictor) -> [UInt32] {
    var values: [UInt32] = []
    var predictions = [SIMD8<Int16>](repeating: .zero, count: predictor.laneCount)
    for frame in utterance.stored {
      values.append(UInt32(frame.repetitions - 1))
      for (index, code) in frame.codes.enumerated() {
        values.append(EmbeddingPacking.number(code, prediction: predictions[index / 8][index % 8]))
      }
      frame.codes.withUnsafeBufferPointer { codes in
        predictions.withUnsafeMutableBufferPointer { predictor.predict(codes.baseAddress!, into: $0.baseAddress!) }
      }
    }
    return values
  }

  private func tables(_ utterances: [[UInt32]]) -> SymbolTables {
    var counts = [Int](repeating: 0, count: (coordinateCount + 1) * SymbolTables.symbolCount)
    for values in utterances {
      for (index, value) in values.enumerated() {
        counts[index % (coordinateCount + 1) * SymbolTables.symbolCount + SymbolTables.symbol(of: value)] += 1
      }
    }
    return SymbolTables(counts: counts)
  }
}

/// The section of the words that occur, each once.
private struct WordTable {
  private var entries: [[UInt8]] = []

  /// The index of a word, which is added if it is new.
  mutating func index(of word: BackgroundWord) -> Int {
    var entry = [UInt8(word.spelling.utf8.count), UInt8(word.phonemes.count)]
    entry.append(contentsOf: word.spelling.utf8)
    entry.append(contentsOf: word.phonemes)
    for (index, other) in entries.enumerated() where other == entry { return index }
    precondition(entries.count < BackgroundSpeech.maximumDistinctWordCount, "too many different words")
    entries.append(entry)
    return entries.count - 1
  }

  var section: [UInt8] {
    var section: [UInt8] = []
    section.appendLittleEndian(UInt32(entries.count))
    for entry in entries { section += entry }
    return section
  }
}
