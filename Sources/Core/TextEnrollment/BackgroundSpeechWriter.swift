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
    var codes: [Int32]
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
    let packing = packing(riceParameters: [UInt8](repeating: 0, count: coordinateCount))
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
        return packing.codes(of: $0.baseAddress!)
      }
      stored.append(StoredFrame(repetitions: end - frame, codes: codes))
      frame = end
    }
    utterances.append(
      Utterance(frameCount: frameCount, kind: kind, condition: condition, words: words, stored: stored))
  }

  /// The bytes of the finished file.
  ///
  /// - Precondition: there is at least one utterance.
  public func finish(reference: ReferencePhrases? = nil, provenance: String = "") -> [UInt8] {
    precondition(!utterances.isEmpty, "a background file needs at least one utterance")
    let packing = packing(riceParameters: bestRiceParameters())
    var pack: [UInt8] = []
    pack.appendLittleEndian(modelHash)
    pack.appendLittleEndian(UInt32(dimension))
    pack.appendLittleEndian(UInt32(coordinateCount))
    pack.appendLittleEndian(step)
    pack.appendLittleEndian(UInt32(utterances.count))
    pack.appendLittleEndian(mean)
    pack.appendLittleEndian(directions)
    pack.append(contentsOf: packing.riceParameters)
    var table: [UInt8] = []
    var frames = PackedBitWriter()
    for utterance in utterances {
      table.appendLittleEndian(UInt32(utterance.frameCount))
      table.appendLittleEndian(UInt16(utterance.words.count))
      table.append(UInt8(utterance.condition))
      table.append(UInt8(utterance.kind))
      for word in utterance.words {
        table.appendLittleEndian(UInt16(word.firstFrame))
        table.appendLittleEndian(UInt16(word.endFrame))
        table.append(UInt8(word.spelling.utf8.count))
        table.append(UInt8(word.phonemes.count))
        table.append(contentsOf: word.spelling.utf8)
        table.append(contentsOf: word.phonemes)
      }
      for frame in utterance.stored {
        frames.write(frame.repetitions > 1 ? 1 : 0, 1)
        if frame.repetitions > 1 { frames.write(UInt8(frame.repetitions - 2), 8) }
        for (index, code) in frame.codes.enumerated() {
          EmbeddingPacking.write(code, riceParameter: Int(packing.riceParameters[index]), to: &frames)
        }
      }
      frames.align()
    }
    var file = ContainerWriter(kind: .background)
    file.append(BackgroundSpeech.packingSection, pack)
    file.append(BackgroundSpeech.mixSection, mix.bytes)
    file.append(BackgroundSpeech.utterancesSection, table)
    file.append(BackgroundSpeech.framesSection, frames.bytes)
    if let reference { file.append(BackgroundSpeech.referenceSection, reference.bytes) }
    if !provenance.isEmpty { file.append(BackgroundSpeech.provenanceSection, Array(provenance.utf8)) }
    return file.finish()
  }

  private func packing(riceParameters: [UInt8]) -> EmbeddingPacking {
    EmbeddingPacking(
      dimension: dimension, step: step, mean: mean, directions: directions, riceParameters: riceParameters)
  }

  /// For each coordinate, the parameter that needs the fewest bits.
  private func bestRiceParameters() -> [UInt8] {
    (0..<coordinateCount).map { coordinate in
      var best = (parameter: 0, bits: Int.max)
      for parameter in 0...EmbeddingPacking.largestRiceParameter {
        var bits = 0
        for utterance in utterances {
          for frame in utterance.stored {
            bits += EmbeddingPacking.bitCount(frame.codes[coordinate], riceParameter: parameter)
          }
        }
        if bits < best.bits { best = (parameter, bits) }
      }
      return UInt8(best.parameter)
    }
  }
}
