import Foundation
import KeywordSpotting
import ModelFormat
import TextEnrollment

/// Fits the weights of ``TextEnrollment/GuessRanking`` to words that none of its models has seen.
///
/// Maximizes the mean logarithm of the probability that the weights give to the right candidates of a word together, or,
/// if no candidate is right, to all other pronunciations. A penalty of `0.001 |w|²` keeps weights of rare evidence small.
public struct GuessRankingFit: Sendable {
  /// A word with its candidates.
  struct Word: Sendable {
    var candidates: [GuessRanking.Candidate]
    var isRight: [Bool]
  }

  private static let stepCount = 3_000
  private static let penalty: Float = 1e-3

  /// The weights.
  public private(set) var weights: [Float]

  /// Fits the weights with Adam on all words at once, with steps that shrink linearly to 0.
  init(_ words: [Word]) {
    let count = GuessRanking.evidenceCount
    weights = [Float](repeating: 0, count: count)
    weights[0] = 0.5
    weights[1] = 0.5
    var first = [Float](repeating: 0, count: count)
    var second = [Float](repeating: 0, count: count)
    for step in 1...Self.stepCount {
      var gradient = weights.map { 2 * Self.penalty * $0 }
      for word in words { Self.accumulate(word, weights, &gradient, 1 / Float(words.count)) }
      let rate = 0.03 * (1 - Float(step - 1) / Float(Self.stepCount))
      let corrections = (1 - powf(0.9, Float(step)), 1 - powf(0.999, Float(step)))
      for index in 0..<count {
        first[index] = 0.9 * first[index] + 0.1 * gradient[index]
        second[index] = 0.999 * second[index] + 0.001 * gradient[index] * gradient[index]
        weights[index] -= rate * (first[index] / corrections.0) / ((second[index] / corrections.1).squareRoot() + 1e-8)
      }
    }
  }

  /// Adds the gradient of the negative logarithm of the probability of what is right.
  private static func accumulate(_ word: Word, _ weights: [Float], _ gradient: inout [Float], _ scale: Float) {
    let probabilities = GuessRanking.probabilities(word.candidates, weights)
    var right: Float = 0
    var sum: Float = 0
    for (probability, isRight) in zip(probabilities, word.isRight) {
      sum += probability
      if isRight { right += probability }
    }
    let isAnyRight = word.isRight.contains(true)
    for (index, candidate) in word.candidates.enumerated() {
      let share = word.isRight[index] ? probabilities[index] / max(right, 1e-30) : 0
      for (place, value) in candidate.evidence.enumerated() {
        gradient[place] += scale * (probabilities[index] - share) * value
      }
    }
    let others = max(0, 1 - sum)
    gradient[GuessRanking.evidenceCount - 1] += scale * (others - (isAnyRight ? 0 : 1))
  }
}

/// How often guesses are right, and how well their probabilities say so.
public struct GuessAccuracy: Sendable {
  /// Guesses of similar probability.
  public struct Bin: Sendable {
    /// The number of guesses.
    public var count = 0
    /// The sum of their probabilities.
    public var probabilitySum = 0.0
    /// How many of them are right.
    public var rightCount = 0
  }

  /// The number of words.
  public private(set) var wordCount = 0
  /// Words with a right guess among the first, the first two, and the first three.
  public private(set) var rightCounts = [0, 0, 0]
  /// The first three guesses of all words, by tenths of the probability.
  public private(set) var bins = [Bin](repeating: Bin(), count: 10)
  /// Errors of the first guess in phonemes, and phonemes in the nearest pronunciations.
  public private(set) var phonemeErrors = (wrong: 0, all: 0)
  /// Words whose second or third guess is likely enough to be listened for, counted for each such guess.
  public private(set) var alternativeCount = 0
  /// How many of those are right.
  public private(set) var rightAlternativeCount = 0
  /// The mean time of a word in milliseconds.
  public private(set) var milliseconds = 0.0

  /// Guesses all words of `examples`.
  public init(_ examples: [GraphemeToPhonemeExamples.Example], guess: (_ word: String) -> [GraphemeToPhoneme.Guess]) {
    let begin = Date()
    let guesses = examples.map { guess($0.word) }
    milliseconds = -1_000 * begin.timeIntervalSinceNow / Double(max(examples.count, 1))
    for (example, guesses) in zip(examples, guesses) { add(example, guesses) }
  }

  private mutating func add(_ example: GraphemeToPhonemeExamples.Example, _ guesses: [GraphemeToPhoneme.Guess]) {
    wordCount += 1
    var isFound = false
    for rank in 0..<3 {
      if rank < guesses.count {
        let isRight = example.pronunciations.contains(guesses[rank].phonemes)
        isFound = isFound || isRight
        let bin = min(9, max(0, Int(guesses[rank].probability * 10)))
        bins[bin].count += 1
        bins[bin].probabilitySum += Double(guesses[rank].probability)
        if isRight { bins[bin].rightCount += 1 }
        if rank > 0, guesses[rank].probability >= Pronouncer.leastGuessProbability {
          alternativeCount += 1
          if isRight { rightAlternativeCount += 1 }
        }
      }
      if isFound { rightCounts[rank] += 1 }
    }
    var nearest = (errors: Int.max, length: 1)
    for pronunciation in example.pronunciations {
      let errors = PhonemeDistance.edits(guesses.first?.phonemes ?? [], pronunciation)
      if errors < nearest.errors { nearest = (errors, pronunciation.count) }
    }
    phonemeErrors.wrong += nearest.errors
    phonemeErrors.all += nearest.length
  }

  /// The mean difference between the probability of a guess and the share of right guesses, over the bins.
  public var calibrationError: Double {
    var (error, count) = (0.0, 0)
    for bin in bins {
      error += abs(bin.probabilitySum - Double(bin.rightCount))
      count += bin.count
    }
    return error / Double(max(count, 1))
  }
}

/// Trains the ranking of guesses of a language file that has a grapheme-to-phoneme model.
public struct GuessRankingTrainer {
  private let modelSection: [UInt8]
  private let lexiconSection: [UInt8]
  private let examples: GraphemeToPhonemeExamples

  /// Compiles a lexicon of the training words alone, so that the words to be guessed are unknown.
  ///
  /// - Parameter modelSection: a `G2PM` section, of a model that was trained on the training words.
  /// - Throws: ``TextEnrollment/LexiconWriter/EntryError``.
  public init(modelSection: [UInt8], _ examples: GraphemeToPhonemeExamples) throws {
    self.modelSection = modelSection
    self.examples = examples
    var writer = LexiconWriter()
    for example in examples.training { try writer.add(example.word, example.pronunciations) }
    lexiconSection = writer.bytes()
  }

  /// Fits the weights to the tuning words.
  ///
  /// - Parameter sounds: the bytes of ``SoundModelTrainer/section()``.
  /// - Returns: a `G2PR` section.
  /// - Throws: the error of a section that cannot be read.
  public func section(sounds: [UInt8]) throws -> [UInt8] {
    let unfitted = Self.section([Float](repeating: 0, count: GuessRanking.evidenceCount), sounds)
    let words = try open(ranking: unfitted) { lexicon, model, ranking in
      examples.tuning.map { example in
        let candidates = GuessRanking.candidates(for: example.word, model, ranking.sounds, lexicon)
        return GuessRankingFit.Word(
          candidates: candidates, isRight: candidates.map { example.pronunciations.contains($0.phonemes) })
      }
    }
    return Self.section(GuessRankingFit(words).weights, sounds)
  }

  private static func section(_ weights: [Float], _ sounds: [UInt8]) -> [UInt8] {
    var section: [UInt8] = []
    section.appendLittleEndian(UInt32(weights.count))
    section.appendLittleEndian(weights)
    return section + sounds
  }

  /// Guesses words that the lexicon of the training words does not contain.
  ///
  /// - Parameter ranking: a `G2PR` section; nil for the guesses of the model alone.
  /// - Throws: the error of a section that cannot be read.
  public func accuracy(on words: [GraphemeToPhonemeExamples.Example], ranking: [UInt8]?) throws -> GuessAccuracy {
    guard let ranking else {
      return try modelSection.withUnsafeBytes { bytes in
        let model = try GraphemeToPhoneme(SectionReader(id: LanguageFile.graphemeToPhonemeSection, bytes: bytes))
        return GuessAccuracy(words) { model.guesses(for: $0) }
      }
    }
    return try open(ranking: ranking) { lexicon, model, ranking in
      GuessAccuracy(words) { ranking.guesses(for: $0, model, lexicon, maximumCount: 3) }
    }
  }

  private func open<Result>(
    ranking: [UInt8], _ body: (Lexicon, GraphemeToPhoneme, GuessRanking) throws -> Result
  ) throws -> Result {
    try lexiconSection.withUnsafeBytes { lexiconBytes in
      try modelSection.withUnsafeBytes { modelBytes in
        try ranking.withUnsafeBytes { rankingBytes in
          try body(
            Lexicon(lexiconBytes),
            GraphemeToPhoneme(SectionReader(id: LanguageFile.graphemeToPhonemeSection, bytes: modelBytes)),
            GuessRanking(SectionReader(id: LanguageFile.guessRankingSection, bytes: rankingBytes)))
        }
      }
    }
  }
}
