import Foundation
import SeededRandom
import Testing
import Training

@Suite struct SpottingNetworkTests {
  private static let configuration: EncoderConfiguration = {
    var configuration = EncoderConfiguration()
    configuration.stemChannels = 6
    configuration.channels = 8
    configuration.dimension = 8
    configuration.blockKernels = [3, 5]
    configuration.blockRightContexts = [1, 0]
    return configuration
  }()

  private static func batch(_ draws: inout Draws) -> TrainingBatch {
    var batch = TrainingBatch()
    let lengths = [150, 121, 203, 140, 131, 166]
    batch.bounds = SequenceBounds(lengths: lengths)
    batch.features = draws.matrix(rows: batch.bounds.rowCount, columns: 40)
    for length in lengths {
      let words = (0..<4).map { _ in [(0..<4).map { _ in UInt8(draws.generator.nextIndex(39)) }] }
      batch.words.append(words)
      batch.chosenVariants.append([0, 0, 0, 0])
      batch.frameTargets.append(
        (0..<(length + 3) / 4).map { _ in Int16(draws.generator.nextIndex(41)) - 1 })
    }
    return batch
  }

  /// The terms of the sum whose gradients are gradients of a loss.
  private static var terms: [(weight: WritableKeyPath<ObjectiveWeights, Float>, loss: KeyPath<StepReport, Float>)] {
    [
      (\.ctc, \.ctc), (\.frame, \.frame), (\.phoneme, \.phoneme), (\.utterance, \.utterance), (\.keyword, \.keyword),
      (\.match, \.match), (\.monotonic, \.monotonic), (\.falseAlarm, \.falseAlarm),
    ]
  }

  /// No term and no adversary, whose reversal is not the gradient of a loss and has separate tests.
  private static let nothing: ObjectiveWeights = {
    var weights = ObjectiveWeights()
    for (weight, _) in terms { weights[keyPath: weight] = 0 }
    weights.relation = 0
    weights.adversary = 0
    return weights
  }()

  /// A network, a batch and all their draws.
  private final class Fixture {
    let seed: UInt64
    let bank: ParameterBank
    let network: SpottingNetwork
    var batch: TrainingBatch
    var weights = nothing
    var metricLearning = true

    init(_ objectives: Objectives = Objectives(), seed: UInt64) {
      self.seed = seed
      var draws = Draws(seed: seed)
      bank = ParameterBank(seed: seed)
      network = SpottingNetwork(
        NetworkConfiguration(streaming: configuration), objectives: objectives, keywordClassCount: 5, bank: bank)
      bank.seal()
      bank.disturb(&draws, by: 0.05)
      // Flat posteriors, with which every transcript can be aligned.
      bank.value(network.classifier.logScale)[0] = log(1.5)
      batch = SpottingNetworkTests.batch(&draws)
      guard objectives.keyword != .none else { return }
      batch.keywordClasses = batch.words.map { $0.map { _ in draws.generator.nextIndex(6) - 1 } }
    }

    /// Fixes the network's own alignments, to make them independent of its values.
    func giveAlignments() {
      _ = step()
      batch.alignments = network.alignments
    }

    func step() -> StepReport {
      var generator = SplitMix64(seed: seed)
      return network.step(batch, weights: weights, metricLearning: metricLearning, using: &generator)
    }

    func loss() -> Double {
      let report = step()
      return terms.reduce(0) { $0 + Double(weights[keyPath: $1.weight]) * Double(report[keyPath: $1.loss]) }
    }

    /// First frames of all phones aligned by the network.
    var starts: [[Int]] {
      network.alignments.map { $0.map { $0.words.flatMap { $0.phones.map(\.firstFrame) } } ?? [] }
    }

    private func agrees(_ difference: Double, _ length: Double) -> Bool {
      abs(difference - length) < 0.06 * length + 1e-3
    }

    /// Along the gradient of some tensors, scaled to unit length, the loss must rise by the gradient's length. A
    /// missing or
    /// duplicated part changes only one of the two. Some of the many rectifiers always change, hence the tolerance.
    /// - Parameter part: the group with which a tensor is checked; nil to skip it.
    /// - Returns: the parts with a gradient to check.
    func check(by part: (ParameterSlot) -> String?) -> Set<String> {
      let gradients = bank.added { _ = step() }
      let aligned = starts
      let slots = bank.slots.filter { part($0) != nil }
      let parts = Dictionary(grouping: slots) { part($0)! }.sorted { $0.key < $1.key }.filter { name, slots in
        let indices = slots.flatMap { Array($0.offset..<$0.offset + $0.count) }
        let length = indices.map { Double(gradients[$0]) }.norm
        guard length > 5e-3 else { return false }
        let original = indices.map { bank.values[$0] }
        defer { for (index, value) in zip(indices, original) { bank.values[index] = value } }
        func loss(_ distance: Double) -> Double? {
          for (index, value) in zip(indices, original) {
            bank.values[index] = value + Float(distance / length) * gradients[index]
          }
          let result = self.loss()
          return starts == aligned ? result : nil
        }
        // Use smaller steps if the alignments, a maximum or a rectifier changed within a larger one.
        var difference: Double?
        for step in [4e-3, 1e-3, 2.5e-4] {
          guard let a = loss(-2 * step), let b = loss(-step), let c = loss(step), let d = loss(2 * step) else {
            continue
          }
          difference = (8 * (c - b) - (d - a)) / (12 * step)
          if agrees(difference!, length) { break }
        }
        guard let difference else { return false }
        #expect(agrees(difference, length), "\(name), seed \(seed): length \(length), difference \(difference)")
        return true
      }
      return Set(parts.map(\.key))
    }
  }

  /// The part of the network that a tensor belongs to.
  private static func part(_ slot: ParameterSlot) -> String { String(slot.name.prefix { $0 != "." }) }

  private static let everything: Objectives = {
    var objectives = Objectives()
    objectives.utterance = .relationalProxy
    objectives.keyword = .sphereFace2
    objectives.hardNegatives = .all
    return objectives
  }()

  @Test(
    "The gradient of a whole step is that of the weighted sum of its losses", arguments: [(false, 1201), (true, 1202)])
  func step(metricLearning: Bool, seed: UInt64) {
    let fixture = Fixture(seed: seed)
    fixture.metricLearning = metricLearning
    fixture.weights.ctc = 1
    fixture.weights.frame = 0.5
    fixture.weights.phoneme = 0.7
    fixture.weights.utterance = 0.5
    fixture.weights.match = 0.6
    let phrases = fixture.step().phraseCount
    #expect(!metricLearning || phrases > 2, "\(phrases) phrases, seed \(seed)")
    let checked = fixture.check { $0.name }.count
    #expect(checked >= (metricLearning ? 45 : 20), "seed \(seed): \(checked) of \(fixture.bank.slots.count) tensors")
  }

  @Test("The same is true with every term and given alignments", arguments: [1203]) func everyTerm(seed: UInt64) {
    let fixture = Fixture(Self.everything, seed: seed)
    fixture.giveAlignments()
    for (index, term) in Self.terms.enumerated() { fixture.weights[keyPath: term.weight] = 0.4 + 0.05 * Float(index) }
    let report = fixture.step()
    for term in Self.terms { #expect(report[keyPath: term.loss] > 1e-3, "\(term.loss), seed \(seed)") }
    let checked = fixture.check { $0.name }.count
    #expect(checked >= 45, "seed \(seed): \(checked) of \(fixture.bank.slots.count) tensors")
  }

  /// On its own, a small term cannot hide behind the others.
  @Test(
    "Each term alone has its own gradient, in every part that it depends on",
    arguments: [
      "encoder proxies", "encoder proxies", "attention encoder loss proxies text", "encoder loss pooling text",
      "encoder loss pooling", "attention encoder loss proxies text", "attention encoder proxies text",
      "encoder proxies",
    ].enumerated().map { ($0, $1) })
  func eachTerm(index: Int, parts: String) {
    let seed = 1210 + UInt64(index)
    let fixture = Fixture(Self.everything, seed: seed)
    fixture.giveAlignments()
    fixture.weights[keyPath: Self.terms[index].weight] = 1.5
    let checked = fixture.check(by: Self.part)
    #expect(checked.sorted().joined(separator: " ") == parts, "\(Self.terms[index].loss), seed \(seed)")
  }

  @Test(
    "The same is true of other phoneme and keyword objectives",
    arguments: [
      (MetricObjective.infoNCE, KeywordObjective.aamSoftmax, 1221 as UInt64), (.triplet, .triplet, 1222),
    ])
  func otherObjectives(phoneme: MetricObjective, keyword: KeywordObjective, seed: UInt64) {
    var objectives = Self.everything
    objectives.phoneme = phoneme
    objectives.keyword = keyword
    objectives.adaptiveMarginsAndScales = phoneme != .triplet
    objectives.hardNegatives = .none
    let fixture = Fixture(objectives, seed: seed)
    fixture.giveAlignments()
    fixture.weights.phoneme = 0.5
    fixture.weights.keyword = 0.5
    fixture.weights.match = 1
    #expect(fixture.step().match == 0, "there are no negatives to tell matches from")
    let checked = fixture.check { $0.name }.count
    #expect(checked >= 25, "seed \(seed): \(checked) of \(fixture.bank.slots.count) tensors")
  }

  @Test(
    "The relations are a part of the utterance term and only affect the audio side",
    arguments: [
      UtteranceObjective.contrast, .relationalProxy,
    ])
  func relations(utterance: UtteranceObjective) {
    var objectives = Objectives()
    objectives.utterance = utterance
    let fixture = Fixture(objectives, seed: 1231)
    fixture.giveAlignments()
    fixture.weights.utterance = 0.5
    let (without, plain) = (fixture.bank.added { _ = fixture.step() }, fixture.loss())
    fixture.weights.relation = 4
    fixture.weights.angle = 3
    let (with, whole) = (fixture.bank.added { _ = fixture.step() }, fixture.loss())
    #expect(whole > plain + 0.01)
    func isAudio(_ slot: ParameterSlot) -> Bool { slot.name.hasPrefix("encoder") || slot.name.hasPrefix("pooling") }
    for slot in fixture.bank.slots where !isAudio(slot) {
      let range = slot.offset..<slot.offset + slot.count
      #expect(with[range] == without[range], "\(slot.name)")
    }
    let checked = fixture.check { isAudio($0) ? $0.name : nil }.count
    #expect(checked >= 15, "\(checked) tensors")
  }
}
