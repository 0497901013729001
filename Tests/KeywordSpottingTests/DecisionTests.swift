import KeywordSpotting
import Testing

@Suite struct DecisionTests {
  /// A candidate over the frames given, of 640 samples each.
  private static func candidate(
    _ phrase: Int, _ frames: ClosedRange<Int64>, score: Float, variant: Int = 0
  ) -> Candidate {
    Candidate(
      detection: Detection(
        phraseIndex: phrase, startSample: frames.lowerBound * 640, endSample: (frames.upperBound + 1) * 640,
        score: score),
      variantIndex: variant, features: CandidateFeatures())
  }

  /// Runs candidates, each with the frame at which it is closed, and returns those settled with the frame of it.
  private static func run(
    thresholds: [Float] = [0.5, 0.5], _ closings: [(frame: Int64, candidate: Candidate)], until end: Int64 = 200,
    mayBeBeaten: (Int64) -> Bool = { _ in false }
  ) -> [(frame: Int64, candidate: Candidate)] {
    var decision = Decision(thresholds: thresholds, configuration: SpotterConfiguration())
    var settled: [(Int64, Candidate)] = []
    for frame in 0..<end {
      let now = (frame + 1) * 640
      for closing in closings where closing.frame == frame {
        decision.consider(closing.candidate, now: now) { settled.append((frame, $0)) }
      }
      decision.advance(now: now, mayBeBeaten: mayBeBeaten(frame)) { settled.append((frame, $0)) }
    }
    decision.settle { settled.append((end, $0)) }
    return settled
  }

  @Test("A candidate at its threshold is an event at once, one below it never")
  func thresholds() {
    let settled = Self.run([
      (14, Self.candidate(0, 0...10, score: 0.499)), (64, Self.candidate(1, 50...60, score: 0.5)),
    ])
    #expect(settled.map(\.frame) == [14, 64])
    #expect(settled.map(\.candidate.detected) == [false, true])
  }

  @Test("Of overlapping candidates closed together the best is the one event, of whatever phrase and variant")
  func overlap() {
    let settled = Self.run([
      (14, Self.candidate(0, 0...10, score: 0.6)), (14, Self.candidate(0, 1...10, score: 0.9, variant: 1)),
      (14, Self.candidate(1, 3...10, score: 0.8)),
    ])
    #expect(settled.map(\.candidate.score) == [0.6, 0.8, 0.9])
    #expect(settled.map(\.candidate.detected) == [false, false, true])
  }

  @Test("While a better one may come it waits, but not longer than four frames")
  func waiting() {
    let first = Self.candidate(0, 0...10, score: 0.6)
    let better = Self.candidate(1, 2...13, score: 0.9)
    let awaited = Self.run([(14, first), (17, better)], mayBeBeaten: { $0 < 17 })
    #expect(awaited.map(\.frame) == [17, 17])
    #expect(awaited.map(\.candidate.detected) == [false, true])
    #expect(awaited.last?.candidate.phraseIndex == 1)
    let tooLate = Self.run([(14, first), (19, better)], mayBeBeaten: { _ in true })
    #expect(tooLate.map(\.frame) == [18, 19])
    #expect(tooLate.map(\.candidate.detected) == [true, false])
  }

  @Test("After an event its phrase is quiet for a second, other phrases are not")
  func refractory() {
    let event = Self.candidate(0, 0...10, score: 0.9)
    // The event ends with frame 10; a second later is the end of frame 35.
    let settled = Self.run([
      (14, event), (30, Self.candidate(0, 20...26, score: 0.95)), (31, Self.candidate(1, 20...27, score: 0.6)),
      (39, Self.candidate(0, 29...34, score: 0.95)), (40, Self.candidate(0, 30...35, score: 0.95)),
    ])
    #expect(settled.map(\.candidate.detected) == [true, false, true, false, true])
  }

  @Test("What begins inside an event belongs to it, whatever its phrase")
  func insideEvent() {
    let settled = Self.run([
      (14, Self.candidate(0, 0...10, score: 0.7)), (60, Self.candidate(1, 10...56, score: 0.99)),
    ])
    #expect(settled.map(\.candidate.detected) == [true, false])
  }

  @Test("A candidate that waits is an event before one that follows it")
  func successive() {
    let settled = Self.run(
      [(14, Self.candidate(0, 0...10, score: 0.7)), (15, Self.candidate(1, 11...12, score: 0.9))],
      mayBeBeaten: { _ in true })
    #expect(settled.map(\.candidate.phraseIndex) == [0, 1])
    #expect(settled.map(\.candidate.detected) == [true, true])
    #expect(settled.map(\.frame) == [15, 19])
  }

  @Test("What waits at the end of the stream is decided, and a reset forgets it")
  func endAndReset() {
    let settled = Self.run([(14, Self.candidate(0, 0...10, score: 0.7))], until: 16, mayBeBeaten: { _ in true })
    #expect(settled.map(\.candidate.detected) == [true])
    var decision = Decision(thresholds: [0.5], configuration: SpotterConfiguration())
    var count = 0
    decision.consider(Self.candidate(0, 0...10, score: 0.7), now: 0) { _ in count += 1 }
    decision.reset()
    decision.settle { _ in count += 1 }
    #expect(count == 0)
    decision.setThreshold(0.8, phraseIndex: 0)
    decision.consider(Self.candidate(0, 0...10, score: 0.7), now: 0) { _ in count += 1 }
    #expect(count == 1)
  }
}
