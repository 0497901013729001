import SeededRandom

/// Ranges of the encoder's activations over calibration audio: sampled values per tensor, the largest value per
/// channel.
///
/// Tensors are in the order of ``FoldedEncoder/layers``.
struct ActivationRanges {
  private(set) var channelMaxima: [[Float]]
  /// Sampled values of each tensor, thinned to a bounded count.
  private(set) var samples: [[Float]]
  /// Steps measured during training. They take precedence over the samples.
  private let measuredSteps: [Float]?
  private var generator = SplitMix64(seed: 7)

  init(layerCount: Int) {
    channelMaxima = .init(repeating: [], count: layerCount)
    samples = .init(repeating: [], count: layerCount)
    measuredSteps = nil
  }

  /// Ranges from training: the largest value of each channel of each tensor, and the step of its channels over their
  /// factors.
  init(channelMaxima: [[Float]], steps: [Float]) {
    self.channelMaxima = channelMaxima
    samples = .init(repeating: [], count: channelMaxima.count)
    measuredSteps = steps
  }

  /// Adds the activations that the encoder stored in its last evaluation forward pass. `output` is the result of that
  /// pass.
  mutating func add(_ encoder: AcousticEncoder, output: Matrix) {
    var tensors = [encoder.stemOutput, encoder.reductionOutput]
    for block in encoder.blocks { tensors += [block.inner, block.output] }
    tensors.append(output)
    for (layer, tensor) in tensors.enumerated() {
      if channelMaxima[layer].isEmpty { channelMaxima[layer] = .init(repeating: 0, count: tensor.columns) }
      for row in 0..<tensor.rows {
        let values = tensor.row(row)
        for column in 0..<tensor.columns {
          channelMaxima[layer][column] = max(channelMaxima[layer][column], abs(values[column]))
        }
        if generator.nextIndex(8) == 0 {
          samples[layer].append(contentsOf: UnsafeBufferPointer(start: values, count: tensor.columns))
        }
      }
    }
  }

  /// The quantization step of a tensor whose channels are divided by `factors`.
  func step(_ layer: Int, dividedBy factors: [Float]) -> Float {
    if let measuredSteps { return measuredSteps[layer] }
    let count = factors.count
    return QuantizationStep.leastSquares(samples[layer].indices.map { samples[layer][$0] / factors[$0 % count] })
  }
}

/// The step of an 8-bit grid for values of a known distribution.
enum QuantizationStep {
  /// The step whose rounding and clipping to `−127…127` give the least mean squared error. The search covers clipping
  /// points from the largest magnitude down to a tenth of it.
  static func leastSquares(_ values: [Float]) -> Float {
    let largest = values.reduce(Float(0)) { max($0, abs($1)) }
    guard largest > 0 else { return 1 }
    var best = (error: Float.infinity, step: largest / 127)
    for candidate in 1...40 {
      let step = largest / 127 * Float(candidate) / 40
      guard candidate >= 4 else { continue }
      var error: Float = 0
      let inverse = 1 / step
      for value in values {
        let quantized = max(min((value * inverse).rounded(), 127), -127) * step
        error += (value - quantized) * (value - quantized)
      }
      if error < best.error { best = (error, step) }
    }
    return best.step
  }
}
