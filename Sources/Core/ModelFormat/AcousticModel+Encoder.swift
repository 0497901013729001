/// `FEAT`: the front end that the model was trained on.
struct FeatureSection {
  let contract: UInt64
  let initialMeans: UnsafeBufferPointer<Float>

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
  let layers: AcousticModel.Layers

  init(_ container: ContainerReader) throws(ModelFileError) {
    var reader = try reading { () throws(ContainerError) in try container.section("ARCH") }
    guard let weights = container.bytes(of: "WGTS") else { throw .container(.missingSection(id: "WGTS")) }
    let layerCount = try reading { () throws(ContainerError) in try reader.integer(UInt32.self) }
    guard layerCount >= 1, layerCount <= UInt32(LayerLimits.layerCount) else { throw .layerCount(layerCount) }
    embeddingDimension = try reader.embeddingDimension(expected: nil)

    let records = reader
    var before: LayerShape?
    var timeReduction = 1
    var stateBytes = 0
    for index in 0..<Int(layerCount) {
      let record = try reading { () throws(ContainerError) in try LayerRecord(&reader) }
      let shape = try record.checkedShape(layer: index)
      let given = before?.outputChannels ?? LayerLimits.featureCount
      guard shape.inputChannels == given else {
        throw .channelMismatch(layer: index, takes: shape.inputChannels, given: given)
      }
      if shape.addsResidual {
        guard let before, before.kind == .depthwise, before.stride == 1,
          shape.kind == .dense, shape.kernelFrames == 1, shape.stride == 1,
          before.inputChannels == shape.outputChannels
        else { throw .misplacedResidual(layer: index) }
      }
      timeReduction *= shape.stride
      guard timeReduction <= LayerLimits.timeReduction else { throw .timeReduction(timeReduction) }
      stateBytes += shape.spanFrames * shape.inputChannels
      try record.checkTensors(layer: index, shape: shape, tensors: weights)
      before = shape
    }
    try reading { () throws(ContainerError) in try reader.expectEnd() }
    guard timeReduction == LayerLimits.timeReduction else { throw .timeReduction(timeReduction) }
    guard stateBytes <= LayerLimits.stateBytes else { throw .stateTooLarge(bytes: stateBytes) }
    guard let last = before, last.outputChannels == embeddingDimension else {
      throw .channelMismatch(
        layer: Int(layerCount), takes: embeddingDimension, given: before?.outputChannels ?? LayerLimits.featureCount)
    }
    guard last.activation == .linear else {
      throw .layerField(layer: Int(layerCount) - 1, field: .activation, value: Int64(last.activation.rawValue))
    }
    layers = AcousticModel.Layers(count: Int(layerCount), records: records, tensors: weights)
  }
}

/// The 32 bytes of one layer in `ARCH`, unchecked.
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

  static let byteCount = 32

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

  /// The geometry of the layer, with every field checked against ``LayerLimits``.
  func checkedShape(layer: Int) throws(ModelFileError) -> LayerShape {
    func check(_ field: ModelFileError.LayerField, _ value: UInt16, _ range: ClosedRange<Int>) throws(ModelFileError) {
      guard range.contains(Int(value)) else { throw .layerField(layer: layer, field: field, value: Int64(value)) }
    }
    guard LayerShape.Kind(rawValue: kind) != nil else {
      throw .layerField(layer: layer, field: .kind, value: Int64(kind))
    }
    guard LayerShape.Activation(rawValue: activation) != nil else {
      throw .layerField(layer: layer, field: .activation, value: Int64(activation))
    }
    let shape = shape
    try check(.residual, UInt16(residual), 0...1)
    try check(.reserved, UInt16(reserved), 0...0)
    try check(.inputChannels, inputChannels, 1...LayerLimits.channels)
    // A depthwise layer has as many outputs as inputs.
    try check(
      .outputChannels, outputChannels,
      shape.kind == .dense ? 1...LayerLimits.channels : Int(inputChannels)...Int(inputChannels))
    try check(.kernel, kernel, 1...LayerLimits.kernelFrames)
    try check(.stride, stride, 1...LayerLimits.stride)
    try check(.dilation, dilation, 1...(shape.kind == .dense ? 1 : LayerLimits.dilation))
    try check(.rightContext, rightContext, 0...(shape.spanFrames - 1))
    guard shape.depth <= LayerLimits.depth else {
      throw .layerField(layer: layer, field: .depth, value: Int64(shape.depth))
    }
    guard residual == 1 ? residualMultiplierQ30 >= 0 : residualMultiplierQ30 == 0 else {
      throw .layerField(layer: layer, field: .residualMultiplier, value: Int64(residualMultiplierQ30))
    }
    return shape
  }

  /// The geometry of the layer, unchecked.
  ///
  /// - Precondition: kind and activation are defined.
  var shape: LayerShape {
    LayerShape(
      kind: LayerShape.Kind(rawValue: kind)!, activation: LayerShape.Activation(rawValue: activation)!,
      addsResidual: residual == 1, inputChannels: Int(inputChannels), outputChannels: Int(outputChannels),
      kernelFrames: Int(kernel), stride: Int(stride), dilation: Int(dilation), rightContext: Int(rightContext))
  }

  /// Finds the tensors of the layer in `WGTS` and checks every bias and multiplier.
  func checkTensors(
    layer: Int, shape: LayerShape, tensors: UnsafeRawBufferPointer
  ) throws(ModelFileError) {
    func check(_ tensor: ModelFileError.Tensor, _ offset: UInt32, _ size: Int) throws(ModelFileError) {
      let start = UInt64(offset)
      guard start % UInt64(ContainerFormat.alignmentBytes) == 0, start + UInt64(size) <= UInt64(tensors.count) else {
        throw .tensorOutOfBounds(
          layer: layer, tensor: tensor, offset: start, size: UInt64(size), available: tensors.count)
      }
    }
    try check(.weights, weightsOffset, shape.weightCount)
    try check(.bias, biasOffset, 4 * shape.outputChannels)
    try check(.multipliers, multiplierOffset, 4 * shape.outputChannels)
    let biases = Self.integers(tensors, biasOffset, count: shape.outputChannels)
    let multipliers = Self.integers(tensors, multiplierOffset, count: shape.outputChannels)
    for channel in 0..<shape.outputChannels {
      guard biases[channel] > -LayerLimits.biasMagnitude, biases[channel] < LayerLimits.biasMagnitude else {
        throw .biasTooLarge(layer: layer, channel: channel, value: biases[channel])
      }
      guard multipliers[channel] >= 0 else {
        throw .negativeMultiplier(layer: layer, channel: channel, value: multipliers[channel])
      }
    }
  }

  /// The layer with its tensors.
  ///
  /// - Precondition: the record was checked.
  func layer(tensors: UnsafeRawBufferPointer) -> AcousticModel.Layer {
    let shape = shape
    let weights = tensors[Int(weightsOffset)..<Int(weightsOffset) + shape.weightCount]
    return AcousticModel.Layer(
      shape: shape, residualMultiplierQ30: residualMultiplierQ30,
      weights: UnsafeRawBufferPointer(rebasing: weights).bindMemory(to: Int8.self),
      biases: Self.integers(tensors, biasOffset, count: shape.outputChannels),
      multipliersQ30: Self.integers(tensors, multiplierOffset, count: shape.outputChannels))
  }

  /// `count` integers at an offset that is a multiple of 64, borrowed from an aligned file.
  private static func integers(
    _ tensors: UnsafeRawBufferPointer, _ offset: UInt32, count: Int
  ) -> UnsafeBufferPointer<Int32> {
    let bytes = UnsafeRawBufferPointer(rebasing: tensors[Int(offset)..<Int(offset) + 4 * count])
    guard let values = bytes.values(of: Int32.self) else { preconditionFailure("the file is not aligned") }
    return values
  }
}

extension AcousticModel {
  /// The layers of the encoder, in order. Each is read from the file's bytes on access.
  public struct Layers: RandomAccessCollection, @unchecked Sendable {
    /// At the first ``LayerRecord``. All of them were checked.
    private let records: SectionReader
    private let tensors: UnsafeRawBufferPointer
    /// The number of layers.
    public let endIndex: Int

    fileprivate init(count: Int, records: SectionReader, tensors: UnsafeRawBufferPointer) {
      endIndex = count
      self.records = records
      self.tensors = tensors
    }

    /// Always 0.
    public var startIndex: Int { 0 }

    /// The layer at `index`.
    ///
    /// - Precondition: `index` is below ``endIndex``.
    public subscript(index: Int) -> Layer {
      precondition(index >= 0 && index < endIndex)
      var reader = records
      do throws(ContainerError) {
        _ = try reader.bytes(UInt64(index * LayerRecord.byteCount))
        return try LayerRecord(&reader).layer(tensors: tensors)
      } catch {
        preconditionFailure("the model's bytes changed while it was in use")
      }
    }
  }
}
