import AudioFrontEnd
import CCooee
import KeywordSpotting
import ModelFormat
import TextEnrollment

/// The input of `cooee_enroll`, opened and checked.
private struct EnrollmentRequest {
  let model: AcousticModel
  let language: LanguageFile
  let background: BackgroundSpeech?
  var file: PhraseFile
  let text: String
  let pronunciation: String?
  /// Nil to set it from the background.
  let threshold: Float?
  let falseAlarmsPerHour: Float

  init(_ request: cooee_enrollment) throws(StatusError) {
    guard let text = request.text, request.threshold >= 0, request.threshold <= 1,
      request.false_alarms_per_hour >= 0, request.false_alarms_per_hour.isFinite
    else { throw StatusError(COOEE_ERROR_ARGUMENT) }
    self.text = try string(text)
    pronunciation = if let typed = request.pronunciation { try string(typed) } else { nil }
    threshold = request.threshold > 0 ? request.threshold : nil
    falseAlarmsPerHour = request.false_alarms_per_hour > 0 ? request.false_alarms_per_hour : 0.1
    model = try openModel(request.model)
    let languageBytes = try request.language.buffer()
    do throws(LanguageFileError) {
      language = try LanguageFile(languageBytes)
    } catch {
      throw StatusError(error)
    }
    if request.background.isEmpty {
      background = nil
    } else {
      let bytes = try request.background.buffer()
      do throws(BackgroundSpeechError) {
        background = try BackgroundSpeech(bytes)
      } catch {
        throw StatusError(error)
      }
    }
    file = PhraseFile(model: model)
    guard !request.phrases.isEmpty else { return }
    file = try openPhrases(request.phrases)
    guard file.modelHash == model.contentHash else { throw StatusError(COOEE_ERROR_PHRASES_MODEL) }
  }

  /// Adds the phrase to the file.
  mutating func enroll() throws(StatusError) -> cooee_enrollment_report {
    var enrollment: Enrollment
    var report: EnrollmentReport
    do throws(EnrollmentError) {
      (enrollment, report) = try Enroller(model: model, language: language).enroll(
        text, pronunciation: pronunciation, threshold: threshold ?? 0.5, besides: file.phrases.map { $0.enrollment })
    } catch {
      throw StatusError(error)
    }
    guard !enrollment.text.isEmpty else { throw StatusError(COOEE_ERROR_TEXT_EMPTY) }
    let expected = try adviseThreshold(of: &enrollment, &report)
    do throws(PhraseFileError) {
      try file.add(PhraseFile.Phrase(enrollment, report))
    } catch {
      switch error {
      case .alreadyEnrolled: throw StatusError(COOEE_ERROR_ENROLLED)
      case .tooManyPhrases: throw StatusError(COOEE_ERROR_FULL)
      case .text: throw StatusError(COOEE_ERROR_TEXT_LENGTH)
      default: throw StatusError(error)
      }
    }
    return told(enrollment, report, falseAlarmsPerHour: expected)
  }

  /// Tests the phrase on the background. Returns the expected false alarms per hour; nil without a background.
  private func adviseThreshold(
    of enrollment: inout Enrollment, _ report: inout EnrollmentReport
  ) throws(StatusError) -> Float? {
    guard let background else { return nil }
    let advisor: EnrollmentAdvisor
    do throws(BackgroundSpeechError) {
      advisor = try EnrollmentAdvisor(model: model, background: background)
    } catch {
      throw StatusError(error)
    }
    let advice = advisor.advise(on: TriedPhrase(enrollment, report))
    if threshold == nil {
      enrollment.threshold = AdvisedThreshold(for: advice.falseAlarms, targetPerHour: falseAlarmsPerHour).threshold
    }
    report.warnings += advice.warnings(
      threshold: enrollment.threshold, isAdvised: threshold == nil, reference: background.reference)
    return advice.falseAlarms.perHour(atThreshold: enrollment.threshold)
  }

  private func told(
    _ enrollment: Enrollment, _ report: EnrollmentReport, falseAlarmsPerHour: Float?
  ) -> cooee_enrollment_report {
    var told = cooee_enrollment_report()
    told.threshold = enrollment.threshold
    told.false_alarms_per_hour = falseAlarmsPerHour ?? -1
    told.pronunciation_count = UInt32(enrollment.variants.count)
    told.phoneme_count = UInt32(enrollment.variants.map { $0.phonemes.count }.min() ?? 0)
    for warning in report.warnings {
      switch warning {
      case .guessedPronunciation: told.is_guessed = true
      case .highThreshold: told.is_often_missed = true
      case .sameAs, .beginningOf, .beginsWith, .partOf, .contains, .near: told.is_near_another = true
      case .shortPhrase, .otherReadings, .soundsLike, .heardInSpeech: break
      }
    }
    return told
  }
}

/// A string from zero-terminated text.
private func string(_ text: UnsafePointer<CChar>) throws(StatusError) -> String {
  var count = 0
  // The limit is far beyond the text length in phrase files.
  while text[count] != 0 {
    count += 1
    guard count <= 1 << 16 else { throw StatusError(COOEE_ERROR_TEXT_LENGTH) }
  }
  let bytes = UnsafeRawBufferPointer(start: text, count: count)
  guard let string = String(validating: bytes, as: UTF8.self) else { throw StatusError(COOEE_ERROR_TEXT_CHARACTER) }
  return string
}

func openModel(_ bytes: cooee_bytes) throws(StatusError) -> AcousticModel {
  let buffer = try bytes.alignedBuffer()
  do throws(ModelFileError) {
    return try AcousticModel(buffer, expectedFeatureContract: FeatureContract.hash)
  } catch {
    throw StatusError(error)
  }
}

private func openPhrases(_ bytes: cooee_bytes) throws(StatusError) -> PhraseFile {
  let buffer = try bytes.buffer()
  do throws(PhraseFileError) {
    return try PhraseFile(buffer)
  } catch {
    throw StatusError(error)
  }
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// Adds a typed phrase to a phrase file; `cooee.h` documents the parameters.
@c @implementation
public func cooee_enroll(
  _ enrollment: UnsafePointer<cooee_enrollment>?, _ phrases: UnsafeMutableRawPointer?, _ capacity: Int,
  _ byteCount: UnsafeMutablePointer<Int>?, _ report: UnsafeMutablePointer<cooee_enrollment_report>?
) -> cooee_status {
  status { () throws(StatusError) in
    let space = try ResultSpace(phrases, capacity: capacity, byteCount: byteCount)
    guard let enrollment else { throw StatusError(COOEE_ERROR_ARGUMENT) }
    var request = try EnrollmentRequest(enrollment.pointee)
    let told = try request.enroll()
    report?.pointee = told
    try space.write(request.file.bytes())
  }
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// Writes a phrase file without one of its phrases; see `cooee.h`.
@c @implementation
public func cooee_remove_phrase(
  _ phrases: cooee_bytes, _ phraseIndex: UInt32, _ remaining: UnsafeMutableRawPointer?, _ capacity: Int,
  _ byteCount: UnsafeMutablePointer<Int>?
) -> cooee_status {
  status { () throws(StatusError) in
    let space = try ResultSpace(remaining, capacity: capacity, byteCount: byteCount)
    var file = try openPhrases(phrases)
    guard Int(phraseIndex) < file.phrases.count else { throw StatusError(COOEE_ERROR_ARGUMENT) }
    file.removePhrase(at: Int(phraseIndex))
    try space.write(file.bytes())
  }
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// Writes the text of a phrase in UTF-8 with a zero byte; see `cooee.h`.
@c @implementation
public func cooee_phrase_text(
  _ phrases: cooee_bytes, _ phraseIndex: UInt32, _ text: UnsafeMutablePointer<CChar>?, _ capacity: Int,
  _ byteCount: UnsafeMutablePointer<Int>?
) -> cooee_status {
  status { () throws(StatusError) in
    let space = try ResultSpace(text, capacity: capacity, byteCount: byteCount)
    let file = try openPhrases(phrases)
    guard Int(phraseIndex) < file.phrases.count else { throw StatusError(COOEE_ERROR_ARGUMENT) }
    try space.write(Array(file.phrases[Int(phraseIndex)].enrollment.text.utf8) + [0])
  }
}
