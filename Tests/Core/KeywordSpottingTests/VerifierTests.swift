import Foundation
import KeywordSpotting
import ModelFormat
import SeededRandom
import Testing

@Suite struct VerifierTests {
  /// The formulas of the verifier in double precision over arrays.
  private struct Oracle {
    let model: AcousticModel
    let frames: [[Double]]

    func matrix(_ matrix: RowQuantizedMatrix) -> [[Double]] {
      (0..<matrix.rowCount).map { row in
        (0..<matrix.columnCount).map { column in
          Double(matrix.rowScales[row]) * Double(matrix.values[row * matrix.columnCount + column])
        }
      }
    }

    func dot(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }

    func softmax(_ logits: [Double]) -> [Double] {
      let exponentials = logits.map { exp($0 - logits.max()!) }
      return exponentials.map { $0 / exponentials.reduce(0, +) }
    }

    func weightedSum(_ weights: [Double], _ vectors: [[Double]]) -> [Double] {
      vectors[0].indices.map { component in zip(weights, vectors).reduce(0) { $0 + $1.0 * $1.1[component] } }
    }

    func phonemeCosine(_ phoneme: [Double], _ segment: [[Double]]) -> Double {
      let weights = softmax(segment.map { Double(model.pooling.attentionScale) * dot(phoneme, $0) })
      let aligned = weightedSum(weights, segment)
      return dot(phoneme, aligned) / dot(aligned, aligned).squareRoot()
    }

    func utterance(_ segment: [[Double]]) -> [Double] {
      let pooling = model.pooling
      let frameWeights = matrix(pooling.frameWeights)
      let logits = segment.map { frame in
        pooling.frameScorer.indices.reduce(0.0) {
          $0 + Double(pooling.frameScorer[$1]) * tanh(dot(frameWeights[$1], frame) + Double(pooling.frameBiases[$1]))
        }
      }
      let weights = softmax(logits)
      let mean = weightedSum(weights, segment)
      let squares = weightedSum(weights, segment.map { $0.map { $0 * $0 } })
      let deviation = zip(squares, mean).map { max($0 - $1 * $1, 1e-6).squareRoot() }
      let projection = matrix(pooling.projection)
      let vector = projection.indices.map {
        dot(projection[$0], mean + deviation) + Double(pooling.projectionBiases[$0])
      }
      return vector.map { $0 / dot(vector, vector).squareRoot() }
    }
  }

  private static func frames(_ count: Int, _ dimension: Int, seed: UInt64) -> [[Float]] {
    var generator = SplitMix64(seed: seed)
    return (0..<count).map { _ in TestModel.unit(dimension, &generator) }
  }

  /// Log posteriors `[40]` per frame, all different.
  private static func logPosteriors(_ count: Int, seed: UInt64) -> [[Float]] {
    var generator = SplitMix64(seed: seed &+ 77)
    return (0..<count).map { _ in (0..<40).map { _ in Float.random(in: -9 ... -0.01, using: &generator) } }
  }

  @Test("The features match the formulas", arguments: [1, 2, 7, 8, 9, 30])
  func formulas(frameCount: Int) throws {
    let model = try TestModel.make(seed: 21)
    let dimension = model.embeddingDimension
    let seed = UInt64(frameCount)
    var generator = SplitMix64(seed: seed)
    let variant = TestModel.variant(
      phonemes: TestModel.phonemes(5, &generator), dimension: dimension, &generator)
    let frames = Self.frames(70, dimension, seed: seed)
    let posteriors = Self.logPosteriors(70, seed: seed)
    // A ring of 40 over 70 frames, so the segment crosses its end.
    var verifier = Verifier(model, historyFrames: 40)
    for (frame, row) in zip(frames, posteriors) { verifier.append(frame, logPosteriors: row) }
    let first = 69 - frameCount
    let path = PhraseMatcher.Peak(
      variantIndex: 0, score: -0.75, minimumRatio: -20, startFrame: Int64(first), endFrame: 68)
    let features = verifier.features(of: path, variant: variant)

    let oracle = Oracle(model: model, frames: frames.map { $0.map(Double.init) })
    let segment = Array(oracle.frames[first...68])
    let cosines = (0..<5).map { phoneme in
      oracle.phonemeCosine(
        variant.phonemeEmbeddings[phoneme * dimension..<(phoneme + 1) * dimension].map(Double.init), segment)
    }
    #expect(features.meanRatio == -0.75)
    #expect(features.minimumRatio == -12)
    #expect(abs(Double(features.meanCosine) - cosines.reduce(0, +) / 5) < 1e-5, "seed \(seed)")
    #expect(abs(Double(features.minimumCosine) - cosines.min()!) < 1e-5, "seed \(seed)")
    let utterance = oracle.utterance(segment)
    let expected = oracle.dot(utterance, variant.utteranceEmbedding.map(Double.init))
    #expect(abs(Double(features.utteranceCosine) - expected) < 1e-5, "seed \(seed)")
    #expect(abs(Double(features.durationPlausibility) + abs(log(Double(frameCount) / 11.5))) < 1e-6)
    #expect(features.length == 0.5)
    let certainty = posteriors[first...68].reduce(0.0) { $0 + Double($1.max()!) }
    #expect(abs(Double(features.phonemeCertainty) - max(certainty / 5, -12)) < 1e-4, "seed \(seed)")
    #expect(abs(Double(features.frameCertainty) - certainty / Double(frameCount)) < 1e-4, "seed \(seed)")
    let speech = posteriors.map { 1 - exp(Double($0[39])) }
    let before = speech[max(30, first - 6)..<first]
    #expect(abs(Double(features.pauseBefore) + before.reduce(0, +) / Double(before.count)) < 1e-5, "seed \(seed)")
    #expect(abs(Double(features.pauseAfter) + speech[69]) < 1e-5, "one frame was heard after the path")
    // Each frame of speech loses a hundredth for every later frame of speech and a 250th for every quiet one.
    var (squares, sum, activity) = (21.25, 25.0, 0.0)
    for probability in speech {
      activity = (11 * activity + probability) / 12
      if activity <= 0.3 {
        squares += (21.25 - squares) / 250
        sum += (25 - sum) / 250
        continue
      }
      squares = squares * (1 - probability / 100) + probability * probability
      sum = sum * (1 - probability / 100) + probability
    }
    #expect(abs(Double(features.clarity) - squares / sum) < 1e-5, "seed \(seed)")
    // The weights of frames are cached; a second call must give the same.
    #expect(verifier.features(of: path, variant: variant) == features)

    var fresh = Verifier(model, historyFrames: 40)
    for index in first...68 { fresh.append(frames[index], logPosteriors: posteriors[index]) }
    let embedding = fresh.utteranceEmbedding(frameCount: frameCount)
    for (found, exact) in zip(embedding, utterance) { #expect(abs(Double(found) - exact) < 1e-5) }
  }

  @Test("While nobody talks, the clarity returns to that of clear speech, whatever the background noise")
  func clarity() throws {
    let model = try TestModel.make(seed: 21)
    var generator = SplitMix64(seed: 5)
    let variant = TestModel.variant(phonemes: [1, 2, 3], dimension: model.embeddingDimension, &generator)
    let unit = Self.frames(1, model.embeddingDimension, seed: 6)[0]
    var verifier = Verifier(model, historyFrames: 16)
    var frame: Int64 = -1
    func hear(speech: Float, frames: Int) {
      var row = [Float](repeating: log(speech / 39), count: 40)
      row[39] = log(1 - speech)
      for _ in 0..<frames { verifier.append(unit, logPosteriors: row) }
      frame += Int64(frames)
    }
    func clarity() -> Float {
      let path = PhraseMatcher.Peak(
        variantIndex: 0, score: -1, minimumRatio: -2, startFrame: frame - 4, endFrame: frame)
      return verifier.features(of: path, variant: variant).clarity
    }
    hear(speech: 0.6, frames: 500)
    let muffled = clarity()
    #expect(abs(muffled - 0.6) < 0.005)
    // Two seconds of background noise that slightly resembles speech change little; a minute of it changes everything.
    hear(speech: 0.02, frames: 50)
    #expect(abs(clarity() - muffled) < 0.02)
    hear(speech: 0.15, frames: 1_500)
    #expect(abs(clarity() - 0.85) < 0.005)
    hear(speech: 0.9, frames: 500)
    #expect(abs(clarity() - 0.9) < 0.005)
  }

  @Test("A path longer than the history is verified by its end")
  func longPath() throws {
    let model = try TestModel.make(seed: 21)
    var generator = SplitMix64(seed: 3)
    let variant = TestModel.variant(phonemes: [1, 2, 3], dimension: model.embeddingDimension, &generator)
    let frames = Self.frames(50, model.embeddingDimension, seed: 4)
    var short = Verifier(model, historyFrames: 16)
    var long = Verifier(model, historyFrames: 64)
    for (frame, row) in zip(frames, Self.logPosteriors(50, seed: 4)) {
      short.append(frame, logPosteriors: row)
      long.append(frame, logPosteriors: row)
    }
    func path(from start: Int64) -> PhraseMatcher.Peak {
      PhraseMatcher.Peak(variantIndex: 0, score: -1, minimumRatio: -2, startFrame: start, endFrame: 49)
    }
    let cut = short.features(of: path(from: 5), variant: variant)
    var expected = long.features(of: path(from: 34), variant: variant)
    expected.durationPlausibility = long.features(of: path(from: 5), variant: variant).durationPlausibility
    // Frames before the path are no longer kept.
    #expect(cut.pauseBefore == 0)
    expected.pauseBefore = 0
    #expect(cut == expected)
  }

  @Test("Heads weight the features in the order of the model file")
  func heads() {
    var features = CandidateFeatures()
    features.meanRatio = -1
    features.minimumRatio = -2
    features.meanCosine = 0.5
    features.minimumCosine = 0.25
    features.utteranceCosine = 0.75
    features.durationPlausibility = -0.5
    features.phonemeCertainty = -0.8
    features.frameCertainty = -0.3
    features.pauseBefore = -0.15
    features.pauseAfter = -0.6
    features.clarity = 0.7
    features.length = 0.9
    let stream = AcousticModel.ScoreHead(weights: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], bias: -0.5)
    func logistic(_ weights: [Float], _ values: [Float], _ bias: Float) -> Double {
      1 / (1 + exp(-zip(weights, values).reduce(Double(bias)) { $0 + Double($1.0) * Double($1.1) }))
    }
    #expect(features.values == [-1, -2, 0.5, 0.25, 0.75, -0.5, -0.8, -0.3, -0.15, -0.6, 0.7, 0.9])
    #expect(abs(Double(stream.score(features)) - logistic(Array(stream.weights), features.values, -0.5)) < 1e-6)

    var pair = PairFeatures()
    pair.candidate = features
    pair.clipRatio = -3
    pair.clipMinimumRatio = -4
    pair.clipFrameRatio = -0.1
    let head = AcousticModel.ScoreHead(weights: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 0.1, 0.2, 0.3, 0.4], bias: 1)
    #expect(pair.values == [-1, -2, 0.5, 0.25, 0.75, -0.5, -0.8, -0.3, -0.15, -0.6, -3, -4, -0.1, 0.9])
    #expect(abs(Double(head.score(pair)) - logistic(Array(head.weights), pair.values, 1)) < 1e-6)
  }
}
