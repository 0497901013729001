import Dispatch
import Foundation
import ModelFormat
import SeededRandom

/// Why a run cannot start or continue.
public enum TrainingError: Error, CustomStringConvertible {
  /// There is nothing to train on.
  case noData(String)
  /// The recipe cannot be run on this corpus or machine.
  case unusableRecipe(String)
  /// The loss was not finite for 20 steps.
  case diverged(step: Int)
  /// The word times belong to another corpus or lexicon.
  case otherCorpus(path: String)
  /// The ranks cannot divide the shards of a step evenly.
  case indivisibleShards(shards: Int, ranks: Int)
  /// A launcher started several processes, but this build cannot exchange gradients.
  case cannotExchange

  /// The error and its remedy in one line.
  public var description: String {
    switch self {
    case .noData(let reason): "nothing to train on: \(reason); check the corpus that `cooee-train prepare` wrote"
    case .unusableRecipe(let reason): "cannot run the recipe: \(reason)"
    case .diverged(let step):
      "the loss was not finite for 20 steps up to step \(step); lower the learning rate, or resume from the checkpoint"
    case .otherCorpus(let path):
      "\(path): its word times belong to another corpus or lexicon; pass a checkpoint of a run over this corpus"
    case .indivisibleShards(let shards, let ranks):
      "\(ranks) ranks cannot divide the \(shards) shards of a step evenly; set shards to a multiple of \(ranks)"
    case .cannotExchange:
      "mpirun started several processes, but this build cannot exchange gradients; build with --traits MPI"
    }
  }
}

/// Runs a recipe: batches, gradients of all shards, one optimizer step, checkpoints.
///
/// The shards of a step run on as many threads. Their gradients are added in the order of the shards, so the result
/// depends only on the recipe and the seed. If several ranks train together, each processes its part of every step's
/// shards. Their sum equals that of one rank up to rounding, and every rank takes the same optimizer step.
public final class Trainer {
  /// The utterances of the run.
  public let set: TrainingSet
  /// The parameters of the run.
  public let recipe: TrainingRecipe
  /// The bank of the first shard's network.
  public let bank: ParameterBank
  /// The network of the first shard. Its bank has the running averages for evaluation.
  public var network: SpottingNetwork { networks[0] }
  /// The alignments found so far.
  public private(set) var table: AlignmentTable
  /// Steps taken so far.
  public private(set) var stepCount = 0
  /// Seconds of audio processed so far, including those before a resumption.
  public private(set) var secondsTrained = 0.0
  private let networks: [SpottingNetwork]
  private let banks: [ParameterBank]
  /// One builder per shard, for batches built within their step.
  private let builders: [BatchBuilder]
  /// One builder per shard, for batches built one step ahead, possibly at the same time.
  private let earlyBuilders: [BatchBuilder]
  private let optimizer: AdamW
  private let planner: StepPlanner
  /// Shards of the next step that were built during the current one, with the index of their step.
  private var prepared: (step: Int, shards: [PreparedShard]) = (-1, [])
  private var failures = 0
  /// The ranks that train together.
  public let communicator: any Communicator
  private let exchange: StepExchange
  /// Set if the recipe enables quantization.
  private let quantization: QuantizationAwareTraining?

  /// Builds the networks of all shards with initial weights drawn from the recipe's seed.
  ///
  /// - Throws: ``TrainingError``.
  public init(
    set: TrainingSet, recipe: TrainingRecipe, communicator: any Communicator = SingleProcess()
  ) throws(TrainingError) {
    if let fault = recipe.network.fault { throw .unusableRecipe("network: " + fault) }
    if let fault = recipe.augmentation.fault { throw .unusableRecipe("augmentation: " + fault) }
    let trainsQuantized = recipe.quantizationStart < 1
    guard !trainsQuantized || recipe.network.architecture == .streaming else {
      throw .unusableRecipe("quantizationStart below 1 needs the streaming architecture")
    }
    guard !set.items.isEmpty else {
      throw .noData("no utterance has a known pronunciation (skipped \(set.withoutPronunciation))")
    }
    guard recipe.shards > 0 else { throw .unusableRecipe("shards is \(recipe.shards); it must be at least 1") }
    guard recipe.shards % communicator.rankCount == 0 else {
      throw .indivisibleShards(shards: recipe.shards, ranks: communicator.rankCount)
    }
    MatrixProduct.useOneThreadPerCaller()
    self.communicator = communicator
    exchange = StepExchange(communicator: communicator)
    self.set = set
    self.recipe = recipe
    guard MatrixProduct.supports(recipe.matrixPrecision) else {
      throw .unusableRecipe(
        "matrixPrecision bfloat16 needs a processor with AVX512-BF16 and a program built with --traits BFloat16")
    }
    bank = ParameterBank(seed: recipe.seed)
    bank.precision = recipe.matrixPrecision
    let vocabulary = recipe.objectives.keyword == .none ? nil : KeywordVocabulary(set.items)
    let classCount = vocabulary?.words.count ?? 0
    guard recipe.objectives.keyword == .none || classCount > 1 else {
      throw .noData("the keyword loss needs two words that occur \(KeywordVocabulary.leastOccurrences) times")
    }
    func makeNetwork(_ bank: ParameterBank) -> SpottingNetwork {
      let network = SpottingNetwork(
        recipe.network, objectives: recipe.objectives, keywordClassCount: classCount, bank: bank)
      if trainsQuantized { network.encoder.prepareQuantization() }
      return network
    }
    var networks = [makeNetwork(bank)]
    bank.seal()
    var banks = [bank]
    for _ in 1..<max(recipe.shards / communicator.rankCount, 1) {
      let other = ParameterBank(sharing: bank)
      banks.append(other)
      networks.append(makeNetwork(other))
    }
    quantization = trainsQuantized ? QuantizationAwareTraining(bank: bank, encoders: networks.map(\.encoder)) : nil
    self.networks = networks
    self.banks = banks
    func makeBuilder() -> BatchBuilder { BatchBuilder(set: set, recipe: recipe, vocabulary: vocabulary) }
    builders = banks.map { _ in makeBuilder() }
    earlyBuilders = recipe.usesGivenAlignments ? banks.map { _ in makeBuilder() } : []
    let muon =
      recipe.matrixOptimizer == .muon ? Muon(slots: Muon.matrices(of: bank), rateFactor: recipe.matrixRateFactor) : nil
    optimizer = AdamW(valueCount: bank.valueCount, weightDecay: recipe.weightDecay, muon: muon)
    planner = StepPlanner(
      durations: set.items.map(\.utterance.duration), shardSeconds: recipe.shardSeconds, shardsPerStep: recipe.shards,
      seed: recipe.seed)
    table = AlignmentTable(items: set.items)
  }

  /// Identifies the network, corpus and recipe. A resumed checkpoint must have the same value.
  public var runName: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let text = (try? encoder.encode(recipe)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    let rooms = set.rooms.map { $0.fingerprint + " " } ?? ""
    let teacher = set.teacher.map { $0.fingerprint + " " } ?? ""
    return "\(recipe.network.name) \(set.items.count) utterances \(rooms)\(teacher)\(text)"
  }

  /// Resumes the run of a checkpoint.
  ///
  /// - Throws: ``CheckpointError/otherRun(path:found:wanted:)`` if network, corpus or recipe differ.
  public func restore(_ checkpoint: Checkpoint, path: String) throws(CheckpointError) {
    guard checkpoint.header.run == runName, checkpoint.values.count == bank.valueCount,
      checkpoint.statistics.count == bank.statisticCount, checkpoint.header.step <= totalSteps,
      holdsAlignments(checkpoint)
    else {
      throw .otherRun(path: path, found: checkpoint.header.run, wanted: runName)
    }
    for index in 0..<bank.valueCount { bank.values[index] = checkpoint.values[index] }
    for index in 0..<bank.statisticCount { bank.statistics[index] = checkpoint.statistics[index] }
    optimizer.firstMoment = checkpoint.firstMoment
    optimizer.secondMoment = checkpoint.secondMoment
    optimizer.stepCount = checkpoint.header.optimizerSteps
    stepCount = checkpoint.header.step
    secondsTrained = checkpoint.header.secondsTrained
    table.restore(wordTimes: checkpoint.header.wordTimes, variants: checkpoint.header.variants, items: set.items)
  }

  /// Starts from the values, statistics and alignments of another run. Steps, the optimizer, the parameters of the
  /// losses and the quantization ranges start over, so the losses may differ. The network may be larger: longer
  /// kernels, more look-ahead, more blocks at the end.
  /// - Parameter isWanted: selects the other tensors to restore, by name.
  /// - Throws: ``CheckpointError`` or ``TrainingError/otherCorpus(path:)``.
  public func start(
    from checkpoint: Checkpoint, path: String, where isWanted: (String) -> Bool = { _ in true }
  ) throws {
    guard holdsAlignments(checkpoint) else { throw TrainingError.otherCorpus(path: path) }
    let checkpoint = checkpoint.grown(to: recipe.network.streaming) ?? checkpoint
    guard bank.restore(checkpoint, where: { !SpottingNetwork.isTrainingOnly($0) && isWanted($0) }) else {
      throw CheckpointError.otherRun(path: path, found: checkpoint.header.run, wanted: runName)
    }
    bank.forgetRanges()
    secondsTrained = checkpoint.header.secondsTrained
    try takeAlignments(from: checkpoint, path: path)
  }

  /// Seconds of speech to which the normalizations of an imported network are anchored.
  private static let anchorSeconds = 600.0

  /// Starts from the encoders, the classifier, the attention and the pooling of a model file, which is all that it
  /// contains of a network. Everything else is as in a new run.
  ///
  /// The recipe's network may be larger than the model's: longer kernels, more look-ahead, more blocks at the end. The
  /// first utterances of the run, augmented as in training, give the normalizations their statistics.
  /// - Throws: ``ModelImportError`` or ``CheckpointError``.
  public func start(from model: AcousticModel, path: String) throws {
    let imported = try Checkpoint(of: model)
    let found = imported.header.network!
    var grown = found
    grown.streaming = recipe.network.streaming
    grown.ecapa = recipe.network.ecapa
    guard found.streaming.canGrow(to: grown.streaming), grown == recipe.network else {
      throw ModelImportError.otherShape(found: found.name, wanted: recipe.network.name)
    }
    try start(from: imported, path: path)
    var seconds = 0.0
    let utterances = planner.steps(ofEpoch: 0).joined().joined().prefix { index in
      seconds += set.items[index].utterance.duration
      return seconds <= Self.anchorSeconds
    }
    var generator = SplitMix64.derived(recipe.seed, 0, 0)
    let batch = builders[0].build(Array(utterances), table: table, using: &generator).batch
    guard batch.features.rows > 0 else { return }
    network.encoder.anchorNormalizations(to: batch.features, batch.streamBounds ?? batch.bounds)
  }

  /// Restores the word times of another run over the same corpus.
  ///
  /// - Throws: ``TrainingError/otherCorpus(path:)``.
  public func takeAlignments(from checkpoint: Checkpoint, path: String) throws(TrainingError) {
    guard holdsAlignments(checkpoint) else { throw .otherCorpus(path: path) }
    table.restore(wordTimes: checkpoint.header.wordTimes, variants: checkpoint.header.variants, items: set.items)
  }

  /// Whether the checkpoint's word times and pronunciations match the word counts of this run's utterances.
  private func holdsAlignments(_ checkpoint: Checkpoint) -> Bool {
    let (times, variants) = (checkpoint.header.wordTimes, checkpoint.header.variants)
    func wordCount(_ item: Int) -> Int? { set.items.indices.contains(item) ? set.items[item].words.count : nil }
    return times.allSatisfy { item, times in wordCount(item).map { times.count == 2 * $0 } ?? false }
      && times.keys.allSatisfy { variants[$0] != nil }
      && variants.allSatisfy { item, variants in variants.count == wordCount(item) }
  }

  /// The current state of the run.
  public func checkpoint() -> Checkpoint {
    let stored = table.stored
    return Checkpoint(
      header: .init(
        run: runName, step: stepCount, optimizerSteps: optimizer.stepCount, valueCount: bank.valueCount,
        statisticCount: bank.statisticCount, secondsTrained: secondsTrained, wordTimes: stored.wordTimes,
        variants: stored.variants, network: recipe.network,
        tensors: bank.slots.map { .init(name: $0.name, count: $0.count) },
        rangeCount: bank.statisticCount - bank.statisticCount(before: "quantization.")),
      values: Array(UnsafeBufferPointer(start: bank.values, count: bank.valueCount)),
      statistics: Array(UnsafeBufferPointer(start: bank.statistics, count: bank.statisticCount)),
      firstMoment: optimizer.firstMoment, secondMoment: optimizer.secondMoment)
  }

  /// Steps of the whole run.
  public lazy var totalSteps: Int = recipe.steps > 0 ? recipe.steps : stepsPerEpoch * recipe.epochs
  private lazy var stepsPerEpoch = planner.steps(ofEpoch: 0).count

  /// The result of one step.
  public struct StepSummary {
    /// Steps taken so far, including this one.
    public var step: Int
    /// The epoch of the step.
    public var epoch: Int
    /// The learning rate of the step.
    public var learningRate: Float
    /// Global norm of the gradient before limiting.
    public var gradientNorm: Float
    /// Mean of the reports of all shards.
    public var report: StepReport
    /// Seconds of audio in all shards.
    public var audioSeconds: Double
    /// Wall-clock seconds of the step.
    public var wallSeconds: Double
    /// Time per phase, summed over all shards.
    public var phases: StepPhases
    /// Seconds of the optimizer.
    public var optimizerSeconds: Double
    /// Shards of the step on this rank.
    public var shardCount: Int
  }

  /// Runs until the last step, or until `goOn` returns false on any rank. Calls it after every step.
  ///
  /// - Throws: ``TrainingError``, and any error of `goOn`.
  public func run(_ goOn: (StepSummary) throws -> Bool) throws {
    guard stepsPerEpoch > 0 else {
      throw TrainingError.noData("the corpus does not fill the \(recipe.shards) shards of one step")
    }
    let schedule = CosineSchedule(
      peak: recipe.peakLearningRate, warmUpSteps: recipe.warmUpSteps, totalSteps: totalSteps)
    var plan: [[[Int]]] = []
    var planned = -1
    while stepCount < totalSteps {
      let epoch = stepCount / stepsPerEpoch
      if planned != epoch {
        plan = planner.steps(ofEpoch: epoch)
        planned = epoch
      }
      let position = stepCount % stepsPerEpoch
      guard position < plan.count else {
        stepCount += 1
        continue
      }
      let started = DispatchTime.now().uptimeNanoseconds
      let next = position + 1 < plan.count && stepCount + 1 < totalSteps ? plan[position + 1] : nil
      let (report, audioSeconds, phases) = step(plan[position], next: next)
      let stepped = DispatchTime.now().uptimeNanoseconds
      let rate = schedule.rate(at: stepCount)
      let norm = optimizer.step(bank, learningRate: rate)
      failures = norm.isFinite ? 0 : failures + 1
      if norm.isFinite {
        let workers = exchange.joinStatistics(of: banks)
        quantization?.adoptFirstRanges(from: workers)
        BatchNormalization.updateRunningStatistics(of: bank, from: workers)
      } else if failures >= 20 {
        throw TrainingError.diverged(step: stepCount)
      }
      stepCount += 1
      secondsTrained += audioSeconds
      let ended = DispatchTime.now().uptimeNanoseconds
      let summary = StepSummary(
        step: stepCount, epoch: epoch, learningRate: rate, gradientNorm: norm, report: report,
        audioSeconds: audioSeconds, wallSeconds: Double(ended - started) * 1e-9, phases: phases,
        optimizerSeconds: Double(ended - stepped) * 1e-9, shardCount: networks.count)
      guard communicator.agree(try goOn(summary)) else { return }
    }
  }

  /// Builds the batch of one shard of a step. The shard's generator continues from the state that the batch left.
  private func prepare(_ shard: Int, of shards: [[Int]], step: Int, by builder: BatchBuilder) -> PreparedShard {
    let place = communicator.rank * networks.count + shard
    var generator = SplitMix64.derived(recipe.seed, 2 + UInt64(place), UInt64(step))
    var phases = StepPhases()
    let (batch, placements) = phases.time(\.batch) {
      builder.build(shards[place], table: table, progress: Double(step) / Double(totalSteps), using: &generator)
    }
    return PreparedShard(batch: batch, placements: placements, generator: generator, phases: phases)
  }

  /// Computes the gradients of one step, summed over all ranks into the first bank and divided by the number of shards.
  ///
  /// - Parameter next: the shards of the following step, whose batches idle threads build. Nil if this step's
  ///   alignments decide how they are cut.
  private func step(_ shards: [[Int]], next: [[Int]]?) -> (StepReport, Double, StepPhases) {
    let progress = Double(stepCount) / Double(max(totalSteps, 1))
    let metricLearning = progress >= recipe.metricLearningStart
    var weights = recipe.weights
    if recipe.adversaryRamp > 0 {
      let share = min(max((progress - recipe.metricLearningStart) / recipe.adversaryRamp, 0), 1)
      let ramp = Float(2 / (1 + exp(-10 * share)) - 1)
      weights.reversalPhoneme *= ramp
      weights.reversalUtterance *= ramp
    }
    let isQuantized = progress >= recipe.quantizationStart
    if isQuantized { quantization?.beginStep() }
    let results = ShardResults<ShardResult>(count: networks.count)
    let following = ShardResults<PreparedShard>(count: networks.count)
    let count = networks.count
    let upcoming = recipe.usesGivenAlignments ? next : nil
    nonisolated(unsafe) let trainer = self
    nonisolated(unsafe) let ready = prepared.step == stepCount ? prepared.shards : nil
    let chosen = weights
    DispatchQueue.concurrentPerform(iterations: upcoming == nil ? count : 2 * count) { work in
      if let upcoming, work >= count {
        let shard = work - count
        following.set(
          shard,
          trainer.prepare(shard, of: upcoming, step: trainer.stepCount + 1, by: trainer.earlyBuilders[shard]))
        return
      }
      let shard = work
      var made =
        ready?[shard]
        ?? trainer.prepare(shard, of: shards, step: trainer.stepCount, by: trainer.builders[shard])
      trainer.banks[shard].zeroGradients()
      let report = trainer.networks[shard].step(
        made.batch, weights: chosen, metricLearning: metricLearning, using: &made.generator)
      made.phases += trainer.networks[shard].phases
      results.set(
        shard,
        .init(
          report: report, placements: made.placements, audioSeconds: Double(made.batch.features.rows) / 100,
          phases: made.phases))
    }
    prepared = upcoming == nil ? (-1, []) : (stepCount + 1, (0..<count).map { following[$0] })
    if isQuantized { quantization?.endStep() }
    var total = StepReport()
    var seconds = 0.0
    var phases = StepPhases()
    let share = 1 / Float(shards.count)
    for shard in networks.indices {
      let result = results[shard]
      total.add(result.report, share: share)
      seconds += result.audioSeconds
      phases += result.phases
      if metricLearning, !recipe.usesGivenAlignments {
        for (utterance, placement) in result.placements.enumerated() {
          if let alignment = networks[shard].alignments[utterance] {
            table.learn(alignment, placement, wordCount: set.items[placement.item].words.count)
          }
        }
      }
      if shard > 0 { VectorLoops.accumulate(1, banks[shard].gradients, into: bank.gradients, bank.valueCount) }
    }
    for value in 0..<bank.valueCount { bank.gradients[value] *= share }
    exchange.joinGradients(of: bank)
    let items = networks.indices.flatMap { results[$0].placements.map(\.item) }
    let joined = exchange.join(total, audioSeconds: seconds, items: items, of: set, table: &table)
    return (joined.0, joined.1, phases)
  }
}

/// The result of one shard of a step.
private struct ShardResult {
  var report: StepReport
  var placements: [Placement]
  var audioSeconds: Double
  var phases: StepPhases
}

/// The batch of one shard, ready for its step.
private struct PreparedShard {
  var batch: TrainingBatch
  var placements: [Placement]
  var generator: SplitMix64
  /// Time spent on building the batch.
  var phases: StepPhases
}

/// The results of a step's shards, each written by a separate thread.
private final class ShardResults<Value>: @unchecked Sendable {
  private var values: [Value?]
  private let lock = NSLock()

  init(count: Int) { values = .init(repeating: nil, count: count) }

  func set(_ shard: Int, _ result: Value) { lock.withLock { values[shard] = result } }

  subscript(shard: Int) -> Value { values[shard]! }
}
