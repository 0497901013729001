import Foundation
import Testing
import Training

@Suite struct CheckpointTests {
  private static let texts = ["ALPHA BRAVO", "CHARLIE DELTA"] + [String](repeating: "ECHO FOXTROT", count: 20)

  private static func trainer(_ change: (inout TrainingRecipe) -> Void = { _ in }) throws -> Trainer {
    var run = try TinyRun(texts)
    change(&run.recipe)
    return try run.trainer()
  }

  /// Values of the tensors that are not only for the losses, by name.
  private static func values(_ bank: ParameterBank, trainingOnly: Bool = false) -> [String: [Float]] {
    let slots = bank.slots.filter { SpottingNetwork.isTrainingOnly($0.name) == trainingOnly }
    return Dictionary(
      uniqueKeysWithValues: slots.map { slot in (slot.name, (0..<slot.count).map { bank.value(slot)[$0] }) })
  }

  private static func statistics(_ bank: ParameterBank) -> [Float] {
    (0..<bank.statisticCount).map { bank.statistics[$0] }
  }

  /// A checkpoint whose values, statistics and moments all differ from those of a new run.
  private static func trained(_ change: (inout TrainingRecipe) -> Void = { _ in }) throws -> Checkpoint {
    var checkpoint = try trainer(change).checkpoint()
    for index in checkpoint.values.indices {
      checkpoint.values[index] += 1 + Float(index) / 1024
      checkpoint.firstMoment[index] = Float(index)
      checkpoint.secondMoment[index] = 2 * Float(index)
    }
    for index in checkpoint.statistics.indices { checkpoint.statistics[index] = 3 + Float(index) }
    checkpoint.header.step = 5
    checkpoint.header.optimizerSteps = 4
    checkpoint.header.secondsTrained = 70
    return checkpoint
  }

  @Test("A written checkpoint reads back unchanged") func file() throws {
    let folder = try CorpusFolder()
    var checkpoint = try Self.trained()
    checkpoint.header.wordTimes = [0: [0, 0.5, 0.5, 1]]
    checkpoint.header.variants = [0: [1, 0]]
    try checkpoint.write(to: folder.path + "/run.checkpoint")
    let found = try Checkpoint(path: folder.path + "/run.checkpoint")
    #expect(found.values == checkpoint.values && found.statistics == checkpoint.statistics)
    #expect(found.firstMoment == checkpoint.firstMoment && found.secondMoment == checkpoint.secondMoment)
    #expect(found.header.wordTimes == checkpoint.header.wordTimes)
    #expect(found.header.variants == checkpoint.header.variants)
    #expect(found.header.tensors == checkpoint.header.tensors && found.header.network == checkpoint.header.network)
    #expect(found.header.step == 5 && found.header.optimizerSteps == 4 && found.header.secondsTrained == 70)
  }

  @Test("The mean of checkpoints weights values and statistics by shares and gives a usable network")
  func mean() throws {
    let first = try Self.trained()
    var second = first
    for index in second.values.indices { second.values[index] = Float(index) - 7 }
    for index in second.statistics.indices { second.statistics[index] = 5 }
    second.header.secondsTrained = 90
    let mean = try Checkpoint.mean(of: [("a", first), ("b", second)], shares: [1, 3])
    for index in mean.values.indices {
      let expected = 0.25 * first.values[index] + 0.75 * (Float(index) - 7)
      #expect(abs(mean.values[index] - expected) <= 1e-6 * max(1, abs(expected)))
    }
    for index in mean.statistics.indices {
      #expect(abs(mean.statistics[index] - (0.25 * first.statistics[index] + 3.75)) < 1e-4)
    }
    #expect(mean.firstMoment.allSatisfy { $0 == 0 } && mean.secondMoment.allSatisfy { $0 == 0 })
    #expect(mean.header.secondsTrained == 90 && mean.header.run != first.header.run)
    #expect(try Checkpoint.mean(of: [("a", first), ("a", first)], shares: [1, 1]).values == first.values)
    let other = try Self.trained { $0.network.streaming.channels = 8 }
    let error = #expect(throws: CheckpointError.self) {
      try Checkpoint.mean(of: [("a", first), ("b.checkpoint", other)], shares: [1, 1])
    }
    #expect(error?.description.contains("b.checkpoint") == true)
  }

  @Test(
    "A file that is truncated, extended, corrupted or inconsistent is reported as damaged",
    arguments: ["cut", "longer", "huge", "bits", "before the start", "not a number"])
  func damaged(fault: String) throws {
    let folder = try CorpusFolder()
    var checkpoint = try Self.trained()
    switch fault {
    case "huge": checkpoint.header.valueCount = .max / 4
    case "before the start": checkpoint.header.step = -5
    case "not a number": checkpoint.values[3] = .nan
    default: break
    }
    let path = folder.path + "/run.checkpoint"
    try checkpoint.write(to: path)
    let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    let damaged: [Data] =
      switch fault {
      case "cut": [0, 5, 11, 12, 100, bytes.count - 1].map { bytes.prefix($0) }
      case "longer": [bytes + [0]]
      case "bits":
        [bytes.count / 2, bytes.count - 4, bytes.count - 9].map { index in
          var changed = bytes
          changed[index] ^= 0x40
          return changed
        }
      default: [bytes]
      }
    for data in damaged {
      try folder.write(data, to: "damaged.checkpoint")
      #expect {
        _ = try Checkpoint(path: folder.path + "/damaged.checkpoint")
      } throws: {
        if case CheckpointError.damaged = $0 { true } else { false }
      }
    }
  }

  @Test("A run resumes from its own checkpoint") func resume() throws {
    let checkpoint = try Self.trained()
    let trainer = try Self.trainer()
    try trainer.restore(checkpoint, path: "run")
    let found = trainer.checkpoint()
    #expect(found.values == checkpoint.values && found.statistics == checkpoint.statistics)
    #expect(found.firstMoment == checkpoint.firstMoment && found.secondMoment == checkpoint.secondMoment)
    #expect(trainer.stepCount == 5 && trainer.secondsTrained == 70 && found.header.optimizerSteps == 4)
  }

  @Test("Batches built one step ahead equal those built within the step") func madeAhead() throws {
    func run() throws -> TinyRun {
      var run = try TinyRun(Self.texts)
      run.recipe.usesGivenAlignments = true
      run.recipe.shards = 2
      run.recipe.shardSeconds = 0.5
      run.recipe.epochs = 1
      run.recipe.augmentedShare = 1
      return run
    }
    let whole = try run().trainer()
    try whole.run { _ in true }
    #expect(whole.stepCount >= 2)
    // A new trainer for each step, without a batch built ahead.
    var checkpoint = try run().trainer().checkpoint()
    while checkpoint.header.step < whole.stepCount {
      let trainer = try run().trainer()
      try trainer.restore(checkpoint, path: "run")
      try trainer.run { _ in false }
      checkpoint = trainer.checkpoint()
    }
    #expect(checkpoint.values == whole.checkpoint().values && checkpoint.statistics == whole.checkpoint().statistics)
  }

  @Test("A block with more look-ahead keeps its output, with weights of 0 for the new frames") func otherContexts()
    throws
  {
    func trainer(_ contexts: [Int]) throws -> Trainer {
      try Self.trainer {
        $0.network.streaming.blockKernels = [3, 5]
        $0.network.streaming.blockRightContexts = contexts
      }
    }
    let first = try trainer([1, 0])
    let second = try trainer([1, 2])
    try second.start(from: first.checkpoint(), path: "first")
    let (before, after) = (Self.values(first.bank), Self.values(second.bank))
    let name = "encoder.block1.depthwise"
    #expect(Array(after[name]!.prefix(12)) == Array(before[name]!.suffix(12)))
    #expect(after[name]!.suffix(8).allSatisfy { $0 == 0 })
    for (other, values) in after where other != name { #expect(values == before[other], "\(other)") }
  }

  private static func encoded(_ trainer: Trainer) -> [Float] {
    var draws = Draws(seed: 1431)
    let features = draws.matrix(rows: 61, columns: 40)
    let output = Matrix()
    trainer.network.encoder.forward(features, SequenceBounds(lengths: [40, 21]), into: output, training: false)
    return output.values
  }

  @Test("A network with longer kernels, more look-ahead and more blocks starts with the same output and learns")
  func larger() throws {
    func trainer(_ kernels: [Int], _ contexts: [Int]) throws -> Trainer {
      // Long enough for every tap to cover a frame.
      var run = try TinyRun(Self.texts, seconds: 0.8)
      run.recipe.network.streaming.blockKernels = kernels
      run.recipe.network.streaming.blockRightContexts = contexts
      return try run.trainer()
    }
    let first = try trainer([3, 5], [1, 0])
    var draws = Draws(seed: 1432)
    first.bank.disturb(&draws, by: 0.3)
    for index in 0..<first.bank.statisticCount { first.bank.statistics[index] += Float(index % 7) / 8 }
    let second = try trainer([5, 9, 3], [2, 4, 1])
    try second.start(from: first.checkpoint(), path: "first")
    let (before, after) = (Self.encoded(first), Self.encoded(second))
    #expect(before.count == after.count && before.contains { abs($0) > 0.1 })
    #expect(zip(before, after).allSatisfy { abs($0 - $1) < 1e-4 })
    let initial = Self.values(second.bank)
    try second.run { $0.step < 2 }
    let trained = Self.values(second.bank)
    #expect(trained["encoder.block2.pointwiseNorm.scale"] != initial["encoder.block2.pointwiseNorm.scale"])
    #expect(initial["encoder.block1.depthwise"]!.suffix(4).allSatisfy { $0 == 0 })
    #expect(trained["encoder.block1.depthwise"]!.suffix(4).contains { $0 != 0 })
    for (kernels, contexts) in [([3, 3], [1, 0]), ([3], [1])] {
      let smaller = try trainer(kernels, contexts)
      #expect(throws: CheckpointError.self) { try smaller.start(from: first.checkpoint(), path: "first") }
    }
  }

  @Test("A run with other objectives starts from a checkpoint with new loss parameters") func otherObjectives()
    throws
  {
    let checkpoint = try Self.trained { $0.objectives.keyword = .sphereFace2 }
    let other = try Self.trainer { $0.objectives.utterance = .relationalProxy }
    let untouched = Self.values(other.bank, trainingOnly: true)
    #expect(other.bank.valueCount != checkpoint.values.count)
    try other.start(from: checkpoint, path: "run")
    let network = try SpottingNetwork(restoring: checkpoint)
    let found = Self.values(other.bank)
    #expect(!found.isEmpty && found == Self.values(network.bank))
    // In the order of the tensors' names in the checkpoint.
    var offset = 0
    for tensor in checkpoint.header.tensors! {
      if let values = found[tensor.name] {
        #expect(values == Array(checkpoint.values[offset..<offset + tensor.count]), "\(tensor.name)")
      }
      offset += tensor.count
    }
    #expect(Self.statistics(other.bank) == checkpoint.statistics)
    #expect(Self.values(other.bank, trainingOnly: true) == untouched)
    #expect(untouched.keys.contains { $0.contains("utteranceMetric") })
    #expect(other.checkpoint().firstMoment.allSatisfy { $0 == 0 } && other.stepCount == 0)
  }

  @Test("Tensors are matched by name in any order") func order() throws {
    let checkpoint = try Self.trained()
    var turned = checkpoint
    var parts: [[Float]] = []
    var offset = 0
    for tensor in checkpoint.header.tensors! {
      parts.append(Array(checkpoint.values[offset..<offset + tensor.count]))
      offset += tensor.count
    }
    turned.header.tensors!.reverse()
    turned.values = parts.reversed().flatMap { $0 }
    #expect(
      Self.values(try SpottingNetwork(restoring: turned).bank)
        == Self.values(try SpottingNetwork(restoring: checkpoint).bank))
  }

  @Test("A checkpoint without names restores only if all counts agree") func withoutNames() throws {
    var checkpoint = try Self.trained()
    checkpoint.header.tensors = nil
    let network = try SpottingNetwork(restoring: checkpoint)
    #expect((0..<network.bank.valueCount).map { network.bank.values[$0] } == checkpoint.values)
    let trainer = try Self.trainer()
    try trainer.start(from: checkpoint, path: "old")
    #expect(Self.values(trainer.bank) == Self.values(network.bank))
    var other = try Self.trained { $0.objectives.keyword = .sphereFace2 }
    other.header.tensors = nil
    #expect(throws: CheckpointError.self) { _ = try SpottingNetwork(restoring: other) }
  }

  @Test(
    "A checkpoint of another size is rejected and changes nothing",
    arguments: ["encoder", "missing", "size", "sum", "negative", "statistics"])
  func refused(fault: String) throws {
    var checkpoint = try Self.trained { if fault == "encoder" { $0.network.streaming.channels = 6 } }
    let last = checkpoint.header.tensors!.indices.last!
    switch fault {
    case "missing": checkpoint.header.tensors![0].name = "other"
    case "size":
      checkpoint.header.tensors![0].count -= 1
      checkpoint.header.tensors![last].count += 1
    case "sum": checkpoint.values.removeLast()
    case "negative":
      // Only tensors of the losses, so that the others keep their sizes but are read from wrong positions.
      let unwanted = checkpoint.header.tensors!.indices.filter {
        SpottingNetwork.isTrainingOnly(checkpoint.header.tensors![$0].name)
      }
      checkpoint.header.tensors![unwanted[0]].count -= 1_000
      checkpoint.header.tensors![unwanted[1]].count += 1_000
    case "statistics": checkpoint.statistics.append(0)
    default: break
    }
    let trainer = try Self.trainer()
    let before = trainer.checkpoint()
    #expect(throws: CheckpointError.self) { try trainer.start(from: checkpoint, path: "other") }
    #expect(trainer.checkpoint().values == before.values)
    #expect(trainer.checkpoint().statistics == before.statistics)
    #expect(trainer.secondsTrained == 0)
    if fault != "encoder" {
      #expect(throws: CheckpointError.self) { _ = try SpottingNetwork(restoring: checkpoint) }
    }
  }
}
