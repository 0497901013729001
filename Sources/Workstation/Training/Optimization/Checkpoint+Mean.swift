extension Checkpoint {
  /// The weighted mean of the values and statistics of networks that were trained from one another.
  ///
  /// The mean is more accurate on unfamiliar speech than the last network. It cannot be resumed: its moments are 0, and
  /// its name differs. Word times are those of the first checkpoint. It has no quantization ranges, because those of its own
  /// activations differ from the mean: the exporter measures them.
  /// - Parameters:
  ///   - checkpoints: at least one, with paths for error messages.
  ///   - shares: one positive weight per checkpoint, relative to their sum.
  /// - Throws: ``CheckpointError/otherRun(path:found:wanted:)`` if the shapes of the networks differ.
  /// - Reference: Wortsman et al. 2022, *Model soups*, arXiv:2203.05482.
  public static func mean(
    of checkpoints: [(path: String, checkpoint: Checkpoint)], shares: [Float]
  ) throws(CheckpointError) -> Checkpoint {
    precondition(!checkpoints.isEmpty && checkpoints.count == shares.count && shares.allSatisfy { $0 > 0 })
    var mean = checkpoints[0].checkpoint
    for (path, other) in checkpoints {
      guard other.header.network == mean.header.network, other.header.tensors == mean.header.tensors,
        other.values.count == mean.values.count,
        other.statisticsWithoutRanges.count == mean.statisticsWithoutRanges.count
      else { throw .otherRun(path: path, found: other.header.run, wanted: mean.header.run) }
    }
    let total = shares.reduce(0, +)
    func mix(_ vector: (Checkpoint) -> [Float]) -> [Float] {
      var sum = [Double](repeating: 0, count: vector(mean).count)
      for (item, share) in zip(checkpoints, shares) {
        let values = vector(item.checkpoint)
        for index in sum.indices { sum[index] += Double(share / total) * Double(values[index]) }
      }
      return sum.map { Float($0) }
    }
    mean.values = mix(\.values)
    mean.statistics = mix(\.statisticsWithoutRanges)
    mean.header.statisticCount = mean.statistics.count
    mean.header.rangeCount = 0
    mean.firstMoment = [Float](repeating: 0, count: mean.values.count)
    mean.secondMoment = mean.firstMoment
    mean.header.run = "mean of \(checkpoints.count): \(mean.header.run)"
    mean.header.secondsTrained = checkpoints.map(\.checkpoint.header.secondsTrained).max()!
    return mean
  }

  /// The quantization ranges come last.
  private var statisticsWithoutRanges: [Float] { Array(statistics.dropLast(header.rangeCount ?? 0)) }
}
