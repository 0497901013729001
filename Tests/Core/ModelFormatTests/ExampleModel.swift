import ModelFormat

/// The model whose bytes are on the file format page: the smallest one with every part.
enum ExampleModel {
  static let featureContract: UInt64 = 0x0123_4567_89AB_CDEF

  static let contents: AcousticModelContents = {
    // Every array counts up from a different start, so a value in the dump identifies its array.
    func ramp(_ count: Int, from start: Float, step: Float = 0.25) -> [Float] {
      (0..<count).map { start + step * Float($0) }
    }
    func unit(_ start: Float) -> AcousticModelContents.RecurrentUnit {
      AcousticModelContents.RecurrentUnit(
        inputWeights: ramp(3, from: start), hiddenWeights: ramp(3, from: -start), inputBiases: ramp(3, from: start / 2),
        hiddenBiases: ramp(3, from: -start / 2))
    }
    var classVectors: [Float] = []
    for index in 0..<40 { classVectors += [[1, 0], [0, 1], [-1, 0], [0, -1], [0.6, 0.8]][index % 5] }
    return AcousticModelContents(
      featureContract: featureContract,
      initialMeans: ramp(40, from: -12, step: 0.125),
      embeddingDimension: 2,
      layers: [
        AcousticModelContents.Layer(
          shape: LayerShape(kind: .dense, activation: .relu, inputChannels: 40, outputChannels: 2, stride: 4),
          weights: (0..<80).map { Int8($0 - 40) }, biases: [1000, -1000], multipliersQ30: [1 << 20, 1 << 21]),
        AcousticModelContents.Layer(
          shape: LayerShape(
            kind: .depthwise, activation: .relu, inputChannels: 2, outputChannels: 2, kernelFrames: 3, dilation: 2,
            rightContext: 1),
          weights: [1, -1, 2, -2, 127, -127], biases: [0, 5], multipliersQ30: [1 << 23, 1 << 24]),
        AcousticModelContents.Layer(
          shape: LayerShape(kind: .dense, activation: .linear, addsResidual: true, inputChannels: 2, outputChannels: 2),
          residualMultiplierQ30: 1 << 29, weights: [64, 0, 0, -64], biases: [-7, 7], multipliersQ30: [1 << 24, 3 << 23]),
      ],
      classScale: 16,
      blankBias: -0.5,
      classVectors: classVectors,
      textEncoder: AcousticModelContents.TextEncoder(
        inputDimension: 1, hiddenUnits: 1, inputEmbedding: ramp(40, from: -5), forward: unit(1), backward: unit(2),
        projection: ramp(4, from: -0.5), projectionBiases: [0.5, -0.5], utterance: ramp(4, from: 0.25),
        utteranceBiases: [0.125, -0.125]),
      pooling: AcousticModelContents.Pooling(
        attentionScale: 8, attentionUnits: 1, frameWeights: [1, -1], frameBiases: [0.5], frameScorer: [2],
        projection: ramp(8, from: -1), projectionBiases: [0.25, -0.25]),
      streamHead: AcousticModel.ScoreHead(weights: ramp(12, from: 0.5), bias: -3),
      pairHead: AcousticModel.ScoreHead(weights: ramp(14, from: 0.25), bias: -4),
      provenance: "recipe = \"example\"\n")
  }()

  static func bytes() throws -> [UInt8] {
    try contents.encoded()
  }
}

/// Opens a model from an array and returns its error, or `nil` if there is none.
func modelError(
  _ bytes: [UInt8], featureContract: UInt64 = ExampleModel.featureContract
) -> ModelFileError? {
  bytes.withUnsafeBufferPointer { buffer in
    do throws(ModelFileError) {
      _ = try AcousticModel(UnsafeRawBufferPointer(buffer), expectedFeatureContract: featureContract)
      return nil
    } catch {
      return error
    }
  }
}

/// Opens a container from an array and returns its error, or `nil` if there is none.
func containerError(_ bytes: [UInt8], expecting kind: ContainerKind) -> ContainerError? {
  bytes.withUnsafeBufferPointer { buffer in
    do throws(ContainerError) {
      _ = try ContainerReader(UnsafeRawBufferPointer(buffer), expecting: kind)
      return nil
    } catch {
      return error
    }
  }
}

/// Rewrites a valid container with one section changed and correct checksums.
func rewriting(
  _ bytes: [UInt8], kind: ContainerKind = .model, _ change: (SectionID, inout [UInt8]) -> Void
) throws -> [UInt8] {
  try bytes.withUnsafeBytes { buffer in
    let reader = try ContainerReader(buffer, expecting: kind)
    var writer = ContainerWriter(kind: kind)
    for section in reader.sections {
      var content = Array(buffer[section.offset..<section.offset + section.size])
      change(section.id, &content)
      writer.append(section.id, content)
    }
    return writer.finish()
  }
}

/// Overwrites four bytes of a section with a little-endian integer.
func store(_ value: UInt32, at offset: Int, in bytes: inout [UInt8]) {
  for index in 0..<4 { bytes[offset + index] = UInt8(truncatingIfNeeded: value >> UInt32(8 * index)) }
}
