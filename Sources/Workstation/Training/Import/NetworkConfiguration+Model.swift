import ModelFormat

extension NetworkConfiguration {
  /// The shapes of a model file.
  ///
  /// - Throws: ``ModelImportError/otherLayers`` if ``ModelExporter`` would write other layers for these shapes.
  public init(of model: AcousticModel) throws(ModelImportError) {
    self.init()
    let layers = model.layers.map(\.shape)
    guard layers.count >= 5, layers.count % 2 == 1 else { throw .otherLayers }
    streaming.stemChannels = layers[0].outputChannels
    streaming.stemKernel = layers[0].kernelFrames
    streaming.channels = layers[1].outputChannels
    streaming.reductionKernel = layers[1].kernelFrames
    streaming.dimension = model.embeddingDimension
    let depthwise = stride(from: 2, to: layers.count - 1, by: 2).map { layers[$0] }
    streaming.blockKernels = depthwise.map(\.kernelFrames)
    streaming.blockRightContexts = depthwise.map(\.rightContext)
    text.inputCount = model.textEncoder.inputDimension
    text.hiddenCount = model.textEncoder.hiddenUnits
    guard streaming.layerShapes == layers else { throw .otherLayers }
  }
}

extension EncoderConfiguration {
  /// The layers of the encoder in a model file, in the order in which they run.
  var layerShapes: [LayerShape] {
    let stem = LayerShape(
      kind: .dense, activation: .relu, inputChannels: 40, outputChannels: stemChannels, kernelFrames: stemKernel,
      stride: 2, rightContext: (stemKernel - 1) / 2)
    let reduction = LayerShape(
      kind: .dense, activation: .relu, inputChannels: stemChannels, outputChannels: channels,
      kernelFrames: reductionKernel, stride: 2, rightContext: (reductionKernel - 1) / 2)
    let blocks = zip(blockKernels, blockRightContexts).flatMap { kernel, rightContext in
      [
        LayerShape(
          kind: .depthwise, activation: .relu, inputChannels: channels, outputChannels: channels, kernelFrames: kernel,
          rightContext: rightContext),
        LayerShape(
          kind: .dense, activation: .relu, addsResidual: true, inputChannels: channels, outputChannels: channels),
      ]
    }
    let projection = LayerShape(
      kind: .dense, activation: .linear, inputChannels: channels, outputChannels: dimension)
    return [stem, reduction] + blocks + [projection]
  }
}
