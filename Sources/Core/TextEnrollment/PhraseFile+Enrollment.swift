import KeywordSpotting

extension PhraseFile.Phrase {
  /// Creates a phrase from the result of ``Enroller``. Its source is the least certain one of its words.
  public init(_ enrollment: Enrollment, _ report: EnrollmentReport) {
    var source = PronunciationSource.lexicon
    for word in report.words where word.source != .lexicon { source = word.source }
    self.init(enrollment: enrollment, source: source)
  }
}
