import AudioFrontEnd
import ModelFormat

/// Builds the contents of a model file from a trained network and calibration audio.
public struct ModelExporter {
  private let network: SpottingNetwork
  private let initialMeans: [Float]

  /// - Parameter initialMeans: `[40]`, nepers: the log-mel averages at which the feature extractor starts.
  public init(network: SpottingNetwork, initialMeans: [Float]) {
    self.network = network
    self.initialMeans = initialMeans
  }

  /// Quantizes the encoder over `calibration` (features `[T, 40]` of each clip) and collects all sections. If the
  /// network was trained for quantization, its measured ranges are used instead of the calibration clips.
  public func contents(
    calibration: [Matrix], streamHead: AcousticModel.ScoreHead, pairHead: AcousticModel.ScoreHead, provenance: String
  ) -> AcousticModelContents {
    let folded = FoldedEncoder(network.encoder)
    let ranges = network.encoder.quantization?.ranges ?? measuredRanges(calibration, layerCount: folded.layers.count)
    network.classifier.prepare()
    let bank = network.bank
    return AcousticModelContents(
      featureContract: FeatureContract.hash, initialMeans: initialMeans,
      embeddingDimension: network.encoder.configuration.dimension,
      layers: EncoderQuantizer(folded, ranges: ranges).layers(), classScale: network.classifier.scale,
      blankBias: bank.value(network.classifier.blankBias)[0], classVectors: network.classifier.unitProxies.values,
      textEncoder: textEncoder(), pooling: pooling(), streamHead: streamHead, pairHead: pairHead,
      provenance: provenance)
  }

  private func measuredRanges(_ calibration: [Matrix], layerCount: Int) -> ActivationRanges {
    var ranges = ActivationRanges(layerCount: layerCount)
    let output = Matrix()
    for features in calibration {
      network.encoder.forward(features, SequenceBounds(lengths: [features.rows]), into: output, training: false)
      ranges.add(network.encoder, output: output)
    }
    return ranges
  }

  private func values(_ slot: ParameterSlot) -> [Float] {
    Array(UnsafeBufferPointer(start: network.bank.value(slot), count: slot.count))
  }

  private func textEncoder() -> AcousticModelContents.TextEncoder {
    let text = network.textEncoder
    guard let recurrent = text.recurrent as? GRULayer, text.configuration.addsProxies else {
      preconditionFailure("a model file needs a GRU text encoder that adds the proxies, not \(text.configuration)")
    }
    func direction(_ direction: GRUDirection) -> AcousticModelContents.RecurrentUnit {
      .init(
        inputWeights: values(direction.inputWeights), hiddenWeights: values(direction.hiddenWeights),
        inputBiases: values(direction.inputBias), hiddenBiases: values(direction.hiddenBias))
    }
    return .init(
      inputDimension: text.inputCount, hiddenUnits: recurrent.hiddenCount, inputEmbedding: values(text.table),
      forward: direction(recurrent.forwardDirection), backward: direction(recurrent.backwardDirection),
      projection: values(text.phonemeProjection.weights), projectionBiases: values(text.phonemeProjection.bias!),
      utterance: values(text.utteranceProjection.weights), utteranceBiases: values(text.utteranceProjection.bias!))
  }

  private func pooling() -> AcousticModelContents.Pooling {
    let pooling = network.pooling
    return .init(
      attentionScale: network.attention.scale, attentionUnits: pooling.hidden.outputCount,
      frameWeights: values(pooling.hidden.weights), frameBiases: values(pooling.hidden.bias!),
      frameScorer: values(pooling.vector), projection: values(pooling.projection.weights),
      projectionBiases: values(pooling.projection.bias!))
  }
}
