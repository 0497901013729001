extension Checkpoint {
  /// The weighted mean of networks that trained on from one another: their values and statistics.
  ///
  /// The mean does better on unfamiliar speech than the last of them. It cannot be resumed: its moments are 0, and its name is its
  /// own. Word times are those of the first.
  /// - Parameters:
  ///   - checkpoints: at least one, with the paths that errors name.
  ///   - shares: one a checkpoint, above 0; they count in proportion to their sum.
  /// - Throws: ``CheckpointError/otherRun(path:found:wanted:)`` where the networks are not of one shape.
  /// - Reference: Wortsman et al. 2022, *Model soups*, arXiv:2203.05482.
  public static func mean(
    of checkpoints: [(path: String, checkpoint: Checkpoint)], shares: [Float]
  ) throws(CheckpointError) -> Checkpoint {
    precondition(!checkpoints.isEmpty && checkpoints.count == shares.count && shares.allSatisfy { $0 > 0 })
    var mean = checkpoints[0].checkpoint
    for (path, other) in checkpoints {
      guard other.header.network == mean.header.network, other.header.tensors == mean.header.tensors,
        other.values.count == mean.values.count, other.statistics.count == mean.statistics.count,
        other.header.rangeCount == mean.header.rangeCount
      else { throw .otherRun(path: path, found: other.header.run, wanted: mean.header.run) }
    }
    let total = shares.reduce(0, +)
    func mix(_ vector: KeyPath<Checkpoint, [Float]>) -> [Float] {
      var sum = [Double](repeating: 0, count: mean[keyPath: vector].count)
      for (item, share) in zip(checkpoints, shares) {
        let values = item.checkpoint[keyPath: vector]
        for index in sum.indices { sum[index] += Double(share / total) * Double(values[index]) }
      }
      return sum.map { Float($0) }
    }
    mean.values = mix(\.values)
    mean.statistics = mix(\.statistics)
    mean.firstMoment = [Float](repeating: 0, count: mean.values.count)
    mean.secondMoment = mean.firstMoment
    mean.header.run = "mean of \(checkpoints.count): \(mean.header.run)"
    mean.header.secondsTrained = checkpoints.map(\.checkpoint.header.secondsTrained).max()!
    return mean
  }
}
