import CPlatform
import KeywordSpotting
import Messages
import TextEnrollment

/// An enrolled phrase and what is known about it.
package struct EnrollmentResult {
  enum ThresholdSource { case given, advised, standard }

  package var enrollment: Enrollment
  package var report: EnrollmentReport
  /// The allowed false alarms per hour.
  let targetPerHour: Float
  var thresholdSource = ThresholdSource.standard
  /// The result of testing the phrase on running speech; nil without a background file.
  package private(set) var advice: PhraseAdvice?
  private(set) var advised: AdvisedThreshold?
  private(set) var missShare: Float?

  init(enrollment: Enrollment, report: EnrollmentReport, targetPerHour: Float) {
    self.enrollment = enrollment
    self.report = report
    self.targetPerHour = targetPerHour
  }

  var warnings: [EnrollmentWarning] { report.warnings }

  /// Reports pronunciations, threshold and warnings.
  package func tell(_ warnings: [String]) {
    let text = enrollment.text
    for line in listenedFor { Messages.report(.information(filled("%: %", text, line))) }
    Messages.report(.information(filled("%: %", text, thresholdSentence)))
    for warning in warnings { Messages.report(.information(filled("note on \"%\": %", text, warning))) }
  }

  /// The least certain source among the words' pronunciations.
  package var source: PronunciationSource { PhraseFile.Phrase(enrollment, report).source }

  /// Tests the phrase on running speech and, unless the threshold was given, sets it from the result.
  ///
  /// - Parameter tellsProgress: Whether to report progress after one second.
  /// - Throws: `badData` if the background cannot be used with the model.
  mutating func tryOn(
    _ background: OpenBackground, _ model: OpenModel, isThresholdGiven: Bool, tellsProgress: Bool
  ) throws(Failure) {
    let advisor: EnrollmentAdvisor
    do throws(BackgroundSpeechError) {
      advisor = try EnrollmentAdvisor(model: model.model, background: background.speech)
    } catch {
      throw Failure(.badData, DeviceSetup.explanation(of: error, path: background.path))
    }
    var progress = ProgressNote(
      "testing the phrase on \(fixedPoint(Double(background.speech.hours), decimals: 1)) h of speech")
    let advice = advisor.advise(on: TriedPhrase(enrollment, report)) {
      if tellsProgress { progress.update($0, of: $1) }
    }
    let advised = AdvisedThreshold(for: advice.falseAlarms, targetPerHour: targetPerHour)
    if !isThresholdGiven { enrollment.threshold = advised.threshold }
    thresholdSource = isThresholdGiven ? .given : .advised
    self.advice = advice
    self.advised = advised
    missShare = background.speech.reference?.missShare(
      belowLogit: FalseAlarmRate.logit(ofScore: enrollment.threshold))
    report.warnings += advice.warnings(
      threshold: enrollment.threshold, isAdvised: !isThresholdGiven, reference: background.speech.reference)
  }

  /// Adds a warning if a short phrase sounds like words of the lexicon.
  mutating func addSoundAlikes(_ lexicon: Lexicon, _ background: BackgroundSpeech?) {
    if let warning = report.soundAlikeWarning(lexicon, background: background) { report.warnings.append(warning) }
  }

  /// The false alarms per hour expected at the threshold; nil without a background file.
  package var falseAlarmsPerHour: Float? { advice?.falseAlarms.perHour(atThreshold: enrollment.threshold) }

  /// The threshold and how it was chosen, as a sentence.
  package var thresholdSentence: String {
    let threshold = "threshold \(scoreText(enrollment.threshold))"
    guard let advice, let rate = falseAlarmsPerHour else {
      return thresholdSource == .given
        ? threshold
        : "\(threshold), not adapted to the phrase: there is no background file next to the model"
    }
    let hours = fixedPoint(Double(advice.falseAlarms.hours), decimals: 1)
    let expectation = "about \(rateText(rate)) false alarms an hour are expected (from \(hours) h of speech)"
    switch thresholdSource == .advised ? advised?.bound : nil {
    case .lowest: return "\(threshold), the lowest advised value: \(expectation)"
    case .highest: return "\(threshold), the highest usable value: \(expectation)"
    case nil: return "\(threshold): \(expectation)"
    }
  }
}

/// Reports the progress of work after one second, and then every ten seconds.
struct ProgressNote {
  private let label: String
  private var next = platform_monotonic_nanoseconds() + 1_000_000_000

  init(_ label: String) { self.label = label }

  mutating func update(_ done: Int, of total: Int) {
    guard done < total, platform_monotonic_nanoseconds() >= next else { return }
    next = platform_monotonic_nanoseconds() + 10_000_000_000
    report(.information("\(label): \(100 * done / max(total, 1)) %"))
  }
}

/// A score with enough decimals to distinguish it from 0 and from 1.
package func scoreText(_ score: Float) -> String {
  var decimals = 3
  while decimals < 8, score > 0, score < 1 {
    let unit = tenth(to: decimals)
    if Double(score) >= unit && 1 - Double(score) >= unit { break }
    decimals += 1
  }
  return fixedPoint(Double(score), decimals: decimals)
}

/// A rate with about two significant digits.
func rateText(_ rate: Float) -> String {
  let value = Double(rate)
  if value >= 10 { return fixedPoint(value, decimals: 0) }
  if value >= 1 { return fixedPoint(value, decimals: 1) }
  return value >= 0.01
    ? fixedPoint(value, decimals: 2) : value >= 0.001 ? fixedPoint(value, decimals: 3) : "under 0.001"
}

private func tenth(to power: Int) -> Double {
  var value = 1.0
  for _ in 0..<power { value /= 10 }
  return value
}
