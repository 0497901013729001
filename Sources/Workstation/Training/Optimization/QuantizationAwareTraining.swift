/// Runs the last part of a training run with the device's arithmetic.
///
/// Before a step the encoder's weights are replaced by their rounded values, which all workers share, and the workers
/// round their activations. After the backward pass the float weights return, and the optimizer updates them with the
/// gradient at the rounded ones. The exporter's rule derives the grid from the weights and the running statistics
/// alone, so a resumed run repeats bit for bit. The first two steps only measure ranges.
/// - Reference: Jacob et al. 2018, arXiv:1712.05877, §3; Nagel et al. 2021, arXiv:2106.08295, §4.
package final class QuantizationAwareTraining {
  private let bank: ParameterBank
  private let encoders: [AcousticEncoder]
  private var floatWeights: [(slot: ParameterSlot, values: [Float])] = []

  /// - Parameter encoders: one per worker, each prepared for quantization; `bank` belongs to the first.
  package init(bank: ParameterBank, encoders: [AcousticEncoder]) {
    self.bank = bank
    self.encoders = encoders
  }

  /// Statistics that a run with quantization has in addition to those of a run without.
  var statisticCount: Int { encoders[0].quantization?.statisticCount ?? 0 }

  package func beginStep() {
    let grid = encoders[0].quantizationGrid
    for encoder in encoders {
      encoder.quantization?.grid = grid
      encoder.quantization?.measures = true
    }
    guard let grid, !grid.steps.contains(0) else { return }
    floatWeights = encoders[0].weightSlots.map { slot in
      (slot, Array(UnsafeBufferPointer(start: bank.value(slot), count: slot.count)))
    }
    encoders[0].roundWeights(grid)
  }

  package func endStep() {
    for (slot, values) in floatWeights {
      for index in values.indices { bank.value(slot)[index] = values[index] }
    }
    floatWeights = []
    for encoder in encoders {
      encoder.quantization?.grid = nil
      encoder.quantization?.measures = false
    }
  }

  /// Call it before the running averages move.
  func adoptFirstRanges(from workers: [ParameterBank]) { encoders[0].quantization?.adoptFirstRanges(from: workers) }
}

extension AcousticEncoder {
  /// The grid that the exporter would choose at this point; nil before a batch was measured.
  package var quantizationGrid: EncoderGrid? {
    guard let ranges = quantization?.ranges else { return nil }
    return EncoderQuantizer(FoldedEncoder(self), ranges: ranges).grid
  }

  /// The weights of the convolutions, in the order of their output tensors.
  var weightSlots: [ParameterSlot] {
    [stem.weights, reduction.weights] + blocks.flatMap { [$0.depthwise.weights, $0.pointwise.weights] } + [
      projection.weights
    ]
  }

  /// Replaces the weights of every convolution by their values on the 8-bit grid.
  func roundWeights(_ grid: EncoderGrid) {
    func round(_ layer: TemporalConvolution, _ inputFactors: [Float]) {
      FakeQuantization.roundWeights(
        bank.value(layer.weights), outputs: layer.outputCount, depth: layer.kernel * layer.inputCount,
        inputFactors: inputFactors)
    }
    round(stem, [Float](repeating: 1, count: stem.inputCount))
    round(reduction, grid.factors[0])
    for (index, block) in blocks.enumerated() {
      FakeQuantization.roundDepthwiseWeights(
        bank.value(block.depthwise.weights), taps: block.depthwise.kernel, channels: block.depthwise.channelCount)
      round(block.pointwise, grid.factors[2 + 2 * index])
    }
    round(projection, grid.factors[2 * blocks.count + 1])
  }
}
