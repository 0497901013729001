import Foundation
import KeywordSpotting
import ModelFormat
import SeededRandom
import TextEnrollment

/// Trains a ``GraphemeToPhonemeNetwork`` with CTC and AdamW on one thread.
///
/// A run is determined by its seed. A resumed run gives the same numbers as an uninterrupted one.
public final class GraphemeToPhonemeTrainer {
  /// The schedule of a run.
  public struct Schedule: Sendable, Equatable {
    /// Passes over the training words.
    public var epochCount = 30
    /// Words per step.
    public var batchSize = 128
    /// The highest learning rate, reached after `warmUpSteps`.
    public var peakLearningRate: Float = 6e-3
    /// Steps over which the learning rate rises linearly.
    public var warmUpSteps = 500
    /// Decoupled weight decay of ``AdamW``.
    public var weightDecay: Float = 0.01
    /// Determines the initial weights, the order of the words and the dropout masks.
    public var seed: UInt64 = 1

    /// Creates the default schedule.
    public init() {}
  }

  /// The state of a run after a batch.
  public struct Progress: Sendable {
    /// The current epoch, counted from 1.
    public var epoch: Int
    /// The current batch of the epoch, counted from 1.
    public var batch: Int
    /// Batches per epoch.
    public var batchCount: Int
    /// Mean loss of the epoch so far, in nats per word.
    public var loss: Double
    /// Estimated seconds until the end of the run.
    public var secondsLeft: Double
  }

  /// The network being trained.
  public let network: GraphemeToPhonemeNetwork
  /// The training and held-out words.
  public let examples: GraphemeToPhonemeExamples
  /// The schedule of the run.
  public let schedule: Schedule
  /// Epochs completed so far, including those before a resumption.
  public private(set) var finishedEpochCount = 0
  private let optimizer: AdamW
  private let loss = CTCLoss()
  private let gradient = Matrix()

  /// Creates a trainer with a new network whose weights are drawn from the schedule's seed.
  public init(
    _ examples: GraphemeToPhonemeExamples, configuration: GraphemeToPhonemeConfiguration = .init(), schedule: Schedule
  ) {
    self.examples = examples
    self.schedule = schedule
    network = GraphemeToPhonemeNetwork(configuration, seed: schedule.seed)
    optimizer = AdamW(valueCount: network.bank.valueCount, weightDecay: schedule.weightDecay)
    MatrixProduct.useOneThreadPerCaller()
  }

  /// Trains the next epoch.
  ///
  /// - Parameter report: called after each batch.
  /// - Returns: the mean loss in nats per word.
  @discardableResult
  public func trainEpoch(_ report: (Progress) -> Void = { _ in }) -> Double {
    let batches = examples.batches(ofEpoch: finishedEpochCount, size: schedule.batchSize, seed: schedule.seed)
    let rates = CosineSchedule(
      peak: schedule.peakLearningRate, warmUpSteps: schedule.warmUpSteps,
      totalSteps: batches.count * schedule.epochCount)
    let start = Date()
    var lossSum = 0.0
    var wordCount = 0
    for (index, batch) in batches.enumerated() {
      let step = finishedEpochCount * batches.count + index
      lossSum += trainBatch(batch, step: step, learningRate: rates.rate(at: step))
      wordCount += batch.count
      let share = Double(index + 1) / Double(batches.count)
      let epochsLeft = Double(schedule.epochCount - finishedEpochCount) - share
      report(
        Progress(
          epoch: finishedEpochCount + 1, batch: index + 1, batchCount: batches.count,
          loss: lossSum / Double(wordCount), secondsLeft: -start.timeIntervalSinceNow / share * epochsLeft))
    }
    finishedEpochCount += 1
    return lossSum / Double(max(wordCount, 1))
  }

  /// Runs one step and returns the sum of the losses.
  private func trainBatch(
    _ batch: [(letters: [UInt8], phonemes: [UInt8])], step: Int, learningRate: Float
  ) -> Double {
    let bounds = SequenceBounds(lengths: batch.map(\.letters.count))
    network.forward(
      batch.flatMap(\.letters), bounds, dropout: SplitMix64.derived(schedule.seed, 0x6472_6F70, UInt64(step)))
    gradient.reshape(rows: network.logits.rows, columns: network.logits.columns)
    gradient.setZero()
    var lossSum = 0.0
    let weight = 1 / Float(batch.count)
    for (index, example) in batch.enumerated() {
      // A word with more phonemes than frames (a spelled initialism) contributes nothing.
      let wordLoss = loss.accumulate(
        logits: network.logits.row(bounds.starts[index]),
        frameCount: bounds.length(index) * network.configuration.positionsPerLetter,
        classCount: Phoneme.classCount, labels: example.phonemes, blank: Phoneme.blankIndex, weight: weight,
        gradient: gradient.row(bounds.starts[index]))
      lossSum += Double(wordLoss ?? 0)
    }
    network.bank.zeroGradients()
    network.backward(gradient)
    optimizer.step(network.bank, learningRate: learningRate)
    return lossSum
  }

  /// Error rates of the float weights, decoded by the search that the device uses.
  public func errors(on examples: [GraphemeToPhonemeExamples.Example]) -> PronunciationErrors {
    PronunciationErrors(examples) { word in
      let letters = word.utf8.compactMap(GraphemeToPhoneme.letterIndex)
      network.forward(letters, SequenceBounds(lengths: [letters.count]))
      let frameCount = letters.count * network.configuration.positionsPerLetter
      var posteriors = [Float](repeating: 0, count: frameCount * Phoneme.classCount)
      posteriors.withUnsafeMutableBufferPointer { posteriors in
        for frame in 0..<frameCount {
          Softmax.probabilities(
            network.logits.pointer + frame * Phoneme.classCount,
            into: posteriors.baseAddress! + frame * Phoneme.classCount, Phoneme.classCount)
        }
      }
      let hypotheses = ConnectionistDecoder.decode(
        posteriors, frameCount: frameCount, classCount: Phoneme.classCount, blank: Phoneme.blankIndex)
      return hypotheses.first?.labels ?? []
    }
  }

  /// Error rates of the device's computation, with weights quantized to 8 bits.
  ///
  /// - Throws: the error of ``GraphemeToPhoneme`` if it rejects the section.
  public func deviceErrors(on examples: [GraphemeToPhonemeExamples.Example]) throws -> PronunciationErrors {
    let section = network.section()
    return try section.withUnsafeBytes { bytes in
      let model = try GraphemeToPhoneme(SectionReader(id: LanguageFile.graphemeToPhonemeSection, bytes: bytes))
      return PronunciationErrors(examples) { model.guesses(for: $0, maximumCount: 1).first?.phonemes ?? [] }
    }
  }
}

// MARK: Checkpoints

extension GraphemeToPhonemeTrainer {
  /// Why a checkpoint cannot be resumed.
  public enum CheckpointError: Error, Equatable, Sendable {
    /// The file is not a checkpoint of a run with this configuration, schedule and dictionary.
    case otherRun(path: String)
  }

  /// Atomically writes everything that ``resume(from:)`` needs. An interrupted write keeps the previous file.
  ///
  /// - Throws: ``WholeFileError``.
  public func saveCheckpoint(to path: String) throws {
    var bytes = Array(runDescription.utf8) + [0]
    bytes.appendLittleEndian(UInt32(finishedEpochCount))
    bytes.appendLittleEndian(UInt32(optimizer.stepCount))
    bytes.appendLittleEndian(Array(UnsafeBufferPointer(start: network.bank.values, count: network.bank.valueCount)))
    bytes.appendLittleEndian(optimizer.firstMoment)
    bytes.appendLittleEndian(optimizer.secondMoment)
    try Data(bytes).replaceFile(at: path)
  }

  /// Continues from a checkpoint.
  ///
  /// - Throws: ``CheckpointError/otherRun(path:)``, or an error of reading the file.
  public func resume(from path: String) throws {
    let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    let description = Array(runDescription.utf8) + [0]
    let valueCount = network.bank.valueCount
    guard bytes.starts(with: description), bytes.count == description.count + 8 + 12 * valueCount else {
      throw CheckpointError.otherRun(path: path)
    }
    try bytes.withUnsafeBytes { bytes in
      var reader = SectionReader(id: "G2PC", bytes: UnsafeRawBufferPointer(rebasing: bytes[description.count...]))
      finishedEpochCount = Int(try reader.integer(UInt32.self))
      optimizer.stepCount = Int(try reader.integer(UInt32.self))
      let values = try reader.floats(UInt64(valueCount))
      for (index, value) in values.enumerated() { network.bank.values[index] = value }
      optimizer.firstMoment = try reader.floats(UInt64(valueCount))
      optimizer.secondMoment = try reader.floats(UInt64(valueCount))
    }
  }

  private var runDescription: String {
    "cooee g2p checkpoint 1: \(network.configuration), \(schedule), \(examples.training.count) words"
  }
}
