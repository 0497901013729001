extension AcousticModel {
  /// Rows of `PROX` and of the text encoder's input: the 39 phonemes, and the blank or the word start.
  ///
  /// Inlinable, so that loops over the classes have a constant bound in every module.
  @inlinable public static var classCount: Int { 40 }
  /// Larger dimensions indicate a damaged file.
  static let dimensionLimit = 4096

  /// `PROX`
  static func classVectors(_ container: ContainerReader, dimension: Int) throws(ModelFileError) -> ClassVectors {
    var reader = try reading { () throws(ContainerError) in try container.section("PROX") }
    try reader.expectCount(classCount)
    _ = try reader.embeddingDimension(expected: dimension)
    let scaleAndBias = try reader.finiteFloats(2)
    let vectors = try reader.finiteFloats(classCount * dimension)
    try reading { () throws(ContainerError) in try reader.expectEnd() }
    for row in 0..<classCount {
      var squaredLength: Float = 0
      for index in row * dimension..<(row + 1) * dimension { squaredLength += vectors[index] * vectors[index] }
      guard abs(squaredLength - 1) < 0.01 else {
        throw .notUnitLength(phonemeClass: row, squaredLength: squaredLength)
      }
    }
    return ClassVectors(scale: scaleAndBias[0], blankBias: scaleAndBias[1], vectors: vectors)
  }

  /// `TEXT`
  static func textEncoder(_ container: ContainerReader, dimension: Int) throws(ModelFileError) -> TextEncoderWeights {
    var reader = try reading { () throws(ContainerError) in try container.section("TEXT") }
    let inputDimension = try reader.dimension(limit: dimensionLimit)
    let hidden = try reader.dimension(limit: dimensionLimit)
    _ = try reader.embeddingDimension(expected: dimension)
    try reader.expectCount(0)
    let inputEmbedding = try RowQuantizedMatrix(&reader, rowCount: classCount, columnCount: inputDimension)
    let forward = try recurrentUnit(&reader, inputDimension: inputDimension, hidden: hidden)
    let backward = try recurrentUnit(&reader, inputDimension: inputDimension, hidden: hidden)
    let projection = try RowQuantizedMatrix(&reader, rowCount: dimension, columnCount: 2 * hidden)
    let projectionBiases = try reader.finiteFloats(dimension)
    let utterance = try RowQuantizedMatrix(&reader, rowCount: dimension, columnCount: 2 * hidden)
    let utteranceBiases = try reader.finiteFloats(dimension)
    try reading { () throws(ContainerError) in try reader.expectEnd() }
    return TextEncoderWeights(
      inputDimension: inputDimension, hiddenUnits: hidden, inputEmbedding: inputEmbedding, forward: forward,
      backward: backward, projection: projection, projectionBiases: projectionBiases, utterance: utterance,
      utteranceBiases: utteranceBiases)
  }

  private static func recurrentUnit(
    _ reader: inout SectionReader, inputDimension: Int, hidden: Int
  ) throws(ModelFileError) -> RecurrentUnit {
    RecurrentUnit(
      inputWeights: try RowQuantizedMatrix(&reader, rowCount: 3 * hidden, columnCount: inputDimension),
      hiddenWeights: try RowQuantizedMatrix(&reader, rowCount: 3 * hidden, columnCount: hidden),
      inputBiases: try reader.finiteFloats(3 * hidden),
      hiddenBiases: try reader.finiteFloats(3 * hidden))
  }

  /// `POOL`
  static func pooling(_ container: ContainerReader, dimension: Int) throws(ModelFileError) -> PoolingWeights {
    var reader = try reading { () throws(ContainerError) in try container.section("POOL") }
    let attentionUnits = try reader.dimension(limit: dimensionLimit)
    _ = try reader.embeddingDimension(expected: dimension)
    try reader.expectCount(0)
    let attentionScale = try reader.finiteFloats(1)[0]
    let frameWeights = try RowQuantizedMatrix(&reader, rowCount: attentionUnits, columnCount: dimension)
    let frameBiases = try reader.finiteFloats(attentionUnits)
    let frameScorer = try reader.finiteFloats(attentionUnits)
    let projection = try RowQuantizedMatrix(&reader, rowCount: dimension, columnCount: 2 * dimension)
    let projectionBiases = try reader.finiteFloats(dimension)
    try reading { () throws(ContainerError) in try reader.expectEnd() }
    return PoolingWeights(
      attentionScale: attentionScale, attentionUnits: attentionUnits, frameWeights: frameWeights,
      frameBiases: frameBiases, frameScorer: frameScorer, projection: projection, projectionBiases: projectionBiases)
  }

  /// `HEAD`
  static func scoreHeads(_ container: ContainerReader) throws(ModelFileError) -> (stream: ScoreHead, pair: ScoreHead) {
    var reader = try reading { () throws(ContainerError) in try container.section("HEAD") }
    let stream = try scoreHead(&reader, featureCount: streamFeatureCount)
    let pair = try scoreHead(&reader, featureCount: pairFeatureCount)
    try reading { () throws(ContainerError) in try reader.expectEnd() }
    return (stream, pair)
  }

  private static func scoreHead(
    _ reader: inout SectionReader, featureCount: Int
  ) throws(ModelFileError) -> ScoreHead {
    try reader.expectCount(featureCount)
    try reader.expectCount(0)
    let weights = try reader.finiteFloats(featureCount)
    return ScoreHead(borrowing: weights, bias: try reader.finiteFloats(1)[0])
  }
}

extension SectionReader {
  /// Borrows the next `count` floats from the file, without checking their values.
  ///
  /// - Throws: ``ModelFileError/misaligned(alignment:)`` if they are not at a multiple of four bytes.
  mutating func alignedFloats(_ count: Int) throws(ModelFileError) -> UnsafeBufferPointer<Float> {
    let values: UnsafeBufferPointer<Float>?
    do {
      values = try borrowedFloats(UInt64(count))
    } catch {
      throw .container(error)
    }
    guard let values else { throw .misaligned(alignment: MemoryLayout<Float>.alignment) }
    return values
  }

  /// Borrows the next `count` floats from the file.
  ///
  /// - Throws: ``ModelFileError/notFinite(section:index:)`` for an infinite value or NaN, or
  ///   ``ModelFileError/misaligned(alignment:)``.
  package mutating func finiteFloats(_ count: Int) throws(ModelFileError) -> UnsafeBufferPointer<Float> {
    let values = try alignedFloats(count)
    for (index, value) in values.enumerated() where !value.isFinite {
      throw .notFinite(section: id, index: index)
    }
    return values
  }

  /// Reads a 32-bit count that must be `expected`.
  ///
  /// - Throws: ``ModelFileError/count(section:found:expected:)``.
  package mutating func expectCount(_ expected: Int) throws(ModelFileError) {
    let found = try modelInteger()
    guard UInt64(found) == UInt64(expected) else {
      throw .count(section: id, found: found, expected: expected)
    }
  }

  /// Reads a dimension.
  ///
  /// - Throws: ``ModelFileError/dimension(section:found:limit:)`` if it is not in 1…`limit`.
  package mutating func dimension(limit: Int) throws(ModelFileError) -> Int {
    let found = try modelInteger()
    guard found >= 1, UInt64(found) <= UInt64(limit) else {
      throw .dimension(section: id, found: found, limit: limit)
    }
    return Int(found)
  }

  /// Reads the embedding dimension, which must be `expected` unless that is `nil`.
  mutating func embeddingDimension(expected: Int?) throws(ModelFileError) -> Int {
    let found = try modelInteger()
    let limit = LayerLimits.embeddingDimension
    guard found >= 1, UInt64(found) <= UInt64(limit), expected.map({ UInt64(found) == UInt64($0) }) ?? true else {
      throw .embeddingDimension(section: id, found: found, expected: expected ?? limit)
    }
    return Int(found)
  }

  /// Reads a 32-bit integer.
  ///
  /// - Throws: ``ModelFileError/container(_:)`` if the section ends before it.
  package mutating func modelInteger() throws(ModelFileError) -> UInt32 {
    do {
      return try integer(UInt32.self)
    } catch {
      throw .container(error)
    }
  }
}
