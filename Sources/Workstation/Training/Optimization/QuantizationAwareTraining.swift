/// Lets the steps of the last part of a run see the network as the device will compute it.
///
/// Before a step the encoder's weights are replaced by their rounded values, which all workers share, and the workers round
/// their activations; after the backward pass the float weights return, and the optimiser moves these by the gradient at
/// the rounded ones. The grid follows from the weights and the running statistics alone, by the exporter's rule, so a run
/// that stops and goes on repeats to the bit. The first two steps only measure ranges.
/// - Reference: Jacob et al. 2018, arXiv:1712.05877, §3; Nagel et al. 2021, arXiv:2106.08295, §4.
package final class QuantizationAwareTraining {
  private let bank: ParameterBank
  private let encoders: [AcousticEncoder]
  private var floatWeights: [(slot: ParameterSlot, values: [Float])] = []

  /// - Parameter encoders: one a worker, each prepared for quantisation; `bank` is the first one's.
  package init(bank: ParameterBank, encoders: [AcousticEncoder]) {
    self.bank = bank
    self.encoders = encoders
  }

  /// Statistics that a run with quantisation keeps beyond those of one without.
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

  /// Call before the running averages move.
  func adoptFirstRanges(from workers: [ParameterBank]) { encoders[0].quantization?.adoptFirstRanges(from: workers) }
}

extension AcousticEncoder {
  /// The grid that the exporter would choose now; nil before a batch was measured.
  package var quantizationGrid: EncoderGrid? {
    guard let ranges = quantization?.ranges else { return nil }
    return EncoderQuantizer(FoldedEncoder(self), ranges: ranges).grid
  }

  /// The convolutions' weights, in the order of the tensors that they make.
  var weightSlots: [ParameterSlot] {
    [stem.weights, reduction.weights] + blocks.flatMap { [$0.depthwise.weights, $0.pointwise.weights] } + [
      projection.weights
    ]
  }

  /// Replaces every convolution's weights by their values on the 8-bit grid.
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
