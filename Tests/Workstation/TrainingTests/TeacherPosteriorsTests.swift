import Foundation
import SeededRandom
import Testing
import Training

/// Posteriors of another recognizer as targets of the frame loss.
@Suite struct TeacherPosteriorsTests {
  /// Writes a teacher's files. Row r of the frames has all its probability in class `r % 40`.
  private static func write(_ folder: CorpusFolder, table: String, frames: Int) throws {
    var data = Data(count: 40 * frames)
    for frame in 0..<frames { data[40 * frame + frame % 40] = 255 }
    try folder.write(data, to: "teacher.bin")
    try folder.write(table, to: "teacher.tsv")
  }

  private static func corpusOfTwo(_ folder: CorpusFolder) throws -> TrainingSet {
    var generator = SplitMix64(seed: 9)
    let clips = ["AB CD", "EF GH"].map { text in
      (text, (0..<16_000).map { _ in Int16(1_000 * generator.nextNormal()) })
    }
    return TrainingSet(
      corpus: try folder.prepared(clips), longestSeconds: 17, teacher: try TeacherPosteriors(folder: folder.path)
    ) { text in text.split(separator: " ").map { [$0.utf8.map { $0 - UInt8(ascii: "A") }] } }
  }

  @Test(
    "Each embedding frame gets the teacher's posteriors at its middle, for any padding and speed"
  )
  func targets() throws {
    let folder = try CorpusFolder()
    // The second utterance of the corpus has frames 100 to 199; the first none.
    try Self.write(folder, table: "test\t1\t100\t100\nother\t0\t0\t100\n", frames: 200)
    let set = try Self.corpusOfTwo(folder)
    try set.teacher?.check(set.items.map(\.utterance))
    var recipe = try TinyRun(["AB"]).recipe
    recipe.augmentation.paddingShare = 1
    recipe.augmentation.speedShare = 1
    recipe.augmentedShare = 1
    for seed in 1...10 as ClosedRange<UInt64> {
      var generator = SplitMix64(seed: seed)
      let (batch, placements) = BatchBuilder(set: set, recipe: recipe)
        .build([0, 1], table: AlignmentTable(count: 2), using: &generator)
      #expect(batch.teacherTargets[0].isEmpty)
      let rows = batch.teacherTargets[1]
      #expect(rows.count == 40 * ((batch.bounds.length(1) + 3) / 4))
      for frame in 0..<rows.count / 40 {
        let sample = Double(640 * frame + 200 - placements[1].leadingSamples) * placements[1].speedFactor
        // The teacher's frame t lies about sample 160 t + 200.
        let distances: [Double] = (0..<100).map { abs(Double(160 * $0 + 200) - sample) }
        let nearest = distances.firstIndex(of: distances.min()!)!
        let expected = sample >= 0 && sample < 16_000 ? (100 + nearest) % 40 : 39
        let label = try #require(rows[40 * frame..<40 * frame + 40].firstIndex(of: 255)) - 40 * frame
        #expect(label == expected, "seed \(seed), frame \(frame)")
      }
    }
  }

  @Test("Consecutive utterances of a stream have as many targets as embeddings")
  func joined() throws {
    let folder = try CorpusFolder()
    try Self.write(folder, table: "test\t0\t0\t100\ntest\t1\t100\t100\n", frames: 200)
    let set = try Self.corpusOfTwo(folder)
    var recipe = try TinyRun(["AB"]).recipe
    recipe.joinedShare = 1
    for seed in 1...10 as ClosedRange<UInt64> {
      var generator = SplitMix64(seed: seed)
      let (batch, _) = BatchBuilder(set: set, recipe: recipe)
        .build([0, 1], table: AlignmentTable(count: 2), using: &generator)
      for utterance in 0..<2 {
        #expect(batch.teacherTargets[utterance].count == 40 * ((batch.bounds.length(utterance) + 3) / 4))
      }
    }
  }

  @Test("What is written is read back, each frame of a model at its own time")
  func written() throws {
    let folder = try CorpusFolder()
    try Self.write(folder, table: "test\t0\t0\t10\n", frames: 10)
    let utterances = try Self.corpusOfTwo(folder).items.map(\.utterance)
    // Frame j of utterance u is certain of class j + 10 u.
    let writer = try TeacherPosteriorsWriter(folder: folder.path)
    for (index, utterance) in utterances.enumerated() {
      var logPosteriors = [Float](repeating: -100, count: 25 * 40)
      for frame in 0..<25 { logPosteriors[40 * frame + (frame + 10 * index) % 40] = 0 }
      try writer.append(utterance, logPosteriors: logPosteriors)
    }
    // Until then the folder's previous files can be read.
    #expect(try TeacherPosteriors(folder: folder.path).fingerprint.contains("1 utterances 10 frames"))
    try writer.finish()
    #expect(!FileManager.default.fileExists(atPath: folder.path + "/teacher.bin.partial"))
    let set = try Self.corpusOfTwo(folder)
    var recipe = try TinyRun(["AB"]).recipe
    recipe.augmentedShare = 0
    recipe.phraseCropShare = 0
    recipe.joinedShare = 0
    var generator = SplitMix64(seed: 3)
    let (batch, _) = BatchBuilder(set: set, recipe: recipe)
      .build([0, 1], table: AlignmentTable(count: 2), using: &generator)
    for utterance in 0..<2 {
      let rows = batch.teacherTargets[utterance]
      #expect(rows.count / 40 >= 24)
      for frame in 0..<min(rows.count / 40, 25) {
        #expect(rows[40 * frame + (frame + 10 * utterance) % 40] == 255, "utterance \(utterance), frame \(frame)")
      }
    }
  }

  @Test("A folder that cannot be written is reported with its path")
  func unwritable() throws {
    let folder = try CorpusFolder()
    try folder.write("", to: "file")
    let error = #expect(throws: WholeFileError.self) { try TeacherPosteriorsWriter(folder: folder.path + "/file") }
    #expect(error?.path == folder.path + "/file")
  }

  @Test("Training follows the teacher")
  func training() throws {
    let folder = try CorpusFolder()
    try Self.write(folder, table: "test\t0\t0\t100\ntest\t1\t100\t100\n", frames: 200)
    let set = try Self.corpusOfTwo(folder)
    var recipe = try TinyRun(["AB"]).recipe
    recipe.weights.ctc = 0
    recipe.weights.frame = 1
    recipe.augmentedShare = 0
    recipe.metricLearningStart = 1
    recipe.shardSeconds = 5
    recipe.steps = 30
    recipe.warmUpSteps = 1
    recipe.peakLearningRate = 0.02
    var losses: [Float] = []
    let trainer = try Trainer(set: set, recipe: recipe)
    #expect(trainer.runName.contains("teacher 2 utterances 200 frames"))
    try trainer.run { summary in
      losses.append(summary.report.frame)
      return true
    }
    let (first, last) = (try #require(losses.first), try #require(losses.last))
    #expect(first > 2 && last < first - 0.1, "\(first) to \(last)")
  }

  @Test(
    "Inconsistent files are rejected with the remedy",
    arguments: [
      ("test\t1\t100\n", 200, TeacherError.malformedLine(path: "teacher.tsv", line: 1)),
      ("test\t0\t0\t10\ntest\t1\tx\t10\n", 200, .malformedLine(path: "teacher.tsv", line: 2)),
      ("test\t0\t-1\t10\n", 200, .malformedLine(path: "teacher.tsv", line: 1)),
      ("test\t0\t195\t10\n", 200, .tooShort(path: "teacher.bin", frames: 200, wanted: 205)),
    ] as [(String, Int, TeacherError)])
  func refused(table: String, frames: Int, expected: TeacherError) throws {
    let folder = try CorpusFolder()
    try Self.write(folder, table: table, frames: frames)
    let error = #expect(throws: TeacherError.self) { try TeacherPosteriors(folder: folder.path) }
    let found = try #require(error)
    #expect(found.description.replacing(folder.path + "/", with: "") == expected.description)
  }

  @Test("A folder without the files and a table of other recordings are rejected")
  func missing() throws {
    let folder = try CorpusFolder()
    let error = #expect(throws: TeacherError.self) { try TeacherPosteriors(folder: folder.path) }
    #expect(error?.description.contains("teacher.tsv") == true)
    try Self.write(folder, table: "elsewhere\t0\t0\t10\n", frames: 10)
    let teacher = try TeacherPosteriors(folder: folder.path)
    let utterances = try Self.corpusOfTwo(folder).items.map(\.utterance)
    #expect(throws: TeacherError.noneKnown(path: folder.path + "/teacher.tsv")) {
      try teacher.check(utterances)
    }
  }
}
