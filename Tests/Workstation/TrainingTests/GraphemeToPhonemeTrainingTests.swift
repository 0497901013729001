import Foundation
import KeywordSpotting
import SeededRandom
import Testing
import TextEnrollment
import Training

@Suite struct GraphemeToPhonemeTrainingTests {
  private static let text = """
    ;;; a comment
    cat K AE1 T
    cats K AE1 T S # plural
    tomato T AH0 M EY1 T OW2
    tomato(2) T AH0 M AA1 T OW2
    read R EH1 D
    read(2) R IY1 D
    reads(1) R IY1 D Z
    record R AH0 K AO1 R D
    record(2) R EH1 K ER0 D
    record(3) R EH0 K ER1 D
    a.m. EY2 EH1 M
    a. EY1
    two-fold T UW1 F OW2 L D
    'em AH0 M
    3d TH R IY1 D IY2
    """

  /// Words of three sounds with regular spelling.
  private static let regular: PronouncingDictionary = {
    var lines: [String] = []
    for first in ["b B", "d D", "f F", "k K", "m M", "n N", "p P", "s S", "t T"] {
      for vowel in ["a AE", "e EH", "i IH", "o AA", "u AH"] {
        for last in ["b B", "d D", "g G", "k K", "m M", "n N", "p P", "t T"] {
          let parts = [first, vowel, last].map { $0.split(separator: " ") }
          lines.append(parts.map { String($0[0]) }.joined() + " " + parts.map { String($0[1]) }.joined(separator: " "))
        }
      }
    }
    guard let dictionary = try? PronouncingDictionary(text: lines.joined(separator: "\n")) else {
      preconditionFailure("the drawn dictionary is malformed")
    }
    return dictionary
  }()

  private func small() -> (GraphemeToPhonemeConfiguration, GraphemeToPhonemeTrainer.Schedule) {
    var configuration = GraphemeToPhonemeConfiguration()
    configuration.embeddingDimension = 12
    configuration.hiddenUnits = 16
    configuration.layerCount = 2
    var schedule = GraphemeToPhonemeTrainer.Schedule()
    configuration.dropout = 0
    schedule.epochCount = 12
    schedule.batchSize = 8
    schedule.warmUpSteps = 20
    schedule.peakLearningRate = 0.01
    schedule.seed = 3
    return (configuration, schedule)
  }

  @Test("A dictionary keeps words of letters with each pronunciation once, without stress")
  func dictionary() throws {
    let entries = try PronouncingDictionary(text: Self.text).entries
    #expect(entries.map(\.word) == ["cat", "cats", "tomato", "read", "reads", "record", "a.", "'em"])
    let spoken = entries.map { $0.pronunciations.map { PhonemeSequence(words: [$0]).arpabet } }
    #expect(spoken[2] == ["T AH M EY T OW", "T AH M AA T OW"])
    #expect(spoken[5] == ["R AH K AO R D", "R EH K ER D"])
  }

  @Test("A line that is not a pronunciation is reported by its number", arguments: ["cat", "cat K AE X"])
  func malformedLine(line: String) {
    #expect(throws: PronouncingDictionary.FormatError.malformedLine(number: 2, text: line)) {
      try PronouncingDictionary(text: "dog D AO G\n" + line)
    }
  }

  @Test("A tenth of the words is held out, independently of their order")
  func split() throws {
    let examples = GraphemeToPhonemeExamples(Self.regular)
    let share = Double(examples.heldOut.count) / Double(examples.heldOut.count + examples.training.count)
    #expect(share > 0.05 && share < 0.16)
    for example in examples.heldOut { #expect(GraphemeToPhonemeExamples.isHeldOut(example.word)) }
    for example in examples.training { #expect(!GraphemeToPhonemeExamples.isHeldOut(example.word)) }
  }

  @Test("Every training word is in one batch of an epoch, and the seed determines the order")
  func batches() {
    let examples = GraphemeToPhonemeExamples(Self.regular)
    let batches = examples.batches(ofEpoch: 2, size: 16, seed: 5)
    let letters = batches.flatMap { $0.map(\.letters) }
    #expect(Set(letters) == Set(examples.training.map(\.letters)))
    #expect(letters.count == examples.training.count)
    #expect(
      batches.map { $0.map(\.letters) } == examples.batches(ofEpoch: 2, size: 16, seed: 5).map { $0.map(\.letters) })
    #expect(
      batches.map { $0.map(\.letters) } != examples.batches(ofEpoch: 3, size: 16, seed: 5).map { $0.map(\.letters) })
  }

  @Test("Gradients agree with central differences, with and without dropout", arguments: [0, 0.3] as [Float])
  func gradients(dropout: Float) throws {
    var configuration = GraphemeToPhonemeConfiguration()
    configuration.embeddingDimension = 3
    configuration.hiddenUnits = 4
    configuration.dropout = dropout
    let network = GraphemeToPhonemeNetwork(configuration, seed: 11)
    let letters: [UInt8] = [3, 1, 20, 8, 5]
    let bounds = SequenceBounds(lengths: [3, 2])
    let labels: [[UInt8]] = [[19, 1, 30], [15, 10, 10]]
    let loss = CTCLoss()
    let gradient = Matrix()
    func total() throws -> Double {
      network.forward(letters, bounds, dropout: SplitMix64(seed: 17))
      gradient.reshape(rows: network.logits.rows, columns: network.logits.columns)
      gradient.setZero()
      var sum = 0.0
      for (index, labels) in labels.enumerated() {
        sum += Double(
          try #require(
            loss.accumulate(
              logits: network.logits.row(bounds.starts[index]), frameCount: 2 * bounds.length(index), classCount: 40,
              labels: labels, blank: 39, weight: 1, gradient: gradient.row(bounds.starts[index]))))
      }
      return sum
    }
    _ = try total()
    network.bank.zeroGradients()
    network.backward(gradient)
    let analytic = Array(UnsafeBufferPointer(start: network.bank.gradients, count: network.bank.valueCount))
    let largest = analytic.reduce(0) { max($0, abs($1)) }
    for index in stride(from: 0, to: network.bank.valueCount, by: 7) {
      let value = network.bank.values[index]
      let step: Float = 1e-2
      network.bank.values[index] = value + step
      let above = try total()
      network.bank.values[index] = value - step
      let below = try total()
      network.bank.values[index] = value
      let numeric = (above - below) / Double(2 * step)
      #expect(abs(numeric - Double(analytic[index])) < 0.02 * Double(largest), "value \(index)")
    }
  }

  @Test("Regular spelling is learned, also by the quantized model")
  func learning() throws {
    let (configuration, schedule) = small()
    let examples = GraphemeToPhonemeExamples(Self.regular)
    let trainer = GraphemeToPhonemeTrainer(examples, configuration: configuration, schedule: schedule)
    let first = trainer.trainEpoch()
    var last = first
    while trainer.finishedEpochCount < schedule.epochCount { last = trainer.trainEpoch() }
    #expect(last < first / 10)
    #expect(trainer.errors(on: examples.heldOut).wordErrorRate < 0.1)
    #expect(try trainer.deviceErrors(on: examples.heldOut).wordErrorRate < 0.1)
  }

  @Test("A resumed run ends with the same weights")
  func resumption() throws {
    let (configuration, schedule) = small()
    let examples = GraphemeToPhonemeExamples(Self.regular)
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("g2p-\(UUID().uuidString).checkpoint").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    let whole = GraphemeToPhonemeTrainer(examples, configuration: configuration, schedule: schedule)
    for _ in 0..<3 { whole.trainEpoch() }
    let stopped = GraphemeToPhonemeTrainer(examples, configuration: configuration, schedule: schedule)
    for _ in 0..<2 { stopped.trainEpoch() }
    try stopped.saveCheckpoint(to: path)
    let resumed = GraphemeToPhonemeTrainer(examples, configuration: configuration, schedule: schedule)
    try resumed.resume(from: path)
    #expect(resumed.finishedEpochCount == 2)
    resumed.trainEpoch()
    #expect(resumed.network.section() == whole.network.section())

    var other = schedule
    other.seed = 4
    let another = GraphemeToPhonemeTrainer(examples, configuration: configuration, schedule: other)
    #expect(throws: GraphemeToPhonemeTrainer.CheckpointError.otherRun(path: path)) { try another.resume(from: path) }
  }

  @Test("Errors are counted against the nearest pronunciation")
  func errors() throws {
    let examples = GraphemeToPhonemeExamples(try PronouncingDictionary(text: Self.text))
    let all = examples.training + examples.heldOut
    let perfect = PronunciationErrors(all) { word in all.first { $0.word == word }?.pronunciations.last ?? [] }
    #expect(perfect.phonemeErrorRate == 0 && perfect.wordErrorRate == 0)
    let tomato = all.filter { $0.word == "tomato" }
    let said = try TypedPronunciation.words(of: "T AH M AA D OW Z")[0]
    let near = PronunciationErrors(tomato) { _ in said }
    #expect(near.phonemeErrorRate == 2.0 / 6 && near.wordErrorRate == 1 && near.wordCount == 1)
  }
}
