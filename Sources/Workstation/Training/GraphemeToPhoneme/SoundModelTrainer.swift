import KeywordSpotting
import ModelFormat
import SeededRandom
import TextEnrollment

/// Trains a ``TextEnrollment/SoundModel`` with AdaGrad on one thread, and keeps the weights that matter most.
///
/// The first epochs train all slots, and an absolute value penalty draws weights that do little to 0. The slots with the
/// greatest `|w| √Σg²` are kept, where g are their gradients. The last epochs train these without the penalty.
///
/// - Reference: Duchi et al. 2011, *Adaptive subgradient methods*, with the truncation of Langford et al. 2009.
public final class SoundModelTrainer {
  /// The schedule of a run.
  public struct Schedule: Sendable, Equatable {
    /// Passes over the words with all slots.
    public var selectionEpochCount = 3
    /// Passes over the words with the slots that are kept.
    public var refinementEpochCount = 2
    /// The step of a weight with gradients that add up to 1.
    public var learningRate: Float = 0.15
    /// The penalty for a unit of a weight, for each sound.
    public var sparsity: Float = 0.03
    /// The number of weights that are kept, at most 65,535.
    public var weightCount = 32_000
    /// Slots are numbers of so many bits, and buckets of ten bits fewer.
    public var slotBits = 22
    /// Determines the order of the words.
    public var seed: UInt64 = 1

    /// Creates the default schedule.
    public init() {}
  }

  /// A pronunciation of a word, with the number of phonemes that each letter gives.
  private struct AlignedWord {
    var letters: [UInt8]
    var phonemes: [UInt8]
    var counts: [Int]
    /// The pronunciations of a word share a weight of 1.
    var weight: Float
  }

  /// Letters before, letters after and phonemes before, of each template.
  static let templates: [SoundModel.Template] = [
    (0, 0, 0), (0, 1, 0), (1, 0, 0), (1, 1, 0), (0, 2, 0), (2, 0, 0), (2, 1, 0), (1, 2, 0), (2, 2, 0), (0, 3, 0),
    (3, 0, 0), (1, 3, 0), (3, 1, 0), (2, 3, 0), (3, 2, 0), (3, 3, 0), (0, 4, 0), (4, 0, 0), (1, 4, 0), (4, 1, 0),
    (2, 4, 0), (4, 2, 0), (0, 5, 0), (1, 5, 0), (5, 0, 0), (0, 6, 0), (4, 4, 0), (0, 0, 1), (0, 0, 2), (0, 0, 3),
    (0, 1, 1), (0, 1, 2), (0, 1, 3), (1, 0, 1), (1, 1, 1), (0, 2, 1), (0, 2, 2), (0, 3, 1), (1, 2, 1), (1, 1, 2),
    (1, 2, 2), (0, 3, 2), (0, 2, 3), (2, 2, 2), (0, 0, 4), (0, 1, 4), (1, 3, 2), (2, 1, 3),
  ].map { SoundModel.Template($0.0, $0.1, $0.2) }
  /// A letter can give the symbols that it gives so often in the training words.
  private static let leastSymbolCount = 3
  /// Smaller gradients change nothing.
  private static let leastGradient: Float = 1e-3

  private let schedule: Schedule
  private var words: [AlignedWord]
  private let symbols: [[UInt8]]
  private var weights: [Float]
  private var squares: [Float]
  private var isKept: [Bool]

  /// Aligns the letters and phonemes of the words.
  ///
  /// - Precondition: `schedule.weightCount` is 1…65,535 and `schedule.slotBits` 11…24.
  public init(_ examples: [GraphemeToPhonemeExamples.Example], schedule: Schedule = Schedule()) {
    precondition((1...Int(UInt16.max)).contains(schedule.weightCount) && (11...24).contains(schedule.slotBits))
    self.schedule = schedule
    // The alignment numbers letters from 1.
    let alignment = LexiconAlignment(
      examples.flatMap { example in example.pronunciations.map { (example.letters.map { $0 + 1 }, $0) } })
    words = examples.flatMap { example in
      example.pronunciations.map { phonemes in
        AlignedWord(
          letters: example.letters, phonemes: phonemes,
          counts: alignment.align((example.letters.map { $0 + 1 }, phonemes)),
          weight: 1 / Float(example.pronunciations.count))
      }
    }
    var counts = [[Int]](
      repeating: [Int](repeating: 0, count: SoundModel.symbolCount), count: GraphemeToPhoneme.letterCount)
    for word in words {
      Self.forEachSound(of: word) { letter, _, _, symbol in counts[Int(word.letters[letter])][Int(symbol)] += 1 }
    }
    let least = examples.count < 1_000 ? 1 : Self.leastSymbolCount
    symbols = counts.map { counts in counts.indices.filter { counts[$0] >= least }.map { UInt8($0) } }
    weights = [Float](repeating: 0, count: 1 << schedule.slotBits)
    squares = [Float](repeating: 1, count: 1 << schedule.slotBits)
    isKept = [Bool](repeating: true, count: 1 << schedule.slotBits)
  }

  /// Trains all epochs.
  ///
  /// - Parameter report: called after each epoch with its number from 1, the number of epochs and the mean loss in nats
  ///   per word.
  public func train(_ report: (_ epoch: Int, _ epochCount: Int, _ loss: Double) -> Void = { _, _, _ in }) {
    let epochCount = schedule.selectionEpochCount + schedule.refinementEpochCount
    for epoch in 0..<epochCount {
      if epoch == schedule.selectionEpochCount { keepBest() }
      var generator = SplitMix64.derived(schedule.seed, 0x736F_756E, UInt64(epoch))
      let loss = trainEpoch(
        words.indices.shuffled(using: &generator),
        sparsity: epoch < schedule.selectionEpochCount ? schedule.sparsity : 0)
      report(epoch + 1, epochCount, loss)
    }
  }

  private func keepBest() {
    func importance(_ slot: Int) -> Float { abs(weights[slot]) * (squares[slot] - 1).squareRoot() }
    let order = weights.indices.filter { weights[$0] != 0 }.sorted {
      (-importance($0), $0) < (-importance($1), $1)
    }
    for slot in isKept.indices { isKept[slot] = false }
    for slot in order.prefix(schedule.weightCount) { isKept[slot] = true }
    for slot in weights.indices {
      if !isKept[slot] { weights[slot] = 0 }
      squares[slot] = 1 + 0.2 * (squares[slot] - 1)
    }
  }

  /// Calls `body` with each letter, the number of phonemes before, whether the letter has given one, and the symbol.
  private static func forEachSound(
    of word: AlignedWord, _ body: (_ letter: Int, _ phonemeCount: Int, _ isMore: Bool, _ symbol: UInt8) -> Void
  ) {
    var said = 0
    for (letter, count) in word.counts.enumerated() {
      if count == 0 { body(letter, said, false, 0) }
      for given in 0..<count {
        body(letter, said, given > 0, 1 + word.phonemes[said] + (given < count - 1 ? UInt8(Phoneme.count) : 0))
        said += 1
      }
    }
  }

  private func trainEpoch(_ order: [Int], sparsity: Float) -> Double {
    let (bits, rate, count) = (schedule.slotBits, schedule.learningRate, Self.templates.count)
    var (lossSum, weightSum) = (0.0, 0.0)
    var hashes = [UInt32](repeating: 0, count: count)
    var probabilities = [Float](repeating: 0, count: SoundModel.symbolCount)
    weights.withUnsafeMutableBufferPointer { weights in
      squares.withUnsafeMutableBufferPointer { squares in
        isKept.withUnsafeBufferPointer { isKept in
          hashes.withUnsafeMutableBufferPointer { hashes in
            probabilities.withUnsafeMutableBufferPointer { probabilities in
              for index in order {
                let word = words[index]
                Self.forEachSound(of: word) { letter, said, isMore, symbol in
                  let given = symbols[Int(word.letters[letter])]
                  SoundModel.hash(
                    Self.templates, letters: word.letters, letter: letter, phonemes: word.phonemes,
                    phonemeCount: said, isMore: isMore, into: hashes.baseAddress!)
                  for (place, symbol) in given.enumerated() {
                    var sum: Float = 0
                    for index in 0..<count { sum += weights[SoundModel.slot(hashes[index], symbol, bits: bits)] }
                    probabilities[place] = sum
                  }
                  if !given.isEmpty {
                    Softmax.probabilities(probabilities.baseAddress!, into: probabilities.baseAddress!, given.count)
                  }
                  for (place, other) in given.enumerated() {
                    if other == symbol { lossSum -= Double(word.weight) * Self.logarithm(probabilities[place]) }
                    let gradient = word.weight * (probabilities[place] - (other == symbol ? 1 : 0))
                    guard abs(gradient) >= Self.leastGradient else { continue }
                    for index in 0..<count {
                      let slot = SoundModel.slot(hashes[index], other, bits: bits)
                      guard isKept[slot] else { continue }
                      squares[slot] += gradient * gradient
                      let step = rate / squares[slot].squareRoot()
                      let moved = weights[slot] - step * gradient
                      let penalty = step * sparsity
                      weights[slot] =
                        moved > penalty ? moved - penalty : moved < -penalty ? moved + penalty : 0
                    }
                  }
                }
                weightSum += Double(word.weight)
              }
            }
          }
        }
      }
    }
    return lossSum / max(weightSum, 1)
  }

  private static func logarithm(_ probability: Float) -> Double {
    Double(FloatFunctions.naturalLogarithm(max(probability, 1e-30)))
  }

  /// Encodes the model as it stands in the section `G2PR`, with weights quantized to 6 bits.
  ///
  /// A unit of a weight is a 31st of the weight that one in a thousand exceeds. Larger weights are clipped, and those that
  /// round to 0 are left out.
  public func section() -> [UInt8] {
    let largest = Float(SoundModel.largestWeight)
    let kept = weights.indices.filter { isKept[$0] && weights[$0] != 0 }
    let magnitudes = kept.map { abs(weights[$0]) }.sorted(by: >)
    let scale = magnitudes.isEmpty ? 1 : magnitudes[magnitudes.count / 1_000] / largest
    let bucketBits = schedule.slotBits - SoundModel.remainderBits
    var ends = [Int](repeating: 0, count: 1 << bucketBits)
    var entries: [UInt16] = []
    for slot in kept {
      let weight = Int(max(-largest, min(largest, (weights[slot] / scale).rounded())))
      guard weight != 0, entries.count < Int(UInt16.max) else { continue }
      let remainder = slot & (1 << SoundModel.remainderBits - 1)
      entries.append(UInt16(remainder << 6 | (weight + SoundModel.largestWeight + 1)))
      ends[slot >> SoundModel.remainderBits] = entries.count
    }
    for bucket in ends.indices.dropFirst() { ends[bucket] = max(ends[bucket], ends[bucket - 1]) }
    var section: [UInt8] = []
    for value in [bucketBits, Self.templates.count, entries.count] { section.appendLittleEndian(UInt32(value)) }
    section.appendLittleEndian([scale])
    for template in Self.templates {
      section += [UInt8(template.lettersBefore), UInt8(template.lettersAfter), UInt8(template.phonemesBefore), 0]
    }
    for given in symbols {
      var mask = [UInt8](repeating: 0, count: 12)
      for symbol in given { mask[Int(symbol) / 8] |= 1 << (symbol % 8) }
      section += mask
    }
    for end in ends { section.appendLittleEndian(UInt16(end)) }
    for entry in entries { section.appendLittleEndian(entry) }
    return section
  }
}
