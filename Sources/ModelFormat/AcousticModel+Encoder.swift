/// `FEAT`: which front end the model was trained on.
struct FeatureSection {
  let contract: UInt64
  let initialMeans: [Float]

  init(_ container: ContainerReader) throws(ModelFileError) {
    var reader = try reading { () throws(ContainerError) in try container.section("FEAT") }
    contract = try reading { () throws(ContainerError) in try reader.integer(UInt64.self) }
    initialMeans = try reader.finiteFloats(LayerLimits.featureCount)
    try reading { () throws(ContainerError) in try reader.expectEnd() }
  }
}

/// `ARCH` and `WGTS`: the layers of the encoder.
struct EncoderSection {
  let embeddingDimension: Int
  let layers: [AcousticModel.Layer]

  init(_ container: ContainerReader) throws(ModelFileError) {
    var reader = try reading { () throws(ContainerError) in try container.section("ARCH") }
    guard let weights = container.bytes(of: "WGTS") else { throw .container(.missingSection(id: "WGTS")) }
    let layerCount = try reading { () throws(ContainerError) in try reader.integer(UInt32.self) }
    guard layerCount >= 1, layerCount <= UInt32(LayerLimits.layerCount) else { throw .layerCount(layerCount) }
    embeddingDimension = try reader.embeddingDimension(expected: nil)

    var layers: [AcousticModel.Layer] = []
    var timeReduction = 1
    var stateBytes = 0
    for index in 0..<Int(layerCount) {
      let record = try reading { () throws(ContainerError) in try LayerRecord(&reader) }
      let shape = try record.checkedShape(layer: index)
      let given = layers.last?.shape.outputChannels ?? LayerLimits.featureCount
      guard shape.inputChannels == given else {
        throw .channelMismatch(layer: index, takes: shape.inputChannels, given: given)
      }
      if shape.addsResidual {
        guard let before = layers.last?.shape, before.kind == .depthwise, before.stride == 1,
          shape.kind == .dense, shape.kernelFrames == 1, shape.stride == 1,
          before.inputChannels == shape.outputChannels
        else { throw .misplacedResidual(layer: index) }
      }
      timeReduction *= shape.stride
      guard timeReduction <= LayerLimits.timeReduction else { throw .timeReduction(timeReduction) }
      stateBytes += shape.spanFrames * shape.inputChannels
      layers.append(try record.layer(index, shape: shape, tensors: weights))
    }
    try reading { () throws(ContainerError) in try reader.expectEnd() }
    guard timeReduction == LayerLimits.timeReduction else { throw .timeReduction(timeReduction) }
    guard stateBytes <= LayerLimits.stateBytes else { throw .stateTooLarge(bytes: stateBytes) }
    let last = layers[layers.count - 1].shape
    guard last.outputChannels == embeddingDimension else {
      throw .channelMismatch(layer: layers.count, takes: embeddingDimension, given: last.outputChannels)
    }
    guard last.activation == .linear else {
      throw .layerField(layer: layers.count - 1, field: .activation, value: Int64(last.activation.rawValue))
    }
    self.layers = layers
  }
}

/// The 32 bytes of one layer in `ARCH`, as they stand.
struct LayerRecord {
  let kind: UInt8
  let activation: UInt8
  let residual: UInt8
  let reserved: UInt8
  let inputChannels: UInt16
  let outputChannels: UInt16
  let kernel: UInt16
  let stride: UInt16
  let dilation: UInt16
  let rightContext: UInt16
  let residualMultiplierQ30: Int32
  let weightsOffset: UInt32
  let biasOffset: UInt32
  let multiplierOffset: UInt32

  init(_ reader: inout SectionReader) throws(ContainerError) {
    kind = try reader.integer(UInt8.self)
    activation = try reader.integer(UInt8.self)
    residual = try reader.integer(UInt8.self)
    reserved = try reader.integer(UInt8.self)
    inputChannels = try reader.integer(UInt16.self)
    outputChannels = try reader.integer(UInt16.self)
    kernel = try reader.integer(UInt16.self)
    stride = try reader.integer(UInt16.self)
    dilation = try reader.integer(UInt16.self)
    rightContext = try reader.integer(UInt16.self)
    residualMultiplierQ30 = try reader.integer(Int32.self)
    weightsOffset = try reader.integer(UInt32.self)
    biasOffset = try reader.integer(UInt32.self)
    multiplierOffset = try reader.integer(UInt32.self)
  }

  /// The layer's geometry, every field checked against ``LayerLimits``.
  func checkedShape(layer: Int) throws(ModelFileError) -> LayerShape {
    func check(_ field: ModelFileError.LayerField, _ value: UInt16, _ range: ClosedRange<Int>) throws(ModelFileError) {
      guard range.contains(Int(value)) else { throw .layerField(layer: layer, field: field, value: Int64(value)) }
    }
    guard let kind = LayerShape.Kind(rawValue: kind) else {
      throw .layerField(layer: layer, field: .kind, value: Int64(self.kind))
    }
    guard let activation = LayerShape.Activation(rawValue: activation) else {
      throw .layerField(layer: layer, field: .activation, value: Int64(self.activation))
    }
    try check(.residual, UInt16(residual), 0...1)
    try check(.reserved, UInt16(reserved), 0...0)
    try check(.inputChannels, inputChannels, 1...LayerLimits.channels)
    // A depthwise layer has as many outputs as inputs.
    try check(
      .outputChannels, outputChannels,
      kind == .dense ? 1...LayerLimits.channels : Int(inputChannels)...Int(inputChannels))
    try check(.kernel, kernel, 1...LayerLimits.kernelFrames)
    try check(.stride, stride, 1...LayerLimits.stride)
    try check(.dilation, dilation, 1...(kind == .dense ? 1 : LayerLimits.dilation))
    let shape = LayerShape(
      kind: kind, activation: activation, addsResidual: residual == 1, inputChannels: Int(inputChannels),
      outputChannels: Int(outputChannels), kernelFrames: Int(kernel), stride: Int(stride), dilation: Int(dilation),
      rightContext: Int(rightContext))
    try check(.rightContext, rightContext, 0...(shape.spanFrames - 1))
    guard shape.depth <= LayerLimits.depth else {
      throw .layerField(layer: layer, field: .depth, value: Int64(shape.depth))
    }
    guard residual == 1 ? residualMultiplierQ30 >= 0 : residualMultiplierQ30 == 0 else {
      throw .layerField(layer: layer, field: .residualMultiplier, value: Int64(residualMultiplierQ30))
    }
    return shape
  }

  /// The layer with its tensors, found inside `WGTS` and checked.
  func layer(
    _ index: Int, shape: LayerShape, tensors: UnsafeRawBufferPointer
  ) throws(ModelFileError) -> AcousticModel.Layer {
    func bytes(
      _ tensor: ModelFileError.Tensor, _ offset: UInt32, _ size: Int
    ) throws(ModelFileError) -> UnsafeRawBufferPointer {
      let start = UInt64(offset)
      guard start % UInt64(ContainerFormat.alignmentBytes) == 0, start + UInt64(size) <= UInt64(tensors.count) else {
        throw .tensorOutOfBounds(
          layer: index, tensor: tensor, offset: start, size: UInt64(size), available: tensors.count)
      }
      return UnsafeRawBufferPointer(rebasing: tensors[Int(start)..<Int(start) + size])
    }
    let weights = try bytes(.weights, weightsOffset, shape.weightCount)
    let biasBytes = try bytes(.bias, biasOffset, 4 * shape.outputChannels)
    let multiplierBytes = try bytes(.multipliers, multiplierOffset, 4 * shape.outputChannels)
    var biases = [Int32](repeating: 0, count: shape.outputChannels)
    var multipliers = biases
    for channel in 0..<shape.outputChannels {
      biases[channel] = biasBytes.littleEndian(at: 4 * channel)
      multipliers[channel] = multiplierBytes.littleEndian(at: 4 * channel)
      guard biases[channel] > -LayerLimits.biasMagnitude, biases[channel] < LayerLimits.biasMagnitude else {
        throw .biasTooLarge(layer: index, channel: channel, value: biases[channel])
      }
      guard multipliers[channel] >= 0 else {
        throw .negativeMultiplier(layer: index, channel: channel, value: multipliers[channel])
      }
    }
    return AcousticModel.Layer(
      shape: shape, residualMultiplierQ30: residualMultiplierQ30, weights: weights.bindMemory(to: Int8.self),
      biases: biases, multipliersQ30: multipliers)
  }
}
