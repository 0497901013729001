import Foundation

/// What each rank sends to the others after its part of a step, in addition to gradients and statistics.
struct StepNews: Codable {
  /// The bytes of a ``StepReport``: the mean of the reports of its own shards, times their share of all shards.
  var report: [UInt8]
  var audioSeconds: Double
  /// Word times and pronunciations of the utterances that this step aligned.
  var wordTimes: [Int: [Float]]
  var variants: [Int: [Int]]
}

/// Combines the ranks' parts of a step. With one rank it copies, sends and adds nothing.
struct StepExchange {
  let communicator: any Communicator

  private var isAlone: Bool { communicator.rankCount == 1 }

  /// Sums the gradients of all ranks, each already divided by the total number of shards.
  func joinGradients(of bank: ParameterBank) {
    guard !isAlone else { return }
    communicator.sum(bank.gradients, count: bank.valueCount)
  }

  /// Averages the batch statistics of all shards of all ranks.
  /// - Returns: the banks whose batch statistics cover all shards: those of the workers, or the first one with the
  ///   mean.
  func joinStatistics(of banks: [ParameterBank]) -> [ParameterBank] {
    guard !isAlone else { return banks }
    let mean = banks[0].batchStatistics
    let count = banks[0].statisticCount
    for bank in banks.dropFirst() { VectorLoops.accumulate(1, bank.batchStatistics, into: mean, count) }
    communicator.sum(mean, count: count)
    let share = 1 / Float(banks.count * communicator.rankCount)
    for index in 0..<count { mean[index] *= share }
    return [banks[0]]
  }

  /// Adds up the reports and exchanges the alignments. `items` are this rank's utterances of the set.
  func join(
    _ report: StepReport, audioSeconds: Double, items: [Int], of set: TrainingSet, table: inout AlignmentTable
  ) -> (StepReport, Double) {
    guard !isAlone else { return (report, audioSeconds) }
    precondition(_isPOD(StepReport.self), "a report is sent as its bytes and must hold plain numbers only")
    var news = StepNews(
      report: withUnsafeBytes(of: report) { Array($0) }, audioSeconds: audioSeconds, wordTimes: [:], variants: [:])
    for item in items {
      news.wordTimes[item] = table.wordTimes[item]
      news.variants[item] = table.variants[item]
    }
    guard let encoded = try? JSONEncoder().encode(news) else { preconditionFailure("times are finite") }
    var total = StepReport()
    var seconds = 0.0
    for bytes in communicator.gather(Array(encoded)) {
      guard let other = try? JSONDecoder().decode(StepNews.self, from: Data(bytes)),
        other.report.count == MemoryLayout<StepReport>.size
      else { preconditionFailure("the ranks run different programs") }
      var part = StepReport()
      withUnsafeMutableBytes(of: &part) { $0.copyBytes(from: other.report) }
      total.add(part, share: 1)
      seconds += other.audioSeconds
      table.restore(wordTimes: other.wordTimes, variants: other.variants, items: set.items)
    }
    return (total, seconds)
  }
}

extension Trainer {
  /// Copies the state of rank 0 to every rank. Only rank 0 needs to have read a checkpoint.
  ///
  /// - Throws: ``CheckpointError/otherRun(path:found:wanted:)`` if a rank was started with another recipe or corpus.
  public func shareStateOfFirstRank() throws(CheckpointError) {
    guard communicator.rankCount > 1 else { return }
    let isFirst = communicator.rank == 0
    var state = checkpoint()
    guard let header = try? JSONEncoder().encode(state.header) else { preconditionFailure("headers are encodable") }
    let received = communicator.gather(isFirst ? Array(header) : [])[0]
    guard let first = try? JSONDecoder().decode(Checkpoint.Header.self, from: Data(received)) else {
      throw .damaged(path: "rank 0")
    }
    guard first.run == runName else { throw .otherRun(path: "rank 0", found: first.run, wanted: runName) }
    state.header = first
    // A sum in which all other ranks contribute zeros changes nothing except the sign of a zero.
    func share(_ vector: inout [Float]) {
      if !isFirst { vector = [Float](repeating: 0, count: vector.count) }
      let count = vector.count
      vector.withUnsafeMutableBufferPointer { communicator.sum($0.baseAddress!, count: count) }
    }
    share(&state.values)
    share(&state.statistics)
    share(&state.firstMoment)
    share(&state.secondMoment)
    try restore(state, path: "rank 0")
  }
}
