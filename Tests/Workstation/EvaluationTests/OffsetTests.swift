import Evaluation
import Foundation
import KeywordSpotting
import ModelFormat
import Testing

private func logit(_ score: Double) -> Double { log(score / (1 - score)) }

/// Recognizes a stream as ``SquareWaveScorer`` does if its first loud sample is in an even hop of 10 ms, else only
/// silence.
private final class EvenHopScorer: AcousticScorer {
  let name = "even hops"
  private let scorer: SquareWaveScorer
  private var count = 0
  private var firstLoud: Int?

  init(_ model: AcousticModel) { scorer = SquareWaveScorer(model) }

  func encode(clip: UnsafeBufferPointer<Int16>) -> EncodedClip { scorer.encode(clip: clip) }

  func encode(
    stream samples: UnsafeBufferPointer<Int16>, _ body: (UnsafePointer<Float>, UnsafePointer<Float>) -> Void
  ) {
    if firstLoud == nil, let index = samples.firstIndex(where: { abs(Int($0)) > 300 }) { firstLoud = count + index }
    count += samples.count
    let isDeaf = firstLoud.map { $0 / 160 % 2 == 1 } ?? false
    let heard = isDeaf ? [Int16](repeating: 0, count: samples.count) : Array(samples)
    heard.withUnsafeBufferPointer { scorer.encode(stream: $0, body) }
  }

  func resetStream() {
    scorer.resetStream()
    (count, firstLoud) = (0, nil)
  }
}

@Suite struct OffsetTests {
  @Test("The spread over the offsets is reported by the range of the mean score") func spread() throws {
    // Two recordings of one phrase and one of another, at four offsets.
    let scores = [[0.88, 0.92, 0.88, 0.92], [0.90, 0.90, 0.90, 0.90], [0.2, 0.4, 0.2, 0.4]]
    let report = OffsetReport(
      texts: ["A", "B"], thresholds: [logit(0.9) - 1e-9, logit(0.99)], thresholdSource: "given", clips: [0, 0, 1],
      scores: scores.map { $0.map(logit) }, occurrencesForMean: 2)
    #expect(report.offsetCount == 4 && report.ranges.map(\.recordingCount) == [0, 1, 0, 2, 0])
    // Deviations of 0.02 and 0: the root of half of 0.0004.
    #expect(abs(try #require(report.ranges[3].standardDeviation) - 0.0002.squareRoot()) < 1e-9)
    #expect(abs(try #require(report.ranges[3].largestStandardDeviation) - 0.02) < 1e-9)
    #expect(abs(try #require(report.ranges[1].standardDeviation) - 0.1) < 1e-9)
    #expect(report.ranges[0].standardDeviation == nil)
    // The first recording is missed at two offsets, the second never, the third always.
    #expect(report.unsteadyCount == 1 && report.unsteadyMissRate == 0.5 && report.recordingCount == 3)
    #expect(report.phrases.map(\.missRate) == [0.25, 1] && report.phrases.map(\.unsteadyCount) == [1, 0])
    // The second phrase has too few recordings for the mean.
    #expect(report.meanPhraseCount == 1 && report.meanMissRate == 0.25)
    #expect(report.lowestMeanMissRate == 0 && report.highestMeanMissRate == 0.5)
    #expect(report.markdown.contains("0.0141") && report.markdown.contains(", met"))
  }

  @Test("A recording without a candidate scores 0") func noCandidate() {
    let report = OffsetReport(
      texts: ["A"], thresholds: [0], thresholdSource: "given", clips: [0], scores: [[-.infinity, -.infinity]],
      occurrencesForMean: 1)
    #expect(report.ranges[0].recordingCount == 1 && report.ranges[0].standardDeviation == 0)
    #expect(report.meanMissRate == 1 && report.unsteadyCount == 0)
  }

  @Test("Each offset is the same stream started a millisecond later") func offsets() throws {
    let model = try untrainedModel()
    let sentences = ["THE FARMER PAINTED A YELLOW BASKET", "MY NEIGHBOUR DISCOVERED THE GARDEN"]
    try withCorpus(model, sentences) { background in
      try withCorpus(model, name: "wake", ["HEY COMPUTER", "ATHENA"]) { phrases in
        let offsets = try OffsetProtocol(background: [background], phrases: [phrases], model: model)
        let steady = try offsets.run(thresholds: .score(1e-9), scorer: SquareWaveScorer(model.model))
        #expect(steady.offsetCount == 40 && steady.recordingCount == 2 && steady.phrases.count == 2)
        #expect(steady.phrases.allSatisfy { $0.missRate == 0 })
        // Speech begins after 0.2 s: in hop 20 at no offset, in hop 19 at 1 to 10 ms, in hop 17 at 21 to 30 ms.
        let half = try offsets.run(thresholds: .score(1e-9), scorer: EvenHopScorer(model.model))
        #expect(half.unsteadyCount == 2 && half.unsteadyMissRate == 0.5)
      }
    }
  }
}
