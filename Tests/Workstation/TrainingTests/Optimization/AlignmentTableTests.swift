import Foundation
import SeededRandom
import Testing
import Training

@Suite struct AlignmentTableTests {
  private static let texts = ["ALPHA BRAVO CHARLIE DELTA", "ECHO FOXTROT", "GOLF HOTEL INDIA", "JULIET KILO LIMA MIKE"]

  /// A checkpoint of `trainer` with the position of every word: half a second each, from 0.3 s.
  private static func aligned(_ trainer: Trainer) -> Checkpoint {
    var checkpoint = trainer.checkpoint()
    for (item, content) in trainer.set.items.enumerated() {
      checkpoint.header.wordTimes[item] = content.words.indices.flatMap {
        [0.3 + 0.5 * Float($0), 0.75 + 0.5 * Float($0)]
      }
      checkpoint.header.variants[item] = content.words.indices.map { ($0 + item) % 2 }
    }
    return checkpoint
  }

  private static func placement(firstSample: Int, leadingSamples: Int, speedFactor: Double) throws -> Placement {
    let run = try TinyRun(texts)
    var generator = SplitMix64(seed: 0)
    var (_, placements) = BatchBuilder(set: run.set, recipe: run.recipe)
      .build([0], table: AlignmentTable(count: 1), using: &generator)
    placements[0].firstSample = firstSample
    placements[0].leadingSamples = leadingSamples
    placements[0].speedFactor = speedFactor
    return placements[0]
  }

  @Test("A time of a recording maps to its cut by the leading samples and the speed") func byHand() throws {
    let placement = try Self.placement(firstSample: 16_000, leadingSamples: 800, speedFactor: 1.25)
    #expect(abs(placement.cutSeconds(1) - 0.05) < 1e-9)
    #expect(abs(placement.cutSeconds(2.25) - 1.05) < 1e-9)
    #expect(abs(placement.originalSeconds(1.05) - 2.25) < 1e-6)
  }

  @Test("Times of the recording and of the cut convert to each other") func inverse() throws {
    var generator = SplitMix64(seed: 1410)
    var placement = try Self.placement(firstSample: 0, leadingSamples: 0, speedFactor: 1)
    for draw in 0..<500 {
      placement.firstSample = generator.nextIndex(100_000)
      placement.leadingSamples = generator.nextIndex(16_000)
      placement.speedFactor = Double(generator.nextUniform(in: 0.8...1.25))
      let time = generator.nextUniform(in: 0...17)
      #expect(abs(placement.originalSeconds(placement.cutSeconds(time)) - time) < 3e-6, "draw \(draw)")
    }
  }

  @Test("Words get the times of labeled phones, in the spoken pronunciation")
  func timesOfPhones() throws {
    func phones(_ letters: String, silences: Set<Int> = []) -> [LabeledPhone] {
      letters.utf8.enumerated().flatMap { index, letter in
        let start = 1_600 * index
        let phone = LabeledPhone(start: start, end: start + 1_200, phoneme: letter - UInt8(ascii: "A"))
        // What lies between two phones is silence.
        return silences.contains(index)
          ? [phone, .init(start: start + 1_200, end: start + 1_600, phoneme: 39)] : [phone]
      }
    }
    let run = try TinyRun(
      ["AB CDE F", "AB BA", "ABC", "DONT"], seconds: 1,
      phones: [phones("ABEDCF", silences: [1, 4]), phones("ABBA"), phones("ABD"), phones("ODNT")])
    let trainer = try run.trainer()
    let first = try #require(trainer.table.wordTimes[0])
    #expect(zip(first, [0, 0.175, 0.2, 0.475, 0.5, 0.575]).allSatisfy { abs($0 - $1) < 1e-6 })
    // The second word is said backwards.
    #expect(trainer.table.variants[0] == [0, 1, 0])
    // Both words can be said in both ways; one choice gives the phones.
    #expect(trainer.table.variants[1] == [0, 0])
    #expect(trainer.table.wordTimes[2] == nil, "phones that are in no pronunciation tell no times")
    #expect(trainer.table.variants[3] == [1, 0])
  }

  @Test("Given alignments follow cuts, shifts and speed changes of the audio, and map back to the given words")
  func givenAlignments() throws {
    var run = try TinyRun(Self.texts, seconds: 2.8)
    run.recipe.usesGivenAlignments = true
    run.recipe.phraseCropShare = 0.7
    run.recipe.augmentedShare = 0.7
    let trainer = try run.trainer()
    try trainer.takeAlignments(from: Self.aligned(trainer), path: "given")
    let builder = BatchBuilder(set: run.set, recipe: run.recipe)
    var kinds = Set<[Bool]>()
    for seed: UInt64 in 0..<12 {
      var generator = SplitMix64(seed: seed)
      let indices = Array(run.set.items.indices)
      let (batch, placements) = builder.build(indices, table: trainer.table, using: &generator)
      #expect(batch.alignments.count == indices.count)
      for (position, placement) in placements.enumerated() {
        let item = run.set.items[placement.item]
        let range = placement.firstWord..<placement.firstWord + placement.wordCount
        let words = try #require(batch.alignments[position]).words
        #expect(words.map(\.wordIndex) == Array(0..<placement.wordCount))
        #expect(words.map(\.variantIndex) == range.map { ($0 + placement.item) % 2 })
        #expect(batch.chosenVariants[position] == words.map(\.variantIndex))
        #expect(batch.words[position] == Array(item.words[range]))
        for (word, index) in zip(words, range) {
          let time = 0.3 + 0.5 * Float(index)
          #expect(abs(placement.originalSeconds(word.startSeconds) - time) < 1e-5, "seed \(seed)")
          #expect(abs(placement.originalSeconds(word.endSeconds) - time - 0.45) < 1e-5, "seed \(seed)")
          #expect(word.startSeconds >= 0, "seed \(seed)")
          #expect(word.endSeconds <= Double(batch.bounds.length(position)) / 100 + 0.03, "seed \(seed)")
        }
        kinds.insert([placement.firstSample > 0, placement.leadingSamples > 0, placement.speedFactor != 1])
      }
    }
    #expect(kinds.contains { $0[0] } && kinds.contains { $0[1] } && kinds.contains { $0[2] }, "\(kinds)")
  }

  @Test("An utterance without alignment has no times and keeps its first pronunciations") func unknown() throws {
    var run = try TinyRun(Self.texts, seconds: 2.8)
    run.recipe.usesGivenAlignments = true
    var generator = SplitMix64(seed: 1411)
    let (batch, placements) = BatchBuilder(set: run.set, recipe: run.recipe)
      .build([0, 1], table: try run.trainer().table, using: &generator)
    #expect(batch.alignments == [nil, nil])
    #expect(placements.map(\.wordCount) == [0, 1].map { run.set.items[$0].words.count })
    #expect(batch.chosenVariants.joined().allSatisfy { $0 == 0 })
  }

  @Test(
    "Alignments of another corpus or lexicon are rejected and change nothing",
    arguments: ["item", "times", "variants", "none"])
  func foreign(fault: String) throws {
    let trainer = try TinyRun(Self.texts).trainer()
    var checkpoint = Self.aligned(trainer)
    switch fault {
    case "item": checkpoint.header.wordTimes[99] = [0, 1]
    case "times": checkpoint.header.wordTimes[0]!.removeLast()
    case "variants": checkpoint.header.variants[0]!.append(0)
    default: checkpoint.header.variants[1] = nil
    }
    let before = trainer.checkpoint()
    for take in [
      { try trainer.takeAlignments(from: $0, path: "foreign") }, { try trainer.start(from: $0, path: "foreign") },
    ] as [(Checkpoint) throws -> Void] {
      #expect(throws: TrainingError.self) { try take(checkpoint) }
      #expect(trainer.checkpoint().header.wordTimes == before.header.wordTimes)
      #expect(trainer.checkpoint().header.variants == before.header.variants)
      #expect(trainer.checkpoint().values == before.values)
    }
  }
}
