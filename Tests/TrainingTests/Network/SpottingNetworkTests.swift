import Foundation
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

  /// Along the gradient of a tensor, scaled to unit length, the loss must rise by the gradient's length. A part that is
  /// missing, or there twice, changes one and not the other. The adversary's reversal and the relation's teacher are not
  /// gradients of a loss and stand in tests of their own. Some of the many rectifiers always change; hence the tolerance.
  @Test(
    "The gradient of a whole step is that of the weighted sum of its losses", arguments: [(false, 1201), (true, 1202)])
  func step(metricLearning: Bool, seed: UInt64) {
    var draws = Draws(seed: seed)
    let bank = ParameterBank(seed: seed)
    let network = SpottingNetwork(Self.configuration, bank: bank)
    bank.seal()
    bank.disturb(&draws, by: 0.05)
    // Flat posteriors: every transcript can be aligned.
    bank.value(network.classifier.logScale)[0] = log(1.5)
    let batch = Self.batch(&draws)
    var weights = ObjectiveWeights()
    weights.phoneme = 0.7
    weights.utterance = 0.5
    weights.match = 0.6
    weights.relation = 0
    weights.adversary = 0
    var starts: [[Int]] = []
    func evaluate() -> (loss: Double, phrases: Int) {
      var generator = SplitMix64(seed: seed)
      let report = network.step(batch, weights: weights, metricLearning: metricLearning, using: &generator)
      starts = network.alignments.map { $0.map { $0.words.flatMap { $0.phones.map(\.firstFrame) } } ?? [] }
      var loss = Double(weights.ctc) * Double(report.ctc) + Double(weights.frame) * Double(report.frame)
      loss += Double(weights.phoneme) * Double(report.phoneme) + Double(weights.match) * Double(report.match)
      return (loss + Double(weights.utterance) * Double(report.utterance), report.phraseCount)
    }
    var phrases = 0
    let gradients = bank.added { phrases = evaluate().phrases }
    let aligned = starts
    #expect(!metricLearning || phrases > 2, "\(phrases) phrases, seed \(seed)")
    var checked = 0
    for slot in bank.slots {
      let gradient = (0..<slot.count).map { Double(gradients[slot.offset + $0]) }
      let length = gradient.map { $0 * $0 }.reduce(0, +).squareRoot()
      guard length > 5e-3 else { continue }
      let original = (0..<slot.count).map { bank.value(slot)[$0] }
      func loss(_ distance: Double) -> Double? {
        for index in 0..<slot.count {
          bank.value(slot)[index] = original[index] + Float(distance * gradient[index] / length)
        }
        let result = evaluate().loss
        return starts == aligned ? result : nil
      }
      // The largest step whose alignments are those of the draw.
      for step in [4e-3, 2e-3, 1e-3] {
        guard let a = loss(-2 * step), let b = loss(-step), let c = loss(step), let d = loss(2 * step) else { continue }
        let difference = (8 * (c - b) - (d - a)) / (12 * step)
        #expect(
          abs(difference - length) < 0.06 * length + 1e-3,
          "\(slot.name), seed \(seed): length \(length), difference \(difference)")
        checked += 1
        break
      }
      for index in 0..<slot.count { bank.value(slot)[index] = original[index] }
    }
    #expect(checked >= (metricLearning ? 45 : 20), "seed \(seed): \(checked) of \(bank.slots.count) tensors")
  }
}
