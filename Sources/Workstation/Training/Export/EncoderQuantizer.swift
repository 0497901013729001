import AudioFrontEnd
import ModelFormat

/// Converts the folded encoder into the integers of a model file.
///
/// Channels are first equalized: a ReLU network computes the same function if a channel is divided by a factor and its
/// readers multiply by that factor. Inside a block the factor balances the channel's activation against the weights
/// that read it. The other readers of the residual stream are depthwise layers with one step per channel, so every
/// channel of the stream is scaled to the same range. Then each output channel of a layer gets a weight step, and each
/// tensor gets one step.
/// - Reference: Nagel et al. 2019, arXiv:1906.04721 (equalization); Jacob et al. 2018, arXiv:1712.05877 (arithmetic).
struct EncoderQuantizer {
  private var folded: FoldedEncoder
  private let ranges: ActivationRanges
  /// The factors by which the channels of each tensor were divided.
  private var factors: [[Float]]

  init(_ folded: FoldedEncoder, ranges: ActivationRanges) {
    self.folded = folded
    self.ranges = ranges
    factors = folded.layers.map { .init(repeating: 1, count: $0.outputCount) }
    equalize()
  }

  private mutating func equalize() {
    balance(tensor: 0, reader: 1)
    for block in folded.configuration.blockKernels.indices { balance(tensor: 2 + 2 * block, reader: 3 + 2 * block) }
    equalizeResidualStream()
  }

  /// Balances a tensor against its only reader by the factor `√(activation range / weight range)`.
  private mutating func balance(tensor: Int, reader: Int) {
    let activations = ranges.channelMaxima[tensor]
    let weights = folded.inputWeightRanges(of: reader, count: activations.count)
    let raw = zip(activations, weights).map { (max($0, 1e-4) / max($1, 1e-4)).squareRoot() }
    apply(normalized(raw), to: [tensor], readers: [reader])
  }

  private mutating func equalizeResidualStream() {
    let stream = [1] + folded.configuration.blockKernels.indices.map { 3 + 2 * $0 }
    var widest = [Float](repeating: 1e-4, count: folded.configuration.channels)
    for tensor in stream {
      for channel in widest.indices { widest[channel] = max(widest[channel], ranges.channelMaxima[tensor][channel]) }
    }
    let readers = folded.configuration.blockKernels.indices.map { 2 + 2 * $0 } + [folded.layers.count - 1]
    apply(normalized(widest), to: stream, readers: readers)
  }

  /// Scales the factors to a geometric mean of 1 and clamps them to within a factor of 16 of it.
  private func normalized(_ raw: [Float]) -> [Float] {
    let sorted = raw.sorted()
    let middle = sorted[sorted.count / 2]
    return raw.map { min(max($0 / middle, 1.0 / 16), 16) }
  }

  private mutating func apply(_ values: [Float], to tensors: [Int], readers: [Int]) {
    for tensor in tensors {
      folded.divideOutputs(of: tensor, by: values)
      factors[tensor] = values
    }
    for reader in readers { folded.multiplyInputs(of: reader, by: values) }
  }

  /// The factors of each tensor's channels, and the step of each tensor.
  var grid: EncoderGrid {
    var steps = folded.layers.indices.map { ranges.step($0, dividedBy: factors[$0]) }
    var streamStep: Float = 1
    for (index, layer) in folded.layers.enumerated() {
      switch layer.role {
      case .reduction: streamStep = steps[index]
      case .blockOutput:
        // The residual's multiplier is streamStep / outputStep · 2³⁰ and must stay below 2³¹. A step of zero is not set
        // yet.
        if steps[index] > 0 { steps[index] = max(steps[index], streamStep / 1.9) }
        streamStep = steps[index]
      case .stem, .blockInner, .projection: break
      }
    }
    return EncoderGrid(factors: factors, steps: steps)
  }

  /// - Returns: the layers in the order in which the engine runs them.
  func layers() -> [AcousticModelContents.Layer] {
    let shapes = folded.configuration.layerShapes
    let steps = grid.steps
    var result: [AcousticModelContents.Layer] = []
    var inputStep = FeatureContract.quantizationStep
    var streamStep: Float = 1
    for (index, layer) in folded.layers.enumerated() {
      let outputStep = steps[index]
      var residual: Int32 = 0
      switch layer.role {
      case .reduction: streamStep = outputStep
      case .blockOutput:
        residual = Int32((streamStep / outputStep * 0x1p30).rounded())
        streamStep = outputStep
      case .stem, .blockInner, .projection: break
      }
      result.append(quantized(layer, shapes[index], residual, inputStep: inputStep, outputStep: outputStep))
      inputStep = outputStep
    }
    return result
  }

  private func quantized(
    _ layer: FoldedLayer, _ shape: LayerShape, _ residual: Int32, inputStep: Float, outputStep: Float
  ) -> AcousticModelContents.Layer {
    var weights = [Int8](repeating: 0, count: layer.weights.count)
    var biases = [Int32](repeating: 0, count: layer.outputCount)
    var multipliers = [Int32](repeating: 0, count: layer.outputCount)
    for output in 0..<layer.outputCount {
      var largest: Float = 0
      for position in 0..<layer.depth { largest = max(largest, abs(layer.weights[layer.index(output, position)])) }
      // A channel with small weights and a large bias gets a coarser step, which keeps the bias below 2²⁸.
      let step = max(largest / 127, abs(layer.biases[output]) / (inputStep * 0x1p28), 1e-12)
      for position in 0..<layer.depth {
        let index = layer.index(output, position)
        weights[index] = Int8(max(min((layer.weights[index] / step).rounded(), 127), -127))
      }
      biases[output] = Int32((Double(layer.biases[output]) / (Double(inputStep) * Double(step))).rounded())
      let multiplier = Double(inputStep) * Double(step) / Double(outputStep) * 0x1p30
      multipliers[output] = Int32(min(multiplier.rounded(), 0x1p31 - 1))
    }
    return .init(
      shape: shape, residualMultiplierQ30: residual, weights: weights, biases: biases, multipliersQ30: multipliers)
  }
}
