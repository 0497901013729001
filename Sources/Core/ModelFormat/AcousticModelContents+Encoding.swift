extension AcousticModelContents {
  /// The bytes of the model file.
  ///
  /// They are read again before they are returned, so the result is always a valid file.
  ///
  /// - Precondition: every array has the count that its comment states, and no number to be quantized is infinite or
  ///   NaN.
  /// - Throws: the ``ModelFileError`` of ``AcousticModel`` if layers do not fit each other or a value is out of range.
  public func encoded() throws(ModelFileError) -> [UInt8] {
    var writer = ContainerWriter(kind: .model)
    let encoder = encoderSections()
    writer.append("ARCH", encoder.architecture)
    writer.append("WGTS", encoder.weights)
    writer.append("FEAT", featureSection())
    writer.append("PROX", classVectorSection())
    writer.append("TEXT", textEncoderSection())
    writer.append("POOL", poolingSection())
    writer.append("HEAD", Self.headSection(stream: streamHead, pair: pairHead))
    if !provenance.isEmpty { writer.append("PROV", Array(provenance.utf8)) }
    let file = writer.finish()
    _ = try file.withUnsafeBufferPointer { (bytes) throws(ModelFileError) in
      try AcousticModel(UnsafeRawBufferPointer(bytes), expectedFeatureContract: featureContract)
    }
    return file
  }

  private func encoderSections() -> (architecture: [UInt8], weights: [UInt8]) {
    var architecture: [UInt8] = []
    var tensors: [UInt8] = []
    architecture.appendLittleEndian(UInt32(layers.count))
    architecture.appendLittleEndian(UInt32(embeddingDimension))
    for layer in layers {
      let shape = layer.shape
      precondition(layer.weights.count == shape.weightCount, "a layer's weights do not fit its shape")
      precondition(layer.biases.count == shape.outputChannels && layer.multipliersQ30.count == shape.outputChannels)
      precondition(!layer.weights.contains(-128), "weights are −127…127")
      let weightsOffset = tensors.count
      for weight in layer.weights { tensors.append(UInt8(bitPattern: weight)) }
      tensors.padWithZeros(toMultipleOf: ContainerFormat.alignmentBytes)
      let biasOffset = tensors.count
      for bias in layer.biases { tensors.appendLittleEndian(bias) }
      tensors.padWithZeros(toMultipleOf: ContainerFormat.alignmentBytes)
      let multiplierOffset = tensors.count
      for multiplier in layer.multipliersQ30 { tensors.appendLittleEndian(multiplier) }
      tensors.padWithZeros(toMultipleOf: ContainerFormat.alignmentBytes)

      architecture.append(shape.kind.rawValue)
      architecture.append(shape.activation.rawValue)
      architecture.append(shape.addsResidual ? 1 : 0)
      architecture.append(0)
      for field in [
        shape.inputChannels, shape.outputChannels, shape.kernelFrames, shape.stride, shape.dilation, shape.rightContext,
      ] {
        architecture.appendLittleEndian(UInt16(field))
      }
      architecture.appendLittleEndian(layer.residualMultiplierQ30)
      architecture.appendLittleEndian(UInt32(weightsOffset))
      architecture.appendLittleEndian(UInt32(biasOffset))
      architecture.appendLittleEndian(UInt32(multiplierOffset))
    }
    return (architecture, tensors)
  }

  private func featureSection() -> [UInt8] {
    precondition(initialMeans.count == LayerLimits.featureCount)
    var section: [UInt8] = []
    section.appendLittleEndian(featureContract)
    section.appendLittleEndian(initialMeans)
    return section
  }

  private func classVectorSection() -> [UInt8] {
    precondition(classVectors.count == AcousticModel.classCount * embeddingDimension)
    var section: [UInt8] = []
    section.appendLittleEndian(UInt32(AcousticModel.classCount))
    section.appendLittleEndian(UInt32(embeddingDimension))
    section.appendLittleEndian(classScale)
    section.appendLittleEndian(blankBias)
    section.appendLittleEndian(classVectors)
    return section
  }

  private func textEncoderSection() -> [UInt8] {
    let text = textEncoder
    let hidden = text.hiddenUnits
    var section: [UInt8] = []
    section.appendLittleEndian(UInt32(text.inputDimension))
    section.appendLittleEndian(UInt32(hidden))
    section.appendLittleEndian(UInt32(embeddingDimension))
    section.appendLittleEndian(0 as UInt32)
    section.appendMatrix(text.inputEmbedding, AcousticModel.classCount, text.inputDimension)
    for unit in [text.forward, text.backward] {
      section.appendMatrix(unit.inputWeights, 3 * hidden, text.inputDimension)
      section.appendMatrix(unit.hiddenWeights, 3 * hidden, hidden)
      section.appendVector(unit.inputBiases, 3 * hidden)
      section.appendVector(unit.hiddenBiases, 3 * hidden)
    }
    section.appendMatrix(text.projection, embeddingDimension, 2 * hidden)
    section.appendVector(text.projectionBiases, embeddingDimension)
    section.appendMatrix(text.utterance, embeddingDimension, 2 * hidden)
    section.appendVector(text.utteranceBiases, embeddingDimension)
    return section
  }

  private func poolingSection() -> [UInt8] {
    var section: [UInt8] = []
    section.appendLittleEndian(UInt32(pooling.attentionUnits))
    section.appendLittleEndian(UInt32(embeddingDimension))
    section.appendLittleEndian(0 as UInt32)
    section.appendLittleEndian(pooling.attentionScale)
    section.appendMatrix(pooling.frameWeights, pooling.attentionUnits, embeddingDimension)
    section.appendVector(pooling.frameBiases, pooling.attentionUnits)
    section.appendVector(pooling.frameScorer, pooling.attentionUnits)
    section.appendMatrix(pooling.projection, embeddingDimension, 2 * embeddingDimension)
    section.appendVector(pooling.projectionBiases, embeddingDimension)
    return section
  }

  /// The bytes of `HEAD`.
  package static func headSection(stream: AcousticModel.ScoreHead, pair: AcousticModel.ScoreHead) -> [UInt8] {
    var section: [UInt8] = []
    for head in [stream, pair] {
      section.appendLittleEndian(UInt32(head.weights.count))
      section.appendLittleEndian(0 as UInt32)
      section.appendLittleEndian(Array(head.weights))
      section.appendLittleEndian(head.bias)
    }
    return section
  }
}

extension [UInt8] {
  fileprivate mutating func appendMatrix(_ weights: [Float], _ rows: Int, _ columns: Int) {
    EncodedRowQuantizedMatrix(weights, rowCount: rows, columnCount: columns).append(to: &self)
  }

  fileprivate mutating func appendVector(_ values: [Float], _ count: Int) {
    precondition(values.count == count, "a vector has the wrong count for its section")
    appendLittleEndian(values)
  }
}
