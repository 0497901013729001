/// Miss rate against false alarms per hour of one phrase on a stream.
///
/// A detector with threshold θ reports every candidate with `score ≥ θ`. At a rate r on a stream of h hours it may
/// report at most ⌊r · h⌋ false alarms. On a short stream a low rate therefore allows none, and interpolation never
/// flatters the figure.
public struct DetectionErrorTradeoff: Sendable {
  /// One threshold's operating point.
  public struct Point: Equatable, Sendable {
    /// The lowest score that is reported.
    public var threshold: Double
    /// False alarms at the threshold divided by the hours of the stream.
    public var falseAlarmsPerHour: Double
    /// Share of the occurrences below the threshold.
    public var missRate: Double
  }

  /// Best score of each occurrence of the phrase, descending; `-∞` for an occurrence without a candidate.
  public let occurrenceScores: [Double]
  /// Scores of the false alarms, descending.
  public let falseAlarmScores: [Double]
  /// The stream's length in hours.
  public let hours: Double

  /// Creates the curve of one phrase from scores in any order.
  ///
  /// - Precondition: at least one occurrence, and `hours > 0`.
  public init(occurrenceScores: [Double], falseAlarmScores: [Double], hours: Double) {
    precondition(!occurrenceScores.isEmpty && hours > 0)
    self.occurrenceScores = occurrenceScores.sorted(by: >)
    self.falseAlarmScores = falseAlarmScores.sorted(by: >)
    self.hours = hours
  }

  /// The score that a candidate must exceed for at most `falseAlarmsPerHour`; `-∞` if all candidates together stay
  /// within the rate.
  public func threshold(atFalseAlarmsPerHour rate: Double) -> Double {
    // The tolerance keeps 0.1 · 10 h = 1 from being rounded down to 0.
    let allowed = Int((rate * hours + 1e-9).rounded(.down))
    return allowed < falseAlarmScores.count ? falseAlarmScores[allowed] : -.infinity
  }

  /// Share of the occurrences missed at the lowest threshold that stays within the rate.
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
