import KeywordSpotting
import ModelFormat
import SeededRandom
import Testing

@Suite struct PairScorerTests {
  @Test(
    "The path through a whole clip is the best of all complete paths",
    arguments: [[4], [4, 7], [4, 4], [4, 7, 4]] as [[UInt8]])
  func wholeClip(phonemes: [UInt8]) throws {
    for seed in 0..<20 as Range<UInt64> {
      var generator = SplitMix64(seed: seed)
      let frameCount = Int(seed % 8)
      let ratios = (0..<frameCount).map { _ in
        (0..<40).map { _ in -Float(generator.integer(in: 0...6)) / 2 }
      }
      var aligner = PathAligner()
      let found = aligner.wholeClip(phonemes, ratios: ratios.flatMap { $0 }, frameCount: frameCount)
      let all = PathOracle.wholeClip(phonemes, ratios: ratios)
      guard let best = all.map(\.score).max() else {
        #expect(found == nil, "seed \(seed)")
        continue
      }
      let path = try #require(found, "seed \(seed)")
      #expect(abs(path.score - best) < 1e-4, "seed \(seed)")
      let witness = all.contains { abs($0.score - best) < 1e-4 && abs($0.minimumRatio - path.minimumRatio) < 1e-4 }
      #expect(witness, "seed \(seed): \(path)")
    }
  }

  @Test("A clip has one frame per started 40 ms, whatever came before it", arguments: [1, 639, 640, 641, 16_000])
  func frames(sampleCount: Int) throws {
    let model = try TestModel.make(seed: 51)
    let encoder = ClipEncoder(model)
    let clip = TestModel.samples(sampleCount, seed: 52)
    clip.withUnsafeBufferPointer { encoder.encode($0) }
    #expect(encoder.frameCount == (sampleCount + 639) / 640)
    let units = Array(encoder.units)
    let logPosteriors = Array(encoder.logPosteriors)
    TestModel.samples(5000, seed: 53).withUnsafeBufferPointer { encoder.encode($0) }
    clip.withUnsafeBufferPointer { encoder.encode($0) }
    #expect(Array(encoder.units) == units && Array(encoder.logPosteriors) == logPosteriors)
  }

  @Test("Candidates of a stream and of a clip have the same features for the same path")
  func equalsStream() throws {
    let model = try TestModel.make(seed: 54)
    var generator = SplitMix64(seed: 55)
    let scorer = PairScorer(model: model)
    var compared = 0
    for seed in 0..<20 as Range<UInt64> {
      let samples = TestModel.samples(16_000, seed: 100 + seed)
      let enrollment = TestModel.enrollment(
        dimension: model.embeddingDimension, phonemeCount: 3, threshold: 2, &generator)
      samples.withUnsafeBufferPointer { scorer.load($0) }
      var configuration = SpotterConfiguration()
      configuration.candidateFloor = -30
      let spotter = KeywordSpotter(model: model, enrollments: [enrollment], configuration: configuration)
      var report = Report()
      report.listen(spotter, samples, chunk: samples.count)
      report.finish(spotter)
      for (index, variant) in enrollment.variants.enumerated() {
        let features = try #require(scorer.features(variant))
        let best = report.candidates.filter { $0.variantIndex == index }.max {
          $0.features.meanRatio < $1.features.meanRatio
        }
        // The stream continues into the silence after the clip. Only paths that end early enough for the pause after
        // them to be within the clip can be equal.
        if var best, best.features.meanRatio == features.candidate.meanRatio, best.endSample <= 16_000 - 4 * 640 {
          // A clip is processed as a whole, and clarity is not a feature of a pair.
          best.features.clarity = features.candidate.clarity
          #expect(best.features == features.candidate, "seed \(seed), variant \(index)")
          compared += 1
        }
      }
    }
    #expect(compared > 10)
  }

  @Test("A clip shorter than the phrase scores 0 and has no features")
  func tooShort() throws {
    let model = try TestModel.make(seed: 56)
    var generator = SplitMix64(seed: 57)
    let enrollment = TestModel.enrollment(
      dimension: model.embeddingDimension, phonemeCount: 6, threshold: 0.5, &generator)
    let scorer = PairScorer(model: model)
    for sampleCount in [0, 640 * 5] {
      TestModel.samples(sampleCount, seed: 58).withUnsafeBufferPointer { scorer.load($0) }
      #expect(scorer.score(enrollment) == PairScore(score: 0, variantIndex: 0, features: nil))
    }
    TestModel.samples(640 * 12, seed: 58).withUnsafeBufferPointer { scorer.load($0) }
    #expect(scorer.score(enrollment).score > 0)
  }

  @Test("The score is that of the best variant and does not depend on earlier scores")
  func bestVariant() throws {
    let model = try TestModel.make(seed: 59)
    var generator = SplitMix64(seed: 60)
    let phrases = (0..<8).map { _ in
      TestModel.enrollment(dimension: model.embeddingDimension, phonemeCount: 4, threshold: 0.5, &generator)
    }
    let clips = (0..<3).map { TestModel.samples(8000 + 9000 * $0, seed: UInt64(61 + $0)) }
    let scorer = PairScorer(model: model)
    for clip in clips + clips.reversed() {
      clip.withUnsafeBufferPointer { scorer.load($0) }
      let fresh = PairScorer(model: model)
      clip.withUnsafeBufferPointer { fresh.load($0) }
      for phrase in phrases {
        let score = scorer.score(phrase)
        #expect(score == fresh.score(phrase))
        let scores = try phrase.variants.map { model.pairHead.score(try #require(scorer.features($0))) }
        #expect(score.score == scores.max() && scores[score.variantIndex] == score.score)
      }
      #expect(scorer.utteranceEmbedding() == fresh.utteranceEmbedding())
    }
  }
}
