import Foundation
import KeywordSpotting
import TextEnrollment
import Training

/// The source of the phrases' thresholds.
public enum ThresholdSource: Sendable {
  /// Per phrase, the lowest threshold that gives at most this many false alarms per hour on the stream without noise.
  case running(falseAlarmsPerHour: Double)
  /// The thresholds that enrollment sets for a rate with a background file.
  case delivered(BackgroundSpeech, falseAlarmsPerHour: Double)
  /// One score, 0…1, for all phrases.
  case score(Double)

  /// The false alarms per hour for which `cooee enroll` sets thresholds by default.
  public static let enrollmentRate = 0.1

  /// A short description for reports.
  public var name: String {
    switch self {
    case .running(let rate): String(format: "%g false alarms an hour in running speech", rate)
    case .delivered(_, let rate): String(format: "as enrollment sets them for %g false alarms an hour", rate)
    case .score(let score): String(format: "%g for every phrase", score)
    }
  }

  /// The log odds from which a candidate of each phrase is an event.
  ///
  /// - Parameters:
  ///   - phrases: the phrases as enrolled.
  ///   - stream: a stream with the same phrases, without noise, that works at a number of false alarms per hour. It is
  ///     processed only if the thresholds depend on it.
  ///   - progress: called with the name of the work, the units done and all units.
  /// - Throws: ``TextEnrollment/BackgroundSpeechError`` if the background belongs to another model.
  func logOdds(
    of phrases: [TriedPhrase], stream: (Double) throws -> StreamProtocol, model: EvaluatedModel,
    scorer: some AcousticScorer,
    progress: (String, Int, Int) -> Void
  ) throws -> [Double] {
    switch self {
    case .running(let rate):
      // Just above the highest false alarm that the rate does not allow.
      return try stream(rate).run(scorer: scorer, bootstrap: nil) { progress("seconds of the stream", $0, $1) }
        .workingThresholds.map(\.nextUp)
    case .delivered(let background, let rate):
      return try EnrollmentAdvisor(model: model.model, background: background)
        .advise(on: phrases) { progress("background utterances", $0, $1) }
        .map { advice in
          let advised = AdvisedThreshold(for: advice.falseAlarms, targetPerHour: Float(rate))
          return Double(FalseAlarmRate.logit(ofScore: advised.threshold))
        }
    case .score(let score):
      return phrases.map { _ in Double(FalseAlarmRate.logit(ofScore: Float(score))) }
    }
  }
}
