/// One layer with its batch normalization folded in: float weights in the model file's layout, and a bias.
struct FoldedLayer {
  enum Role {
    case stem, reduction
    case blockInner(Int)
    case blockOutput(Int)
    case projection
  }

  var role: Role
  /// `[out, kernel, in]`, or `[kernel, channels]` for a depthwise layer.
  var weights: [Float]
  var biases: [Float]
  var outputCount: Int
  /// The number of weights per output channel. Weight `i` of channel `o` is at `index(o, i)`, `i < depth`.
  var depth: Int
  var isDepthwise: Bool

  func index(_ output: Int, _ position: Int) -> Int {
    isDepthwise ? position * outputCount + output : output * depth + position
  }
}

/// The encoder as a sequence of convolutions with biases. In evaluation it equals the trained network.
struct FoldedEncoder {
  var layers: [FoldedLayer]
  let configuration: EncoderConfiguration

  init(_ encoder: AcousticEncoder) {
    configuration = encoder.configuration
    let bank = encoder.bank
    func values(_ slot: ParameterSlot) -> [Float] {
      Array(UnsafeBufferPointer(start: bank.value(slot), count: slot.count))
    }
    func folded(
      _ role: FoldedLayer.Role, _ weights: ParameterSlot, _ normalization: BatchNormalization, isDepthwise: Bool
    ) -> FoldedLayer {
      let count = normalization.channelCount
      var layer = FoldedLayer(
        role: role, weights: values(weights), biases: values(normalization.shift), outputCount: count,
        depth: weights.count / count, isDepthwise: isDepthwise)
      let scale = values(normalization.scale)
      let mean = bank.statistics + normalization.statisticOffset
      for output in 0..<count {
        let factor = scale[output] / (mean[count + output] + BatchNormalization.epsilon).squareRoot()
        layer.biases[output] -= mean[output] * factor
        for position in 0..<layer.depth { layer.weights[layer.index(output, position)] *= factor }
      }
      return layer
    }
    layers = [
      folded(.stem, encoder.stem.weights, encoder.stemNormalization, isDepthwise: false),
      folded(.reduction, encoder.reduction.weights, encoder.reductionNormalization, isDepthwise: false),
    ]
    for (index, block) in encoder.blocks.enumerated() {
      layers.append(
        folded(.blockInner(index), block.depthwise.weights, block.depthwiseNormalization, isDepthwise: true))
      layers.append(
        folded(.blockOutput(index), block.pointwise.weights, block.pointwiseNormalization, isDepthwise: false))
    }
    let dimension = encoder.configuration.dimension
    layers.append(
      FoldedLayer(
        role: .projection, weights: values(encoder.projection.weights), biases: values(encoder.projectionBias),
        outputCount: dimension, depth: encoder.configuration.channels, isDepthwise: false))
  }

  /// Divides output channel `c` of layer `layer` by `factors[c]`.
  mutating func divideOutputs(of layer: Int, by factors: [Float]) {
    for output in 0..<layers[layer].outputCount {
      layers[layer].biases[output] /= factors[output]
      for position in 0..<layers[layer].depth {
        layers[layer].weights[layers[layer].index(output, position)] /= factors[output]
      }
    }
  }

  /// Multiplies the weights with which layer `layer` reads input channel `c` by `factors[c]`.
  mutating func multiplyInputs(of layer: Int, by factors: [Float]) {
    let count = factors.count
    for index in layers[layer].weights.indices { layers[layer].weights[index] *= factors[index % count] }
  }

  /// The largest weight that layer `layer` applies to each of its `count` input channels.
  func inputWeightRanges(of layer: Int, count: Int) -> [Float] {
    var ranges = [Float](repeating: 0, count: count)
    for (index, weight) in layers[layer].weights.enumerated() {
      ranges[index % count] = max(ranges[index % count], abs(weight))
    }
    return ranges
  }
}
