import Foundation
import Synchronization
import Testing
import TinyTrainingRun
import Training

/// Ranks as threads of one process.
private final class ThreadRanks: @unchecked Sendable {
  private let condition = NSCondition()
  private let count: Int
  private var parts: [[UInt8]]
  private var arrived = 0
  private var round = 0

  init(count: Int) {
    self.count = count
    parts = .init(repeating: [], count: count)
  }

  /// Waits for all ranks and returns the bytes of each.
  func exchange(_ bytes: [UInt8], rank: Int) -> [[UInt8]] {
    condition.lock()
    defer { condition.unlock() }
    let own = round
    parts[rank] = bytes
    arrived += 1
    if arrived == count {
      arrived = 0
      round += 1
      condition.broadcast()
    }
    while round == own { condition.wait() }
    let result = parts
    // No rank may overwrite its part before all have read.
    arrived += 1
    if arrived == count {
      arrived = 0
      round += 1
      condition.broadcast()
    }
    while round == own + 1 { condition.wait() }
    return result
  }
}

private final class ThreadCommunicator: Communicator {
  let rank: Int
  let rankCount: Int
  private let ranks: ThreadRanks

  init(_ ranks: ThreadRanks, rank: Int, of rankCount: Int) {
    self.ranks = ranks
    self.rank = rank
    self.rankCount = rankCount
  }

  func sum(_ values: UnsafeMutablePointer<Float>, count: Int) {
    let all = gather(Array(UnsafeRawBufferPointer(start: values, count: 4 * count)))
    for index in 0..<count {
      values[index] = all.reduce(0) { sum, bytes in
        sum + bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: 4 * index, as: Float.self) }
      }
    }
  }

  func gather(_ bytes: [UInt8]) -> [[UInt8]] { ranks.exchange(bytes, rank: rank) }

  func finish() {}
}

@Suite struct RanksTests {
  /// Trains on one thread per rank and returns the final states.
  private static func train(_ run: TinyTrainingRun, rankCount: Int) -> [Checkpoint] {
    let ranks = ThreadRanks(count: rankCount)
    nonisolated(unsafe) let run = run
    nonisolated(unsafe) let results = UnsafeMutablePointer<Checkpoint?>.allocate(capacity: rankCount)
    results.initialize(repeating: nil, count: rankCount)
    defer {
      results.deinitialize(count: rankCount)
      results.deallocate()
    }
    let group = DispatchGroup()
    for rank in 0..<rankCount {
      // Separate threads, because each waits for the others.
      group.enter()
      let thread = Thread {
        defer { group.leave() }
        guard let trainer = try? run.trainer(among: ThreadCommunicator(ranks, rank: rank, of: rankCount)) else {
          return
        }
        if rank > 0 { trainer.bank.values[0] += 1 }
        guard (try? trainer.shareStateOfFirstRank()) != nil, (try? trainer.run { _ in true }) != nil else { return }
        results[rank] = trainer.checkpoint()
      }
      thread.stackSize = 8 << 20
      thread.start()
    }
    group.wait()
    return (0..<rankCount).compactMap { results[$0] }
  }

  @Test(
    "Ranks that share the shards end with one rank's weights and alignments, bit for bit alike", arguments: [2, 3])
  func equality(rankCount: Int) throws {
    let seed: UInt64 = 2410
    var run = try TinyTrainingRun(seed: seed)
    run.recipe.epochs = 4
    run.recipe.shards = rankCount == 2 ? 4 : 3
    let alone = Self.train(run, rankCount: 1)[0]
    let states = Self.train(run, rankCount: rankCount)
    #expect(states.count == rankCount)
    #expect(alone.header.step > 2)
    #expect(!alone.header.wordTimes.isEmpty)
    for state in states {
      #expect(state.header.step == alone.header.step)
      #expect(state.values == states[0].values)
      #expect(state.statistics == states[0].statistics)
      #expect(state.header.wordTimes == states[0].header.wordTimes)
      #expect(state.header.secondsTrained == states[0].header.secondsTrained)
    }
    let pairs = zip(states[0].values + states[0].statistics, alone.values + alone.statistics)
    let difference = pairs.reduce(Float(0)) { max($0, abs($1.0 - $1.1)) }
    #expect(difference <= 1e-5, "seed \(seed)")
    #expect(Set(states[0].header.wordTimes.keys) == Set(alone.header.wordTimes.keys))
    #expect(abs(states[0].header.secondsTrained - alone.header.secondsTrained) < 1e-6)
  }

  @Test("Shards that ranks cannot divide evenly are rejected with both numbers")
  func indivisible() throws {
    var run = try TinyTrainingRun(seed: 2411)
    run.recipe.shards = 3
    let communicator = ThreadCommunicator(ThreadRanks(count: 2), rank: 0, of: 2)
    let error = #expect(throws: TrainingError.self) { try run.trainer(among: communicator) }
    #expect(error?.description.contains("2 ranks cannot divide the 3 shards") == true)
  }
}
