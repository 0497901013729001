import DetectionEvents
import Listening
import Testing

@Suite("Merging the candidates of one phrase and moment")
struct CandidateMergerTests {
  private func event(_ phrase: String, _ samples: Range<Int64>, _ score: Float, detected: Bool = false)
    -> DetectionEvent
  {
    DetectionEvent(
      source: .file("a.wav"), phrase: phrase, startSample: samples.lowerBound, endSample: samples.upperBound,
      score: score, detected: detected)
  }

  @Test("of overlapping rejected candidates of a phrase the best one remains, and it waits for others")
  func rejected() {
    var merger = CandidateMerger(holdSamples: 100)
    let best = event("hey", 5..<95, 0.4)
    #expect(merger.add([event("hey", 0..<90, 0.2)], at: 110).isEmpty)
    #expect(merger.add([best, event("hey", 10..<100, 0.3)], at: 120).isEmpty)
    #expect(merger.add([], at: 194).isEmpty)
    #expect(merger.add([], at: 195) == [best])
    #expect(merger.finish().isEmpty)
  }

  @Test("a detection is passed on at once and absorbs the overlapping candidates before and after it")
  func detected() {
    var merger = CandidateMerger(holdSamples: 1_000)
    let earlier = event("hey", 0..<50, 0.1)
    let detection = event("hey", 100..<200, 0.8, detected: true)
    #expect(merger.add([earlier, event("hey", 110..<210, 0.7)], at: 220).isEmpty)
    #expect(merger.add([detection], at: 230) == [earlier, detection])
    #expect(merger.add([event("hey", 90..<190, 0.9)], at: 240).isEmpty)
    #expect(merger.finish().isEmpty)
  }

  @Test("candidates of other phrases and of other moments are kept apart")
  func others() {
    var merger = CandidateMerger(holdSamples: 10)
    let events = [event("hey", 0..<50, 0.1), event("hay", 0..<50, 0.3), event("hey", 50..<90, 0.2)]
    #expect(merger.add(events, at: 95) == Array(events.prefix(2)))
    #expect(merger.finish() == [events[2]])
  }

  @Test("a candidate that overlaps two replaces both or neither")
  func bridge() {
    for (score, kept) in [(Float(0.5), 1), (0.25, 2)] {
      var merger = CandidateMerger(holdSamples: 10)
      let events = [event("hey", 0..<50, 0.2), event("hey", 60..<90, 0.3), event("hey", 40..<70, score)]
      #expect(merger.add(events, at: 0).isEmpty)
      #expect(merger.finish().map { $0.score } == (kept == 1 ? [score] : [0.2, 0.3]))
    }
  }

  @Test("every detection is passed on, in order")
  func detectionsOnly() {
    var merger = CandidateMerger(holdSamples: 64_000)
    let events = (0..<5).map { event("hey", Int64($0) * 100..<Int64($0) * 100 + 150, 0.9, detected: true) }
    #expect(events.flatMap { merger.add([$0], at: $0.endSample) } == events)
    #expect(merger.finish().isEmpty)
  }
}
