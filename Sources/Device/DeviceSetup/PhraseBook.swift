import CommandLineOptions
import KeywordSpotting
import Messages
import ModelFormat
import TextEnrollment

/// A phrase file and what is needed to change it: the model, the language, and the running speech for tests.
///
/// Nothing is cached: each change reads the file and rewrites it under a lock that all Cooee programs use. Any thread
/// may use the phrase book. Testing a phrase takes a few hundred milliseconds on a PC core; changes wait for the disk.
package final class PhraseBook: Sendable {
  /// The options that are needed in addition to those for listening.
  package static var options: [CommandSyntax.Option] { [LanguageChoice.option, BackgroundChoice.option] }

  package let path: String
  package let place: EnrollmentPlace
  private let model: OpenModel
  private let language: Result<OpenLanguage, Failure>
  private let background: OpenBackground?
  private let settings: ProgramSettings

  /// - Parameter language: A failure is thrown only when a phrase is enrolled.
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

  /// The phrase file and what the command line names for changing it.
  ///
  /// - Throws: A failure if the model, the language or the background cannot be used.
  package convenience init(
    _ path: String, _ arguments: CommandArguments, _ settings: ProgramSettings
  ) throws(Failure) {
    let model = try settings.openModel()
    let language = try LanguageChoice.open(arguments, settings)
    self.init(
      path, model: model, language: .success(language),
      background: try BackgroundChoice.open(arguments, for: model, settings), settings, place: .commandLine)
  }

  /// The path of the model file.
  package var modelPath: String { model.path }
  /// The hash of the model's content, which phrase files refer to.
  package var modelHash: UInt64 { model.model.contentHash }
  package var embeddingDimension: Int { model.model.embeddingDimension }

  /// The phrases that are in the file now; an empty file if it does not exist.
  ///
  /// - Throws: A failure if the file is damaged or was made with a different model.
  package func read() throws(Failure) -> PhraseFile {
    guard exists else { return PhraseFile(model: model.model) }
    let file = try readPhrases(path)
    try checkModel(of: file, path: path, model, at: place)
    return file
  }

  /// Whether the phrase file exists.
  package var exists: Bool { pathExists(path) }

  /// Reads the file, changes it, and rewrites it. If `change` throws, the file stays as it was.
  ///
  /// - Parameter change: Should take only milliseconds, because other programs wait for the lock.
  package func change<Outcome>(
    _ change: (inout PhraseFile) throws(Failure) -> Outcome
  ) throws(Failure) -> Outcome {
    try changePhrases(path, orMake: PhraseFile(model: model.model)) { (file) throws(Failure) -> Outcome in
      try checkModel(of: file, path: path, model, at: place)
      let count = file.phrases.count
      let outcome = try change(&file)
      // A running service would refuse the file and keep the previous phrases.
      if place == .page, file.phrases.count > count { try settings.checkPhraseCount(file.phrases.count, path: path) }
      return outcome
    }
  }

  /// Determines the pronunciation of a phrase without testing it on running speech. Takes a few milliseconds.
  ///
  /// - Throws: `badData` if the phrase cannot be enrolled, or the failure of the language file.
  package func pronounce(_ request: EnrollmentRequest, besides others: [PhraseFile.Phrase]) throws(Failure)
    -> EnrollmentResult
  {
    let enroller = Enroller(model: model.model, language: try language.get().language)
    let words = request.spoken ?? request.text
    let typed = request.pronunciation ?? ""
    do throws(EnrollmentError) {
      var (enrollment, report) = try enroller.enroll(
        words, pronunciation: typed.utf8.isEmpty ? nil : typed, threshold: request.threshold ?? 0.5,
        besides: others.map { $0.enrollment })
      if request.spoken != nil {
        enrollment.text = PhraseText.tidied(request.text)
        report.markTyped()
      }
      return EnrollmentResult(enrollment: enrollment, report: report, targetPerHour: request.falseAlarmsPerHour)
    } catch {
      throw Failure(.badData, explanation(of: error, phrase: words, at: place))
    }
  }

  /// Determines the pronunciation of a phrase, tests it on running speech, and sets its threshold. Stores nothing.
  ///
  /// - Throws: `badData` if the phrase cannot be enrolled, or the failure of the language file.
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

  /// The warnings of a result, as messages.
  ///
  /// - Parameter others: The phrases that were passed when the result was made.
  package func warnings(of result: EnrollmentResult, besides others: [PhraseFile.Phrase]) -> [String] {
    result.warnings.map { explanation(of: $0, enrolled: others, at: place) }
  }

  /// Adds phrases to the file, all or none; each replaces a phrase with the same text, in its place.
  ///
  /// - Returns: How many phrases were replaced, and the new number of phrases.
  package func store(_ results: [EnrollmentResult]) throws(Failure) -> (replacedCount: Int, count: Int) {
    try change { (file) throws(Failure) -> (replacedCount: Int, count: Int) in
      var replacedCount = 0
      for result in results {
        let index = file.index(of: result.enrollment.text)
        if let index {
          file.remove(file.phrases[index].enrollment.text)
          replacedCount += 1
        }
        try add(PhraseFile.Phrase(result.enrollment, result.report), at: index ?? .max, to: &file)
      }
      return (replacedCount, file.phrases.count)
    }
  }

  /// Adds a phrase to a file inside ``change(_:)``.
  ///
  /// - Throws: `badData` if the phrase is invalid or the file is full.
  package func add(
    _ phrase: PhraseFile.Phrase, at index: Int = .max, to file: inout PhraseFile
  ) throws(Failure) {
    do throws(PhraseFileError) {
      try file.add(phrase, at: index)
    } catch {
      throw Failure(.badData, explanation(of: error, path: path))
    }
  }

  /// The result of testing an enrolled phrase on running speech; nil without a background file.
  package func advice(on phrase: PhraseFile.Phrase) throws(Failure) -> PhraseAdvice? {
    guard let background else { return nil }
    // Occurrences of the phrase's own words are not false alarms. A typed pronunciation has no words.
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

  /// The share of ordinary phrases that would score less when spoken; nil if it is not known.
  package func missShare(belowLogit logit: Float) -> Float? {
    background?.speech.reference?.missShare(belowLogit: logit)
  }

  /// Reads phrases from the bytes of a file and checks that they were enrolled with this model.
  ///
  /// - Parameter name: The name of the file, for messages.
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
