import Evaluation
import Foundation
import KeywordSpotting
import Testing

private func event(_ phrase: Int, _ start: Double, _ end: Double) -> Detection {
  Detection(phraseIndex: phrase, startSample: Int64(start * 16_000), endSample: Int64(end * 16_000), score: 0.9)
}

private func said(_ phrase: Int, _ start: Double, _ end: Double) -> StreamOccurrence {
  StreamOccurrence(phraseIndex: phrase, startSample: Int64(start * 16_000), endSample: Int64(end * 16_000))
}

private func count(_ events: [Detection], _ occurrences: [StreamOccurrence]) -> StreamEventReport {
  StreamEventReport(
    texts: ["RED", "BLUE"], events: events, occurrences: occurrences, streamSampleCount: 16_000 * 1_800,
    said: { StreamClip(id: "at-\($0.startSample / 16_000)", speaker: "s", group: "", text: "") })
}

private func lines(_ report: StreamEventReport) -> [String] {
  report.confusions.map { "\($0.said) as \($0.reported): \($0.count), \($0.missedCount) missed" }
}

@Suite struct StreamEventReportTests {
  @Test("A single event in the occurrence is detected and reported once") func once() {
    let report = count([event(0, 10, 10.9)], [said(0, 10, 11), said(0, 20, 21)])
    #expect(report.occurrenceCount == 2 && report.detectedCount == 1 && report.onceCount == 1)
    #expect(report.onceShare == 1 && report.repetitions.isEmpty && report.falseAlarmCount == 0)
    #expect(count([], [said(0, 10, 11)]).onceShare == nil)
  }

  @Test(
    "A second event that overlaps the occurrence within half a second is a repetition",
    arguments: [
      (9.0, 9.6, true), (8.5, 9.4, false),  // before
      (11.1, 12.4, true), (11.6, 12.4, false),  // after
      (10.2, 10.5, true),
    ]) func repetition(start: Double, end: Double, isRepetition: Bool)
  {
    let second = event(0, start, end)
    let events = [event(0, 10, 10.9), second].sorted { $0.endSample < $1.endSample }
    let report = count(events, [said(0, 10, 11)])
    #expect(report.detectedCount == 1 && report.onceCount == (isRepetition ? 0 : 1))
    #expect(report.falseAlarmCount == (isRepetition ? 0 : 1))
    #expect(report.repetitions.map(\.clip) == (isRepetition ? ["at-10"] : []))
    if isRepetition { #expect(report.repetitions[0].eventSeconds == [10.9, end].sorted()) }
  }

  @Test("An occurrence without a hit is not detected, regardless of overlapping events") func touching() {
    let report = count([event(0, 9, 9.8), event(0, 11.2, 11.9)], [said(0, 10, 11)])
    #expect(report.detectedCount == 0 && report.repetitions.isEmpty && report.falseAlarmCount == 0)
  }

  @Test("An event that hits one occurrence is not a repetition of the adjacent one") func neighbours() {
    // The second occurrence starts 0.6 s after the first, and its event 0.4 s after it.
    let report = count([event(0, 10, 10.9), event(0, 11.4, 12.5)], [said(0, 10, 11), said(0, 11.6, 12.6)])
    #expect(report.detectedCount == 2 && report.onceCount == 2)
  }

  @Test("Another phrase's event on an occurrence is a confusion and a false alarm") func confusion() {
    let report = count(
      [event(0, 10, 10.9), event(1, 20.1, 21.4), event(1, 30, 31), event(0, 40, 41)],
      [said(0, 10, 11), said(0, 20, 21), said(0, 30, 30.4), said(1, 40, 41)])
    #expect(report.detectedCount == 1 && report.confusedCount == 2 && report.falseAlarmCount == 3)
    #expect(report.falseAlarmsPerHour == 6)
    // At 30 s the event ends too late for the occurrence.
    #expect(lines(report) == ["RED as BLUE: 1, 1 missed", "BLUE as RED: 1, 1 missed"])
    let both = count([event(0, 10, 10.5), event(1, 10.5, 11)], [said(0, 10, 11)])
    #expect(lines(both) == ["RED as BLUE: 1, 0 missed"])
    #expect(both.onceCount == 1)
  }
}
