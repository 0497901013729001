import Evaluation
import Testing

private func candidate(_ start: Double, _ end: Double, _ score: Double, late: Double = 0.2) -> StreamCandidate {
  StreamCandidate(
    phraseIndex: 0, startSample: Int64(start * 16_000), endSample: Int64(end * 16_000), score: score,
    reportedSample: Int64((end + late) * 16_000))
}

private func occurrence(_ start: Double, _ end: Double) -> StreamOccurrence {
  StreamOccurrence(phraseIndex: 0, startSample: Int64(start * 16_000), endSample: Int64(end * 16_000))
}

private func outcome(_ candidates: [StreamCandidate], _ occurrences: [StreamOccurrence]) -> StreamOutcome {
  StreamOutcome(candidates: candidates, occurrences: occurrences, streamSampleCount: 16_000 * 3_600)
}

@Suite struct StreamOutcomeTests {
  @Test("A hit ends between the phrase's start and half a second after its end") func window() {
    let said = [occurrence(10, 11)]
    for (end, isHit) in [(9.99, false), (10.0, true), (10.9, true), (11.5, true), (11.51, false)] {
      let result = outcome([candidate(end - 1, end, 0.7)], said)
      #expect((result.hits[0] != nil) == isHit, "end \(end)")
    }
  }

  @Test("The best candidate of an occurrence counts, with its own latency") func best() {
    let result = outcome(
      [candidate(10, 10.6, 0.3), candidate(10, 11, 0.9, late: 0.16), candidate(10.1, 11.2, 0.5)], [occurrence(10, 10.9)]
    )
    #expect(result.hits[0]?.score == 0.9)
    #expect(abs(result.latenciesSeconds[0]! - 0.26) < 1e-9)
    #expect(result.tradeoff.occurrenceScores == [0.9])
    #expect(result.tradeoff.falseAlarmScores.isEmpty)
  }

  @Test("A candidate that overlaps an occurrence is not a false alarm, even without a hit") func touching() {
    // Ends too late for a hit, but begins within the occurrence's tolerance.
    let late = outcome([candidate(11.4, 12, 0.8)], [occurrence(10, 11)])
    #expect(late.hits[0] == nil && late.tradeoff.falseAlarmScores.isEmpty)
    let after = outcome([candidate(11.6, 12, 0.8)], [occurrence(10, 11)])
    #expect(after.tradeoff.falseAlarmScores == [0.8])
    let before = outcome([candidate(9, 9.9, 0.8)], [occurrence(10, 11)])
    #expect(before.tradeoff.falseAlarmScores == [0.8])
  }

  @Test("False alarms within a second of a better one are one event") func refractory() {
    let result = outcome(
      [
        candidate(99, 100, 0.4), candidate(99, 100.5, 0.8), candidate(100, 101.4, 0.6),  // around 100.5
        candidate(101, 101.6, 0.5),  // 1.1 s after the best, 0.2 s after the third, which does not count itself
        candidate(300, 301, 0.2),
      ], [occurrence(10, 11)])
    #expect(result.tradeoff.falseAlarmScores == [0.8, 0.5, 0.2])
  }

  @Test("One candidate can hit two overlapping windows") func overlap() {
    let result = outcome([candidate(10, 11.2, 0.7)], [occurrence(10, 10.9), occurrence(11.1, 12)])
    #expect(result.hits.map { $0?.score } == [0.7, 0.7])
  }

  @Test("Hours exclude the phrase's own time") func hours() {
    let result = outcome([], [occurrence(10, 11), occurrence(20, 21.5)])
    #expect(abs(result.tradeoff.hours - (3_600 - 1.5 - 2) / 3_600) < 1e-12)
    #expect(result.tradeoff.missRate(atFalseAlarmsPerHour: 1) == 1)
  }

  @Test("Latencies are those of the occurrences above the threshold, in ascending order") func latencies() {
    let result = outcome(
      [candidate(10, 11, 0.9, late: 0.4), candidate(20, 21, 0.5, late: 0.1), candidate(30, 31, 0.6, late: 0.3)],
      [occurrence(10, 11), occurrence(20, 21), occurrence(30, 31)])
    #expect(result.latenciesSeconds(above: 0.5).map { ($0 * 1_000).rounded() } == [300, 400])
  }
}
