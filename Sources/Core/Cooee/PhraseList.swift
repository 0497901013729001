import KeywordSpotting
import ModelFormat
import TextEnrollment

/// Phrases to listen for, enrolled by typing them.
///
/// ```swift
/// var phrases = PhraseList(for: model)
/// let phrase = try phrases.add("hey computer")
/// ```
public struct PhraseList: Sendable {
  /// What is known of a phrase that was added.
  public struct Report: Sendable {
    /// The score from which the phrase is detected, 0…1.
    public var threshold: Float
    /// The false alarms expected in an hour of speech; `nil` without a background.
    public var falseAlarmsPerHour: Float?
    /// The ways to say the phrase that are listened for, in ARPAbet.
    public var pronunciations: [String]
    /// What may go wrong.
    public var warnings: [EnrollmentWarning]
  }

  let model: SpotterModel
  private(set) var file: PhraseFile

  /// Creates a list without phrases.
  public init(for model: SpotterModel) {
    self.model = model
    file = PhraseFile(model: model.model)
  }

  /// Reads the bytes of a phrase file, which ``bytes()`` or the program `cooee` wrote.
  ///
  /// - Throws: ``SpotterError/phrases(_:)``.
  public init(_ bytes: [UInt8], for model: SpotterModel) throws(SpotterError) {
    self.model = model
    let memory = AlignedBytes(bytes)
    do throws(PhraseFileError) {
      file = try PhraseFile(memory.buffer)
      _ = try file.enrollments(for: model.model)
    } catch {
      throw .phrases(error)
    }
  }

  /// The bytes of a phrase file.
  public func bytes() -> [UInt8] { file.bytes() }

  /// The texts of the phrases, as they were typed.
  public var texts: [String] { file.phrases.map(\.enrollment.text) }

  /// Adds a phrase.
  ///
  /// Without a threshold, the phrase is tested on the background, which takes a second or more.
  ///
  /// - Parameters:
  ///   - text: the phrase as people say it.
  ///   - pronunciation: ARPAbet with words separated by full stops, such as `HH EY . K AH M P Y UW T ER`; `nil` to look the
  ///     words up.
  ///   - threshold: 0…1; `nil` to set it for `falseAlarmsPerHour`.
  ///   - falseAlarmsPerHour: the false alarms allowed in an hour of speech.
  /// - Throws: ``SpotterError``; the list is then unchanged.
  public mutating func add(
    _ text: String, pronunciation: String? = nil, threshold: Float? = nil, falseAlarmsPerHour: Float = 0.1
  ) throws(SpotterError) -> Report {
    guard let language = model.language else { throw .noLanguage }
    if let threshold, !(0...1 ~= threshold) { throw .outOfRange(threshold) }
    guard falseAlarmsPerHour > 0, falseAlarmsPerHour.isFinite else { throw .outOfRange(falseAlarmsPerHour) }
    var enrollment: Enrollment
    var report: EnrollmentReport
    do throws(EnrollmentError) {
      (enrollment, report) = try Enroller(model: model.model, language: language).enroll(
        text, pronunciation: pronunciation, threshold: threshold ?? 0.5, besides: file.phrases.map(\.enrollment))
    } catch {
      throw .phrase(error)
    }
    var expected: Float?
    if let background = model.background {
      let advisor: EnrollmentAdvisor
      do throws(BackgroundSpeechError) {
        advisor = try EnrollmentAdvisor(model: model.model, background: background)
      } catch {
        throw .background(error)
      }
      let advice = advisor.advise(on: TriedPhrase(enrollment, report))
      if threshold == nil {
        enrollment.threshold = AdvisedThreshold(for: advice.falseAlarms, targetPerHour: falseAlarmsPerHour).threshold
      }
      report.warnings += advice.warnings(
        threshold: enrollment.threshold, isAdvised: threshold == nil, reference: background.reference)
      expected = advice.falseAlarms.perHour(atThreshold: enrollment.threshold)
    }
    do throws(PhraseFileError) {
      try file.add(PhraseFile.Phrase(enrollment, report))
    } catch {
      throw .phrases(error)
    }
    return Report(
      threshold: enrollment.threshold, falseAlarmsPerHour: expected, pronunciations: report.variants.map(\.arpabet),
      warnings: report.warnings)
  }

  /// Removes a phrase; returns whether there was one with this text.
  public mutating func remove(_ text: String) -> Bool { file.remove(text) }
}
