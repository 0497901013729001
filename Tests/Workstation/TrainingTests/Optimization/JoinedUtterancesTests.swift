import AudioFrontEnd
import SeededRandom
import Testing
import Training

/// Consecutive utterances of one stream.
@Suite struct JoinedUtterancesTests {
  private static let texts = ["ALPHA BRAVO CHARLIE DELTA", "ECHO FOXTROT", "GOLF HOTEL INDIA", "JULIET KILO LIMA MIKE"]

  @Test("Joined utterances have the features of one stream and whole embeddings each")
  func features() throws {
    var run = try TinyRun(Self.texts, seconds: 1.337)
    run.recipe.joinedShare = 1
    run.recipe.augmentedShare = 0
    run.recipe.phraseCropShare = 0
    var generator = SplitMix64(seed: 3)
    let table = AlignmentTable(count: run.set.items.count)
    let (batch, _) = BatchBuilder(set: run.set, recipe: run.recipe).build([0, 1, 2], table: table, using: &generator)
    #expect(batch.streamBounds?.count == 1)
    #expect(batch.streamBounds?.rowCount == batch.features.rows)
    #expect(batch.bounds.count == 3)
    #expect((0..<2).allSatisfy { batch.bounds.length($0) % 4 == 0 })
    var extractor = FeatureExtractor(initialMeans: run.set.corpus.initialMeans)
    var frames: [[Float]] = []
    for item in 0..<3 {
      var own: [[Float]] = []
      extractor.process(run.set.corpus.samples(of: run.set.items[item].utterance)) { frame in
        own.append((0..<40).map { Float(frame[$0]) * FeatureContract.quantizationStep })
      }
      frames += item < 2 ? Array(own.prefix(own.count / 4 * 4)) : own
    }
    #expect(frames.count == batch.features.rows)
    for (row, frame) in frames.enumerated() {
      #expect((0..<40).allSatisfy { batch.features.row(row)[$0] == frame[$0] }, "frame \(row)")
    }
  }

  @Test(
    "Without joining nothing changes, and with it training works across the joins", arguments: [0, 0.5, 1] as [Float])
  func training(share: Float) throws {
    var run = try TinyRun(Self.texts, seconds: 1.337)
    run.recipe.joinedShare = share
    run.recipe.metricLearningStart = 0
    let builder = BatchBuilder(set: run.set, recipe: run.recipe)
    let network = try SpottingNetwork(restoring: run.trainer().checkpoint())
    for seed in 0..<6 as Range<UInt64> {
      var generator = SplitMix64(seed: seed)
      let table = AlignmentTable(count: run.set.items.count)
      let (batch, _) = builder.build([0, 1, 2, 3], table: table, using: &generator)
      #expect((batch.streamBounds == nil) == (share == 0))
      if share == 1 { #expect(batch.streamBounds?.count == 1) }
      let report = network.step(batch, weights: ObjectiveWeights(), metricLearning: true, using: &generator)
      #expect(report.ctc.isFinite && report.ctc > 0)
      #expect(report.skippedUtterances == 0)
    }
  }
}
