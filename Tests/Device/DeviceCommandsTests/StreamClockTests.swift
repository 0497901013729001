import DetectionEvents
import Listening
import Testing

@Suite("Stream times with gaps")
struct StreamClockTests {
  private func event(_ start: Int64) -> DetectionEvent {
    DetectionEvent(source: .device("d"), phrase: "p", startSample: start, endSample: start + 100, score: 1)
  }

  @Test("events before a gap keep their times, and later ones move by the missing samples")
  func events() {
    var clock = StreamClock()
    #expect(clock.timed([event(5)]) == [event(5)])
    clock.note(missing: 0, at: 10)
    clock.note(missing: 1_000, at: 500)
    clock.note(missing: 1_000, at: 700)
    clock.note(missing: 3_000, at: 900)
    let starts = clock.timed([event(300), event(600), event(2_000)]).map { $0.startSample }
    #expect(starts == [300, 1_600, 5_000])
    #expect(clock.timed([event(450)]).map { $0.endSample } == [1_550])
  }

  @Test("months of outages use no additional memory")
  func manyGaps() {
    var clock = StreamClock()
    for gap in 1...100_000 { clock.note(missing: Int64(gap), at: Int64(1_000 * gap)) }
    #expect(clock.timed([event(100_000_000)]).map { $0.startSample } == [100_100_000])
  }
}
