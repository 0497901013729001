import Foundation
import KeywordSpotting
import ModelFormat
import Testing
import TextEnrollment
import Training

@Suite struct GuessRankingTrainingTests {
  /// Words of three sounds with regular spelling, and a letter C that is K before A, O and U and S before E and I.
  private static let examples: GraphemeToPhonemeExamples = {
    var lines: [String] = []
    for first in ["b B", "d D", "f F", "c K", "m M", "n N", "p P", "s S", "t T"] {
      for vowel in ["a AE", "e EH", "i IH", "o AA", "u AH"] {
        for last in ["b B", "d D", "g G", "k K", "m M", "n N", "p P", "t T", "x K S"] {
          let parts = [first, vowel, last].map { $0.split(separator: " ") }
          var sounds = parts.map { $0.dropFirst().joined(separator: " ") }
          if parts[0][0] == "c", ["e", "i"].contains(parts[1][0]) { sounds[0] = "S" }
          lines.append(parts.map { String($0[0]) }.joined() + " " + sounds.joined(separator: " "))
        }
      }
    }
    guard let dictionary = try? PronouncingDictionary(text: lines.joined(separator: "\n")) else {
      preconditionFailure("the drawn dictionary is malformed")
    }
    return GraphemeToPhonemeExamples(dictionary)
  }()

  private static func schedule() -> SoundModelTrainer.Schedule {
    var schedule = SoundModelTrainer.Schedule()
    schedule.slotBits = 16
    schedule.weightCount = 2_000
    schedule.sparsity = 0.003
    return schedule
  }

  private static func trained() -> [UInt8] {
    let trainer = SoundModelTrainer(examples.training, schedule: schedule())
    trainer.train()
    return trainer.section()
  }

  @Test("The model of sounds prefers the right pronunciation of words that it has not seen, and its size is limited")
  func soundModel() throws {
    let section = Self.trained()
    #expect(section.count <= 16 + 48 * 4 + 27 * 12 + 2 * 64 + 2 * 2_000)
    try section.withUnsafeBytes { bytes in
      var reader = SectionReader(id: LanguageFile.guessRankingSection, bytes: bytes)
      let model = try SoundModel(&reader)
      for example in Self.examples.heldOut + Self.examples.tuning {
        let right = model.logProbability(letters: example.letters, phonemes: example.pronunciations[0])
        #expect(exp(right) > 0.5, "\(example.word)")
        for place in example.pronunciations[0].indices {
          var wrong = example.pronunciations[0]
          wrong[place] = wrong[place] == 5 ? 6 : 5
          #expect(model.logProbability(letters: example.letters, phonemes: wrong) < right, "\(example.word)")
        }
      }
    }
  }

  @Test("Two runs write the same bytes")
  func repeatable() { #expect(Self.trained() == Self.trained()) }

  @Test("A fitted ranking is at least as often right as the model alone, and its probabilities are those of the others")
  func ranking() throws {
    var configuration = GraphemeToPhonemeConfiguration()
    configuration.embeddingDimension = 8
    configuration.hiddenUnits = 8
    configuration.layerCount = 1
    configuration.dropout = 0
    var schedule = GraphemeToPhonemeTrainer.Schedule()
    schedule.epochCount = 4
    schedule.batchSize = 8
    schedule.warmUpSteps = 20
    schedule.peakLearningRate = 0.02
    let trainer = GraphemeToPhonemeTrainer(Self.examples, configuration: configuration, schedule: schedule)
    for _ in 0..<schedule.epochCount { trainer.trainEpoch() }
    let ranking = try GuessRankingTrainer(modelSection: trainer.network.section(), Self.examples)
    let section = try ranking.section(sounds: Self.trained())
    let words = Self.examples.heldOut
    let (alone, ranked) = (
      try ranking.accuracy(on: words, ranking: nil), try ranking.accuracy(on: words, ranking: section)
    )
    #expect(ranked.wordCount == words.count)
    #expect(ranked.rightCounts[0] >= alone.rightCounts[0])
    #expect(Double(ranked.rightCounts[2]) > 0.8 * Double(words.count))
    #expect(ranked.rightCounts[0] <= ranked.rightCounts[1] && ranked.rightCounts[1] <= ranked.rightCounts[2])
    #expect(ranked.bins.reduce(0) { $0 + $1.count } <= 3 * words.count)
  }

  @Test("Training, tuning and held-out words are different words, and a fiftieth is for tuning")
  func split() {
    let examples = Self.examples
    let words = (examples.training + examples.tuning + examples.heldOut).map(\.word)
    #expect(Set(words).count == words.count)
    #expect(!examples.tuning.isEmpty && examples.tuning.count * 10 < examples.training.count)
    #expect(examples.tuning.allSatisfy { !GraphemeToPhonemeExamples.isHeldOut($0.word) })
  }
}
