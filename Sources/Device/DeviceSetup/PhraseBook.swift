import CommandLineOptions
import KeywordSpotting
import Messages
import ModelFormat
import TextEnrollment

/// A phrase file and what adding to it takes: the model, the language, and the running speech that phrases are tried on.
///
/// The file on the disk is the only truth: each change reads it anew and writes it whole, under a lock that every program
/// of Heed takes. For any thread; trying a phrase takes a few hundred milliseconds of a PC's core, and changes wait for
/// the disk.
package final class PhraseBook: Sendable {
  /// What this reads of a command line besides what listening takes.
  package static var options: [CommandSyntax.Option] { [LanguageChoice.option, BackgroundChoice.option] }

  package let path: String
  package let place: EnrollmentPlace
  private let model: OpenModel
  private let language: Result<OpenLanguage, Failure>
  private let background: OpenBackground?
  private let settings: ProgramSettings

  /// - Parameter language: a failure is thrown when a phrase is enrolled, and not before.
  package init(
    _ path: String, model: OpenModel, language: Result<OpenLanguage, Failure>, background: OpenBackground?,
    _ settings: ProgramSettings, place: EnrollmentPlace
  ) {
    self.path = path
    self.model = model
    self.language = language
    self.background = background
    self.settings = settings
    self.place = place
  }

  /// The model's file.
  package var modelPath: String { model.path }
  package var modelHash: UInt64 { model.model.contentHash }
  package var embeddingDimension: Int { model.model.embeddingDimension }

  /// The phrases as they are now; none where there is no file.
  ///
  /// - Throws: where the file is damaged or another model's.
  package func read() throws(Failure) -> PhraseFile {
    guard exists else { return PhraseFile(model: model.model) }
    let file = try readPhrases(path)
    try checkModel(of: file, path: path, model, at: place)
    return file
  }

  package var exists: Bool { pathExists(path) }

  /// Reads the file, changes it and writes it whole; what `change` throws leaves it as it was.
  ///
  /// - Parameter change: should take milliseconds, since others wait.
  package func change<Outcome>(
    _ change: (inout PhraseFile) throws(Failure) -> Outcome
  ) throws(Failure) -> Outcome {
    try changePhrases(path, orMake: PhraseFile(model: model.model)) { (file) throws(Failure) -> Outcome in
      try checkModel(of: file, path: path, model, at: place)
      let count = file.phrases.count
      let outcome = try change(&file)
      // A service would go on with the phrases from before.
      if place == .page, file.phrases.count > count { try settings.checkPhraseCount(file.phrases.count, path: path) }
      return outcome
    }
  }

  /// Finds out how a phrase is said, without trying it on running speech: in a few milliseconds.
  package func pronounce(_ request: EnrollmentRequest, besides others: [PhraseFile.Phrase]) throws(Failure)
    -> EnrollmentResult
  {
    let enroller = Enroller(model: model.model, language: try language.get().language)
    do throws(EnrollmentError) {
      let (enrollment, report) = try enroller.enroll(
        request.text, pronunciation: request.pronunciation, threshold: request.threshold ?? 0.5,
        besides: others.map { $0.enrollment })
      return EnrollmentResult(enrollment: enrollment, report: report, targetPerHour: request.falseAlarmsPerHour)
    } catch {
      throw Failure(.badData, explanation(of: error, phrase: request.text, at: place))
    }
  }

  /// Finds out all there is to know of a phrase, and sets its threshold; stores nothing.
  package func preview(_ request: EnrollmentRequest, besides others: [PhraseFile.Phrase]) throws(Failure)
    -> EnrollmentResult
  {
    var result = try pronounce(request, besides: others)
    if let background {
      try result.tryOn(
        background, model, isThresholdGiven: request.threshold != nil, tellsProgress: place == .commandLine)
    } else {
      result.thresholdSource = request.threshold == nil ? .standard : .given
    }
    result.addSoundAlikes(try language.get().language.lexicon, background?.speech)
    return result
  }

  /// The warnings of a result, for a person.
  ///
  /// - Parameter others: those that the result was made besides.
  package func warnings(of result: EnrollmentResult, besides others: [PhraseFile.Phrase]) -> [String] {
    result.warnings.map { explanation(of: $0, enrolled: others, at: place) }
  }

  /// Adds what was found out of a phrase; one of the same text is replaced.
  ///
  /// - Returns: whether there was one, and how many phrases there are now.
  package func store(_ result: EnrollmentResult) throws(Failure) -> (isKnown: Bool, count: Int) {
    try change { (file) throws(Failure) -> (isKnown: Bool, count: Int) in
      let isKnown = file.remove(result.enrollment.text)
      try add(PhraseFile.Phrase(result.enrollment, result.report), to: &file)
      return (isKnown, file.phrases.count)
    }
  }

  /// Adds a phrase to a file that ``change(_:)`` gave.
  package func add(
    _ phrase: PhraseFile.Phrase, at index: Int = .max, to file: inout PhraseFile
  ) throws(Failure) {
    do throws(PhraseFileError) {
      try file.add(phrase, at: index)
    } catch {
      throw Failure(.badData, explanation(of: error, path: path))
    }
  }

  /// What running speech tells of a phrase that is enrolled; nil where there is no such speech.
  package func advice(on phrase: PhraseFile.Phrase) throws(Failure) -> PhraseAdvice? {
    guard let background else { return nil }
    // Where the phrase's own words are said, it is no false alarm; typed pronunciations have no words.
    var spellings: [String] = []
    if phrase.source != .typed, let result = try? pronounce(EnrollmentRequest(phrase.enrollment.text), besides: []) {
      spellings = result.report.words.map { $0.word }
    }
    do throws(BackgroundSpeechError) {
      let advisor = try EnrollmentAdvisor(model: model.model, background: background.speech)
      return advisor.advise(on: TriedPhrase(phrase.enrollment, spellings: spellings))
    } catch {
      throw Failure(.badData, explanation(of: error, path: background.path))
    }
  }

  /// The share of ordinary phrases that score less, were they said; nil where that is not known.
  package func missShare(belowLogit logit: Float) -> Float? {
    background?.speech.reference?.missShare(belowLogit: logit)
  }

  /// Reads phrases that somebody gives as a file's bytes, and checks that they are this model's.
  ///
  /// - Parameter name: how the person calls the file.
  package func phrases(in bytes: UnsafeRawBufferPointer, name: String) throws(Failure) -> PhraseFile {
    let file: PhraseFile
    do throws(PhraseFileError) {
      file = try PhraseFile(bytes)
    } catch {
      throw Failure(.badData, explanation(of: error, path: name))
    }
    try checkModel(of: file, path: "the phrase file \(name)", model, at: place)
    return file
  }
}
