import Evaluation
import Testing

@Suite struct DetectionErrorTradeoffTests {
  // Four occurrences, three false alarms, ten hours: 0.1 per hour allows one, 0.2 two, 0.05 none.
  private let tradeoff = DetectionErrorTradeoff(
    occurrenceScores: [0.9, 0.6, 0.35, -.infinity], falseAlarmScores: [0.8, 0.5, 0.4], hours: 10)

  @Test("The threshold lies just above the first disallowed false alarm") func missRates() {
    #expect(tradeoff.missRate(atFalseAlarmsPerHour: 0.05) == 0.75)
    #expect(tradeoff.missRate(atFalseAlarmsPerHour: 0.1) == 0.5)
    #expect(tradeoff.missRate(atFalseAlarmsPerHour: 0.2) == 0.5)
    #expect(tradeoff.missRate(atFalseAlarmsPerHour: 0.3) == 0.25)
    #expect(tradeoff.missRate(atFalseAlarmsPerHour: 5) == 0.25)
    #expect(tradeoff.threshold(atFalseAlarmsPerHour: 0.1) == 0.5)
  }

  @Test("An occurrence that ties with a disallowed false alarm is missed") func ties() {
    let tied = DetectionErrorTradeoff(occurrenceScores: [0.7, 0.7], falseAlarmScores: [0.7], hours: 1)
    #expect(tied.missRate(atFalseAlarmsPerHour: 0.5) == 1)
    #expect(tied.missRate(atFalseAlarmsPerHour: 1) == 0)
  }

  @Test("Points range from the strictest threshold to the loosest") func points() {
    let points = tradeoff.points
    #expect(points.map(\.threshold) == [0.9, 0.8, 0.6, 0.5, 0.4, 0.35])
    #expect(points.map(\.missRate) == [0.75, 0.75, 0.5, 0.5, 0.5, 0.25])
    #expect(points.map(\.falseAlarmsPerHour) == [0, 0.1, 0.1, 0.2, 0.3, 0.3])
  }
}
