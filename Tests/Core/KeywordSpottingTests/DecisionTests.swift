import KeywordSpotting
import Testing

@Suite struct DecisionTests {
  /// A candidate over the given frames of 640 samples each.
  private static func candidate(
    _ phrase: Int, _ frames: ClosedRange<Int64>, score: Float, variant: Int = 0
  ) -> Candidate {
    Candidate(
      detection: Detection(
        phraseIndex: phrase, startSample: frames.lowerBound * 640, endSample: (frames.upperBound + 1) * 640,
        score: score),
      variantIndex: variant, features: CandidateFeatures())
  }

  /// Phrases that are not part of each other.
  private static let unrelated: [[[UInt8]]] = [[[1, 2]], [[3, 4]]]
  /// "turn on", "turn on the lights" and "the lights".
  private static let parts: [[[UInt8]]] = [[[1, 2]], [[1, 2, 3, 4]], [[3, 4]]]

  /// Processes candidates, each with the frame at which it closes. Returns the decided ones with their frames.
  private static func run(
    thresholds: [Float] = [0.5, 0.5], _ closings: [(frame: Int64, candidate: Candidate)], until end: Int64 = 200,
    phrases: [[[UInt8]]] = unrelated, mayBeBeaten: (Int64) -> Bool = { _ in false },
    isContinued: (Int64, Candidate) -> Bool = { _, _ in false }
  ) -> [(frame: Int64, candidate: Candidate)] {
    var decision = Decision(thresholds: thresholds, configuration: SpotterConfiguration())
    let containment = PhraseContainment(phrases)
    var settled: [(Int64, Candidate)] = []
    for frame in 0..<end {
      let now = (frame + 1) * 640
      for closing in closings where closing.frame == frame {
        decision.consider(closing.candidate, now: now, containment: containment) { settled.append((frame, $0)) }
      }
      var index = 0
      while index < decision.undecidedCount {
        let continues = isContinued(frame, decision.undecided(index))
        let isDecided = decision.advance(index, now: now, mayBeBeaten: mayBeBeaten(frame), isContinued: continues) {
          settled.append((frame, $0))
        }
        index = isDecided ? 0 : index + 1
      }
    }
    decision.settle { settled.append((end, $0)) }
    return settled
  }

  @Test("A candidate at its threshold is detected at once, one below it never")
  func thresholds() {
    let settled = Self.run([
      (14, Self.candidate(0, 0...10, score: 0.499)), (64, Self.candidate(1, 50...60, score: 0.5)),
    ])
    #expect(settled.map(\.frame) == [14, 64])
    #expect(settled.map(\.candidate.detected) == [false, true])
  }

  @Test("Of overlapping candidates that close together, only the best is detected, whatever its phrase and variant")
  func overlap() {
    let settled = Self.run([
      (14, Self.candidate(0, 0...10, score: 0.6)), (14, Self.candidate(0, 1...10, score: 0.9, variant: 1)),
      (14, Self.candidate(1, 3...10, score: 0.8)),
    ])
    #expect(settled.map(\.candidate.score) == [0.6, 0.8, 0.9])
    #expect(settled.map(\.candidate.detected) == [false, false, true])
  }

  @Test("A candidate waits for a better one at most four frames")
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

  @Test("A detected phrase is not reported again for a second, but other phrases are")
  func refractory() {
    let event = Self.candidate(0, 0...10, score: 0.9)
    // The detection ends with frame 10; one second later is the end of frame 35.
    let settled = Self.run([
      (14, event), (30, Self.candidate(0, 20...26, score: 0.95)), (31, Self.candidate(1, 20...27, score: 0.6)),
      (39, Self.candidate(0, 29...34, score: 0.95)), (40, Self.candidate(0, 30...35, score: 0.95)),
    ])
    #expect(settled.map(\.candidate.detected) == [true, false, true, false, true])
  }

  @Test("A candidate that begins within a detection belongs to it, whatever its phrase")
  func insideEvent() {
    let settled = Self.run([
      (14, Self.candidate(0, 0...10, score: 0.7)), (60, Self.candidate(1, 10...56, score: 0.99)),
    ])
    #expect(settled.map(\.candidate.detected) == [true, false])
  }

  @Test("A waiting candidate is reported before one that follows it")
  func successive() {
    let settled = Self.run(
      [(14, Self.candidate(0, 0...10, score: 0.7)), (15, Self.candidate(1, 11...12, score: 0.9))],
      mayBeBeaten: { _ in true })
    #expect(settled.map(\.candidate.phraseIndex) == [0, 1])
    #expect(settled.map(\.candidate.detected) == [true, true])
    #expect(settled.map(\.frame) == [15, 19])
  }

  @Test("Waiting candidates are decided at the end of the stream and dropped by a reset")
  func endAndReset() {
    let settled = Self.run([(14, Self.candidate(0, 0...10, score: 0.7))], until: 16, mayBeBeaten: { _ in true })
    #expect(settled.map(\.candidate.detected) == [true])
    var decision = Decision(thresholds: [0.5], configuration: SpotterConfiguration())
    let containment = PhraseContainment([[[1]]])
    var count = 0
    let candidate = Self.candidate(0, 0...10, score: 0.7)
    decision.consider(candidate, now: 0, containment: containment) { _ in count += 1 }
    decision.reset()
    decision.settle { _ in count += 1 }
    #expect(count == 0)
    decision.setThreshold(0.8, phraseIndex: 0)
    decision.consider(candidate, now: 0, containment: containment) { _ in count += 1 }
    #expect(count == 1)
  }

  @Test("A longer phrase beats its part, whichever scores higher or closes first")
  func longerPhrase() {
    let part = Self.candidate(0, 0...10, score: 0.95)
    let whole = Self.candidate(1, 0...22, score: 0.6)
    // A lower threshold is enough.
    let settled = Self.run(
      thresholds: [0.9, 0.5, 0.5], [(14, part), (26, whole)], phrases: Self.parts,
      isContinued: { frame, candidate in candidate.phraseIndex == 0 && frame < 26 })
    #expect(settled.map(\.frame) == [26, 26])
    #expect(settled.map(\.candidate.phraseIndex) == [0, 1])
    #expect(settled.map(\.candidate.detected) == [false, true])
    let end = Self.candidate(2, 12...22, score: 0.99)
    for order in [[whole, end], [end, whole]] {
      let settled = Self.run(
        thresholds: [0.5, 0.5, 0.5], order.map { (26, $0) }, phrases: Self.parts)
      #expect(settled.filter(\.candidate.detected).map(\.candidate.phraseIndex) == [1])
      #expect(settled.count == 2)
    }
  }

  @Test("A longer phrase below its threshold does not block its part")
  func longerPhraseBelowThreshold() {
    let settled = Self.run(
      thresholds: [0.5, 0.8, 0.5],
      [(14, Self.candidate(0, 0...10, score: 0.6)), (26, Self.candidate(1, 0...22, score: 0.7))], phrases: Self.parts,
      isContinued: { frame, _ in frame < 26 })
    #expect(settled.map(\.candidate.phraseIndex) == [1, 0])
    #expect(settled.map(\.candidate.detected) == [false, true])
    #expect(settled.map(\.frame) == [26, 26])
  }

  @Test("If a longer phrase covers less than half of its part, the scores decide, as for any two phrases")
  func littleOverlap() {
    for (score, detected) in [(0.6, 0), (0.8, 1)] as [(Float, Int)] {
      // Frames 6...10 of 0...10 are five of eleven.
      let settled = Self.run(
        thresholds: [0.5, 0.5, 0.5],
        [(14, Self.candidate(0, 0...10, score: 0.7)), (14, Self.candidate(1, 6...22, score: score))],
        phrases: Self.parts)
      #expect(settled.filter(\.candidate.detected).map(\.candidate.phraseIndex) == [detected])
    }
  }

  @Test("A candidate waits for a longer phrase at most three seconds after it closes")
  func boundedWaiting() {
    let settled = Self.run(
      thresholds: [0.5, 0.5, 0.5], [(14, Self.candidate(0, 0...10, score: 0.7))], phrases: Self.parts,
      isContinued: { _, _ in true })
    #expect(settled.map(\.frame) == [14 + 75])
    #expect(settled.map(\.candidate.detected) == [true])
  }

  @Test("Consecutive parts of a longer phrase wait together, and either all are reported in order or none is")
  func severalParts() {
    let parts = [
      (14 as Int64, Self.candidate(0, 0...10, score: 0.7)), (26 as Int64, Self.candidate(2, 12...22, score: 0.9)),
    ]
    let separate = Self.run(
      thresholds: [0.5, 0.5, 0.5], parts, phrases: Self.parts, isContinued: { frame, _ in frame < 28 })
    #expect(separate.map(\.candidate.phraseIndex) == [0, 2])
    #expect(separate.map(\.candidate.detected) == [true, true])
    #expect(separate.map(\.frame) == [28, 28])
    let together = Self.run(
      thresholds: [0.5, 0.5, 0.5], parts + [(27, Self.candidate(1, 0...22, score: 0.6))], phrases: Self.parts,
      isContinued: { frame, _ in frame < 27 })
    #expect(together.map(\.candidate.phraseIndex) == [0, 2, 1])
    #expect(together.map(\.candidate.detected) == [false, false, true])
  }

  @Test("Another phrase after a waiting one is reported at once, after the waiting one")
  func anotherPhraseMeanwhile() {
    let phrases = Self.parts + [[[9, 8]]]
    let settled = Self.run(
      thresholds: [0.5, 0.5, 0.5, 0.5],
      [(14, Self.candidate(0, 0...10, score: 0.7)), (26, Self.candidate(3, 12...22, score: 0.9))], phrases: phrases,
      isContinued: { _, candidate in candidate.phraseIndex == 0 })
    #expect(settled.map(\.candidate.phraseIndex) == [0, 3])
    #expect(settled.map(\.candidate.detected) == [true, true])
    #expect(settled.map(\.frame) == [26, 26])
  }

  @Test("A part repeated within a second of a waiting one is not reported again")
  func refractoryWhileWaiting() {
    let settled = Self.run(
      thresholds: [0.5, 0.5, 0.5],
      [(14, Self.candidate(0, 0...10, score: 0.7)), (26, Self.candidate(0, 12...22, score: 0.9))], phrases: Self.parts,
      isContinued: { frame, _ in frame < 30 })
    #expect(settled.map(\.candidate.detected) == [true, false])
    #expect(settled.map(\.frame) == [30, 30])
  }

  @Test("If more parts wait than fit, the first one is decided")
  func manyParts() {
    let closings = (0..<9 as Range<Int64>).map { index in
      (14 + 4 * index, Self.candidate(index % 2 == 0 ? 0 : 2, 4 * index...4 * index + 2, score: 0.7))
    }
    let settled = Self.run(
      thresholds: [0.5, 0.5, 0.5], closings, until: 60, phrases: Self.parts, isContinued: { _, _ in true })
    #expect(settled.map(\.frame) == [46] + [Int64](repeating: 60, count: 8))
  }
}
