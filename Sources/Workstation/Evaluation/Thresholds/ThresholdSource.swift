import Foundation
import KeywordSpotting
import TextEnrollment
import Training

/// Where the thresholds of phrases come from.
public enum ThresholdSource: Sendable {
  /// For each phrase, the lowest with at most so many false alarms an hour on the stream without noise.
  case running(falseAlarmsPerHour: Double)
  /// Those that enrollment sets for a rate, from the speech of a background file.
  case delivered(BackgroundSpeech, falseAlarmsPerHour: Double)
  /// One score, 0…1, for all phrases.
  case score(Double)

  /// False alarms an hour that `heed enroll` sets thresholds for unless it is told otherwise.
  public static let enrollmentRate = 0.1

  /// In a few words, for reports.
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
  ///   - phrases: as the enroller gives them.
  ///   - stream: has the same phrases, without noise, and works at so many false alarms an hour; heard only where thresholds
  ///     come from it.
  ///   - progress: what is done, and how much of how much of it.
  /// - Throws: ``TextEnrollment/BackgroundSpeechError`` where the background is of another model.
  func logOdds(
    of phrases: [TriedPhrase], stream: (Double) throws -> StreamProtocol, model: EvaluatedModel,
    scorer: some AcousticScorer,
    progress: (String, Int, Int) -> Void
  ) throws -> [Double] {
    switch self {
    case .running(let rate):
      // Just above the best false alarm that is not allowed.
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
