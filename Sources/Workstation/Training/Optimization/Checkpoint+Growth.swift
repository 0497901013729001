extension Checkpoint {
  /// The network in a larger shape, in which it computes the same.
  ///
  /// Every tap keeps the frame that it covers. Newly covered frames start with weights of 0. If a kernel looks further
  /// ahead without becoming longer, its oldest frames are dropped. Additional blocks follow the others and start as
  /// the identity: the last normalization of each has a scale of 0.
  ///
  /// The result has no parameters of the losses, no moments and no quantization ranges.
  /// - Returns: nil if `shape` has fewer blocks, a shorter kernel or other channels, or if the checkpoint does not
  ///   contain a whole network with the streaming encoder.
  func grown(to shape: EncoderConfiguration) -> Checkpoint? {
    guard let network = header.network, header.tensors != nil, network.architecture == .streaming,
      network.streaming.canGrow(to: shape), let small = try? SpottingNetwork(restoring: self)
    else { return nil }
    var configuration = network
    configuration.streaming = shape
    let bank = ParameterBank(seed: 0)
    let large = SpottingNetwork(configuration, bank: bank)
    bank.seal()
    for slot in bank.slots {
      guard let source = small.bank.find(slot.name), source.count == slot.count else { continue }
      bank.value(slot).update(from: small.bank.value(source), count: slot.count)
    }
    // The statistics of the additional blocks come last.
    let common = small.bank.statisticCount(before: "quantization.")
    bank.statistics.update(from: small.bank.statistics, count: common)
    for (old, new) in zip(small.encoder.blocks, large.encoder.blocks) { new.depthwise.adoptTaps(of: old.depthwise) }
    for block in large.encoder.blocks.dropFirst(small.encoder.blocks.count) { block.becomeIdentity() }
    let zeros = [Float](repeating: 0, count: bank.valueCount)
    var header = header
    header.valueCount = bank.valueCount
    header.statisticCount = bank.statisticCount
    header.network = configuration
    header.tensors = bank.slots.map { .init(name: $0.name, count: $0.count) }
    header.rangeCount = 0
    return Checkpoint(
      header: header, values: Array(UnsafeBufferPointer(start: bank.values, count: bank.valueCount)),
      statistics: Array(UnsafeBufferPointer(start: bank.statistics, count: bank.statisticCount)), firstMoment: zeros,
      secondMoment: zeros)
  }
}

extension EncoderConfiguration {
  /// Whether `larger` differs only in longer kernels, other right contexts and additional blocks at the end.
  func canGrow(to larger: EncoderConfiguration) -> Bool {
    guard larger.blockKernels.count >= blockKernels.count,
      zip(blockKernels, larger.blockKernels).allSatisfy({ $0 <= $1 })
    else { return false }
    var common = larger
    common.blockKernels = blockKernels
    common.blockRightContexts = blockRightContexts
    return common == self
  }
}
