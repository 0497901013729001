import KeywordSpotting

extension PhraseFile.Phrase {
  /// Creates a phrase from the result of ``Enroller``. Its source is the least certain one of the words of the most
  /// plausible reading.
  public init(_ enrollment: Enrollment, _ report: EnrollmentReport) {
    self.init(enrollment: enrollment, source: report.readings[0].source)
  }
}
