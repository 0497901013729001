/// Miss rate against false alarms per hour of one phrase on a stream.
///
/// A detector with threshold θ reports every candidate with `score ≥ θ`. The false alarms of a rate r on a stream of h
/// hours may be at most ⌊r · h⌋, so on a short stream a small rate means none at all: the figure is never flattered
/// by interpolation.
public struct DetectionErrorTradeoff: Sendable {
  /// One threshold's operating point.
  public struct Point: Equatable, Sendable {
    public var threshold: Double
    public var falseAlarmsPerHour: Double
    public var missRate: Double
  }

  /// Best score per occurrence of the phrase, descending; `-∞` where nothing was found.
  public let occurrenceScores: [Double]
  /// Scores of the false alarms, descending.
  public let falseAlarmScores: [Double]
  /// The stream's length in hours.
  public let hours: Double

  /// - Precondition: at least one occurrence, and `hours > 0`.
  public init(occurrenceScores: [Double], falseAlarmScores: [Double], hours: Double) {
    precondition(!occurrenceScores.isEmpty && hours > 0)
    self.occurrenceScores = occurrenceScores.sorted(by: >)
    self.falseAlarmScores = falseAlarmScores.sorted(by: >)
    self.hours = hours
  }

  /// The score that a candidate must exceed for at most `falseAlarmsPerHour`; `-∞` where even all candidates stay
  /// under the rate.
  public func threshold(atFalseAlarmsPerHour rate: Double) -> Double {
    // The tolerance keeps 0.1 · 10 h = 1 from counting as 0.
    let allowed = Int((rate * hours + 1e-9).rounded(.down))
    return allowed < falseAlarmScores.count ? falseAlarmScores[allowed] : -.infinity
  }

  /// Share of the occurrences not found at the lowest threshold that keeps to the rate.
  public func missRate(atFalseAlarmsPerHour rate: Double) -> Double {
    let bound = threshold(atFalseAlarmsPerHour: rate)
    return 1 - Double(occurrenceScores.count { $0 > bound }) / Double(occurrenceScores.count)
  }

  /// Every distinct operating point, from the strictest threshold to the loosest.
  public var points: [Point] {
    var points: [Point] = []
    var found = 0
    var alarms = 0
    let thresholds = Set(occurrenceScores + falseAlarmScores).filter { $0 > -.infinity }.sorted(by: >)
    for threshold in thresholds {
      while found < occurrenceScores.count, occurrenceScores[found] >= threshold { found += 1 }
      while alarms < falseAlarmScores.count, falseAlarmScores[alarms] >= threshold { alarms += 1 }
      points.append(
        Point(
          threshold: threshold, falseAlarmsPerHour: Double(alarms) / hours,
          missRate: 1 - Double(found) / Double(occurrenceScores.count)))
    }
    return points
  }
}
