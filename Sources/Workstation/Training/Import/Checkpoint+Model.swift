import AudioFrontEnd
import Foundation
import ModelFormat

extension Checkpoint {
  /// The float network of a model file: the reverse of ``ModelExporter``, up to the rounding of the file.
  ///
  /// The encoders, the classifier, the attention and the pooling are those of the file. Whatever the file lacks is as at
  /// the start of a run: the parameters of the losses and adversaries, the moments, and the word times. The score heads
  /// are not part of a network; export fits them.
  ///
  /// Each normalization, which export folded into its layer, becomes `γ · input + β` with a mean of 0 and a variance of
  /// 1. ``AcousticEncoder/anchorNormalizations(to:_:)`` replaces these before training.
  /// - Throws: ``ModelImportError``.
  public init(of model: AcousticModel) throws(ModelImportError) {
    let bank = ParameterBank(seed: 0)
    let configuration = try NetworkConfiguration(of: model)
    let network = SpottingNetwork(configuration, bank: bank)
    bank.seal()
    let units = network.pooling.hidden.outputCount
    guard model.pooling.attentionUnits == units else {
      throw .otherPooling(found: model.pooling.attentionUnits, wanted: units)
    }
    try ImportedEncoder(model).fill(network.encoder)
    network.adoptScores(of: model)
    let zeros = [Float](repeating: 0, count: bank.valueCount)
    self.init(
      header: Header(
        run: "model \(String(model.contentHash, radix: 16))", step: 0, optimizerSteps: 0, valueCount: bank.valueCount,
        statisticCount: bank.statisticCount, secondsTrained: model.hoursTrained * 3600, wordTimes: [:], variants: [:],
        network: configuration, tensors: bank.slots.map { .init(name: $0.name, count: $0.count) }, rangeCount: 0),
      values: Array(UnsafeBufferPointer(start: bank.values, count: bank.valueCount)),
      statistics: Array(UnsafeBufferPointer(start: bank.statistics, count: bank.statisticCount)), firstMoment: zeros,
      secondMoment: zeros)
  }
}

extension AcousticModel {
  /// The hours that the provenance states; 0 if it states none.
  fileprivate var hoursTrained: Double {
    let lines = String(decoding: provenance, as: UTF8.self).split(separator: "\n")
    return lines.compactMap { $0.hasPrefix("hours = ") ? Double($0.dropFirst("hours = ".count)) : nil }.first ?? 0
  }
}

extension ParameterBank {
  /// Sets all values of a tensor.
  fileprivate func set(_ slot: ParameterSlot, _ values: some Collection<Float>) {
    precondition(values.count == slot.count, "\(slot.name) has \(slot.count) values, not \(values.count)")
    for (index, value) in values.enumerated() { self.value(slot)[index] = value }
  }

  fileprivate func set(_ slot: ParameterSlot, _ matrix: RowQuantizedMatrix) {
    set(slot, matrix.values.indices.map { matrix.rowScales[$0 / matrix.columnCount] * Float(matrix.values[$0]) })
  }
}

extension LayerShape {
  /// The index of weight `position` of an output channel.
  fileprivate func index(_ output: Int, _ position: Int) -> Int {
    kind == .depthwise ? position * outputChannels + output : output * depth + position
  }
}

/// The encoder of a model file in real units.
private struct ImportedEncoder {
  private let layers: [AcousticModel.Layer]

  /// The step of the activations. The file contains ratios of steps only, and the function does not depend on this one.
  private static let activationStep: Double = 1 / 16
  /// The deviation of trained weights relative to that of initial ones, about. The network's function does not depend
  /// on it, but training does: a step of the same size turns smaller weights further.
  static let growth: Double = 5

  init(_ model: AcousticModel) { layers = Array(model.layers) }

  /// - Precondition: the encoder has the shape of the model.
  func fill(_ encoder: AcousticEncoder) throws(ModelImportError) {
    let normalized =
      [(encoder.stem.weights, encoder.stemNormalization), (encoder.reduction.weights, encoder.reductionNormalization)]
      + encoder.blocks.flatMap {
        [($0.depthwise.weights, $0.depthwiseNormalization), ($0.pointwise.weights, $0.pointwiseNormalization)]
      }
    var inputStep = Double(FeatureContract.quantizationStep)
    var streamStep = Self.activationStep
    for (layer, (slot, normalization)) in zip(layers, normalized) {
      var outputStep = Self.activationStep
      if layer.shape.addsResidual {
        // The file's multiplier is streamStep / outputStep.
        guard layer.residualMultiplierQ30 > 0 else { throw .otherLayers }
        outputStep = streamStep / (Double(layer.residualMultiplierQ30) * 0x1p-30)
        streamStep = outputStep
      }
      fill(slot, normalization, layer, inputStep: inputStep, outputStep: outputStep)
      inputStep = outputStep
    }
    fillProjection(encoder, layers[layers.count - 1], inputStep: inputStep)
  }

  /// The weights of an output channel, in output steps per input step.
  private func weights(_ layer: AcousticModel.Layer, _ output: Int) -> [Double] {
    let factor = Double(layer.multipliersQ30[output]) * 0x1p-30
    return (0..<layer.shape.depth).map { factor * Double(layer.weights[layer.shape.index(output, $0)]) }
  }

  /// A bias in output steps.
  private func bias(_ layer: AcousticModel.Layer, _ output: Int) -> Double {
    Double(layer.multipliersQ30[output]) * 0x1p-30 * Double(layer.biases[output])
  }

  /// Scales every channel of a normalized layer to the deviation of trained weights. The normalization undoes it.
  private func fill(
    _ slot: ParameterSlot, _ normalization: BatchNormalization, _ layer: AcousticModel.Layer, inputStep: Double,
    outputStep: Double
  ) {
    let bank = normalization.bank
    let (values, gamma, beta) = (bank.value(slot), bank.value(normalization.scale), bank.value(normalization.shift))
    let depth = layer.shape.depth
    let gain = layer.shape.kind == .depthwise ? 1 : 1.4 * Self.growth
    for output in 0..<layer.shape.outputChannels {
      let weights = weights(layer, output).map { $0 * outputStep / inputStep }
      let deviation = (weights.reduce(0) { $0 + $1 * $1 } / Double(depth)).squareRoot()
      let scale = deviation > 0 ? gain / Double(depth).squareRoot() / deviation : 1
      for (position, weight) in weights.enumerated() {
        values[layer.shape.index(output, position)] = Float(weight * scale)
      }
      gamma[output] = Float(1 / scale) * (1 + BatchNormalization.epsilon).squareRoot()
      beta[output] = Float(bias(layer, output) * outputStep)
    }
  }

  /// The embeddings are scaled to unit length, so their step is free: it gives the weights the deviation of trained ones.
  private func fillProjection(_ encoder: AcousticEncoder, _ layer: AcousticModel.Layer, inputStep: Double) {
    let weights = (0..<layer.shape.outputChannels).flatMap { self.weights(layer, $0).map { $0 / inputStep } }
    let deviation = (weights.reduce(0) { $0 + $1 * $1 } / Double(weights.count)).squareRoot()
    let step = deviation > 0 ? Self.growth / Double(layer.shape.depth).squareRoot() / deviation : 1
    encoder.bank.set(encoder.projection.weights, weights.map { Float($0 * step) })
    encoder.bank.set(
      encoder.projectionBias, (0..<layer.shape.outputChannels).map { Float(bias(layer, $0) * step) })
  }
}

extension SpottingNetwork {
  /// Takes over the classifier, the text encoder, the attention and the pooling of a model file.
  fileprivate func adoptScores(of model: AcousticModel) {
    // The network scales them to unit length.
    bank.set(classifier.proxies, model.classVectors.vectors.map { Float(ImportedEncoder.growth) * $0 })
    bank.set(classifier.logScale, [logf(model.classVectors.scale)])
    bank.set(classifier.blankBias, [model.classVectors.blankBias])
    let text = model.textEncoder
    bank.set(textEncoder.table, text.inputEmbedding)
    guard let recurrent = textEncoder.recurrent as? GRULayer else {
      preconditionFailure("the default text encoder has gated recurrent units")
    }
    for (direction, unit) in [(recurrent.forwardDirection, text.forward), (recurrent.backwardDirection, text.backward)]
    {
      bank.set(direction.inputWeights, unit.inputWeights)
      bank.set(direction.hiddenWeights, unit.hiddenWeights)
      bank.set(direction.inputBias, unit.inputBiases)
      bank.set(direction.hiddenBias, unit.hiddenBiases)
    }
    bank.set(textEncoder.phonemeProjection.weights, text.projection)
    bank.set(textEncoder.phonemeProjection.bias!, text.projectionBiases)
    bank.set(textEncoder.utteranceProjection.weights, text.utterance)
    bank.set(textEncoder.utteranceProjection.bias!, text.utteranceBiases)
    bank.set(attention.logScale, [logf(model.pooling.attentionScale)])
    bank.set(pooling.hidden.weights, model.pooling.frameWeights)
    bank.set(pooling.hidden.bias!, model.pooling.frameBiases)
    bank.set(pooling.vector, model.pooling.frameScorer)
    bank.set(pooling.projection.weights, model.pooling.projection)
    bank.set(pooling.projection.bias!, model.pooling.projectionBiases)
  }
}
