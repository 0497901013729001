import ModelFormat
import SeededRandom

extension AcousticModelContents {
  /// The layers of a very small model, for tests: two strides, a residual, dilation and look-ahead.
  package static let testShapes: [LayerShape] = [
    LayerShape(
      kind: .dense, activation: .relu, inputChannels: 40, outputChannels: 24, kernelFrames: 3, stride: 2,
      rightContext: 1),
    LayerShape(
      kind: .depthwise, activation: .linear, inputChannels: 24, outputChannels: 24, kernelFrames: 5, dilation: 2,
      rightContext: 2),
    LayerShape(kind: .dense, activation: .relu, addsResidual: true, inputChannels: 24, outputChannels: 24),
    LayerShape(
      kind: .depthwise, activation: .relu, inputChannels: 24, outputChannels: 24, kernelFrames: 3, stride: 2,
      rightContext: 1),
    LayerShape(kind: .dense, activation: .linear, inputChannels: 24, outputChannels: 16),
  ]

  /// A model with random weights. It detects nothing, but every part of it runs at the cost of a trained one.
  ///
  /// Layer multipliers are set to keep activations in the middle of their range.
  ///
  /// - Precondition: the shapes fit each other, as ``AcousticModel`` checks.
  package static func untrained(
    seed: UInt64, shapes: [LayerShape] = AcousticModelContents.testShapes, featureContract: UInt64, hiddenUnits: Int = 8
  ) -> AcousticModelContents {
    var generator = SplitMix64(seed: seed)
    let dimension = shapes[shapes.count - 1].outputChannels
    var layers: [Layer] = []
    for shape in shapes {
      var weights = [Int8](repeating: 0, count: shape.weightCount)
      for index in weights.indices { weights[index] = Int8(generator.integer(in: -127...127)) }
      // Weights have a standard deviation of 73, inputs of about 40, and the sum of n products of 73 · 40 · √n. Aim for
      // 40.
      let gain = 1 / (73 * Float(shape.depth).squareRoot())
      var biases = [Int32](repeating: 0, count: shape.outputChannels)
      var multipliers = biases
      for channel in 0..<shape.outputChannels {
        biases[channel] = Int32(generator.float(magnitude: 20 / gain))
        multipliers[channel] = Int32((1 + generator.float(magnitude: 0.2)) * gain * Float(1 << 30))
      }
      layers.append(
        Layer(
          shape: shape, residualMultiplierQ30: shape.addsResidual ? Int32(generator.integer(in: 1 << 28...1 << 29)) : 0,
          weights: weights, biases: biases, multipliersQ30: multipliers))
    }
    var classVectors: [Float] = []
    for _ in 0..<AcousticModel.classCount {
      let vector = generator.floats(dimension, magnitude: 1)
      var squaredLength: Float = 1e-6
      for value in vector { squaredLength += value * value }
      for value in vector { classVectors.append(value / squaredLength.squareRoot()) }
    }
    let inputDimension = 8
    func recurrentUnit() -> RecurrentUnit {
      RecurrentUnit(
        inputWeights: generator.floats(3 * hiddenUnits * inputDimension, magnitude: 0.5),
        hiddenWeights: generator.floats(3 * hiddenUnits * hiddenUnits, magnitude: 0.5),
        inputBiases: generator.floats(3 * hiddenUnits, magnitude: 0.2),
        hiddenBiases: generator.floats(3 * hiddenUnits, magnitude: 0.2))
    }
    let attentionUnits = 8
    return AcousticModelContents(
      featureContract: featureContract,
      initialMeans: generator.floats(LayerLimits.featureCount, magnitude: 1),
      embeddingDimension: dimension,
      layers: layers,
      classScale: 12,
      blankBias: 0.5,
      classVectors: classVectors,
      textEncoder: TextEncoder(
        inputDimension: inputDimension, hiddenUnits: hiddenUnits,
        inputEmbedding: generator.floats(AcousticModel.classCount * inputDimension, magnitude: 1),
        forward: recurrentUnit(), backward: recurrentUnit(),
        projection: generator.floats(dimension * 2 * hiddenUnits, magnitude: 0.2),
        projectionBiases: generator.floats(dimension, magnitude: 0.05),
        utterance: generator.floats(dimension * 2 * hiddenUnits, magnitude: 0.5),
        utteranceBiases: generator.floats(dimension, magnitude: 0.1)),
      pooling: Pooling(
        attentionScale: 8, attentionUnits: attentionUnits,
        frameWeights: generator.floats(attentionUnits * dimension, magnitude: 0.5),
        frameBiases: generator.floats(attentionUnits, magnitude: 0.2),
        frameScorer: generator.floats(attentionUnits, magnitude: 1),
        projection: generator.floats(dimension * 2 * dimension, magnitude: 0.5),
        projectionBiases: generator.floats(dimension, magnitude: 0.1)),
      streamHead: AcousticModel.ScoreHead(weights: [0.8, 0.2, 1.5, 0.7, 1, 0.5, 0.1, 0.1, 0.1, 0.1, 0, 0.1], bias: 3),
      pairHead: AcousticModel.ScoreHead(
        weights: [0.6, 0.2, 1.5, 0.7, 1, 0.5, 0.2, 0.1, 0.3, 0.2, 0.4, 0.1, 0.3, 0.1], bias: 2),
      provenance: "recipe = \"untrained\"\n")
  }
}
