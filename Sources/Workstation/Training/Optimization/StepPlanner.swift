import SeededRandom

/// Assigns utterances to the shards of each step. The assignment is a pure function of the seed, so a run can resume
/// anywhere.
///
/// In every epoch the utterances are shuffled, cut into pools of similar length, and filled into shards of at most
/// `shardSeconds`. The shards are then shuffled to mix lengths over the epoch.
public struct StepPlanner: Sendable {
  let durations: [Double]
  let shardSeconds: Double
  let shardsPerStep: Int
  let seed: UInt64

  /// - Parameters:
  ///   - durations: seconds of each utterance.
  ///   - shardSeconds: the most audio in a shard.
  ///   - shardsPerStep: shards of a step.
  ///   - seed: determines every shuffle.
  public init(durations: [Double], shardSeconds: Double, shardsPerStep: Int, seed: UInt64) {
    self.durations = durations
    self.shardSeconds = shardSeconds
    self.shardsPerStep = shardsPerStep
    self.seed = seed
  }

  /// The steps of an epoch, each with `shardsPerStep` lists of indices. An incomplete last step is dropped.
  public func steps(ofEpoch epoch: Int) -> [[[Int]]] {
    var generator = SplitMix64.derived(seed, 1, UInt64(epoch))
    var order = Array(durations.indices)
    order.shuffle(using: &generator)
    var shards: [[Int]] = []
    let pool = 512
    for start in stride(from: 0, to: order.count, by: pool) {
      let members = order[start..<min(start + pool, order.count)].sorted {
        (durations[$0], $0) < (durations[$1], $1)
      }
      var shard: [Int] = []
      var seconds = 0.0
      for index in members {
        if !shard.isEmpty && seconds + durations[index] > shardSeconds {
          shards.append(shard)
          shard = []
          seconds = 0
        }
        shard.append(index)
        seconds += durations[index]
      }
      if !shard.isEmpty { shards.append(shard) }
    }
    shards.shuffle(using: &generator)
    return stride(from: 0, through: shards.count - shardsPerStep, by: shardsPerStep).map {
      Array(shards[$0..<$0 + shardsPerStep])
    }
  }
}
