import AudioCapture
import CPlatform
import CommandLineOptions
import DeviceSetup
import Int8Kernels
import KeywordSpotting
import Messages
import ModelFormat
import TextEnrollment

/// What a service needs to listen: the model, the kernel path, and the phrases, which can be read repeatedly.
///
/// Immutable; any thread may use it.
package final class ListeningSetup: @unchecked Sendable {
  /// The options that ``init(_:)`` reads.
  package static var options: [CommandSyntax.Option] {
    ProgramSettings.sourceOptions + [
      phrasesOption, ProgramSettings.modelOption, ProgramSettings.kernelPathOption, TrustedKeys.option,
      ProgramSettings.configurationOption,
    ]
  }

  /// The model; it borrows from this object.
  package var model: AcousticModel { open.model }
  package let kernelPath: KernelPath
  package let phrasesPath: String
  private let settings: ProgramSettings
  private let open: OpenModel

  /// Reads the settings and opens the model.
  ///
  /// - Throws: A failure if a setting or the model cannot be used.
  package convenience init(_ arguments: CommandArguments) throws(Failure) {
    try self.init(arguments, try ProgramSettings(arguments))
  }

  /// Opens the model.
  ///
  /// - Parameter settings: Made from the same arguments.
  /// - Throws: A failure if a setting or the model cannot be used.
  package init(_ arguments: CommandArguments, _ settings: ProgramSettings) throws(Failure) {
    self.settings = settings
    phrasesPath = DeviceSetup.phrasesPath(arguments)
    kernelPath = try settings.kernelPath()
    open = try settings.openModel()
  }

  /// The phrase book for the phrase file, for use by a page. A failure to open the language file is reported when a
  /// phrase is enrolled.
  ///
  /// - Parameter arguments: Includes ``PhraseBook/options``.
  package func phraseBook(_ arguments: CommandArguments) throws(Failure) -> PhraseBook {
    var language: Result<OpenLanguage, Failure>
    do throws(Failure) { language = .success(try LanguageChoice.open(arguments, settings)) } catch {
      language = .failure(error)
    }
    let background = try BackgroundChoice.open(arguments, for: open, settings)
    return PhraseBook(
      phrasesPath, model: open, language: language, background: background, settings, place: .page)
  }

  /// The microphones and streams to listen to, at least one.
  package var sources: [NamedSource] { settings.sources }

  /// How to open a microphone or a stream.
  package func capture(_ device: String) -> CaptureSettings { settings.capture(device) }

  /// Opens a microphone or a stream by name, with the other settings from the configuration, and starts to capture.
  /// Retries without limit.
  package func openCapture(_ device: String) throws(Failure) -> CaptureThread {
    try settings.openCapture(device, retries: -1)
  }

  /// Opens the phrases for a spotter; the file may have none.
  package func openPhrases() throws(Failure) -> OpenPhrases {
    try OpenPhrases(phrasesPath, for: open, settings, mayBeNone: true)
  }

  /// How detections are decided.
  package var spotter: SpotterConfiguration { settings.spotter }

  /// Creates a session that reports every candidate.
  package func spotting(_ phrases: OpenPhrases) -> SpottingSession {
    SpottingSession(open, phrases, settings.spotter, wantsCandidates: true, kernelPath: kernelPath)
  }

  /// Whether the other setup has the same model and kernel path, so that its phrases and sessions fit this one.
  package func hasModel(of other: ListeningSetup) -> Bool {
    open.model.contentHash == other.open.model.contentHash && kernelPath == other.kernelPath
  }

  /// Creates an empty phrase file if there is no file.
  package func makePhraseFile() throws(Failure) {
    guard platform_path_exists(phrasesPath) == 0 else { return }
    // Under the lock: another program may be enrolling the first phrase.
    try changePhrases(phrasesPath, orMake: PhraseFile(model: model)) { _ throws(Failure) in }
  }

  /// Reads the phrase file; it may have no phrases.
  ///
  /// - Parameter streamCount: The number of simultaneous streams; there must be enough memory for all of them.
  /// - Throws: A failure if the file cannot be used or the memory does not suffice.
  package func phrases(streamCount: Int) throws(Failure) -> [Enrollment] {
    let mapping = try phraseBytes(phrasesPath)
    let file: PhraseFile
    let streamBytes: Int
    do throws(PhraseFileError) {
      file = try PhraseFile(mapping.bytes)
      let stored = try StoredPhrases(mapping.bytes)
      streamBytes = StreamingSpotter.requiredByteCount(model: model, phrases: stored) + mapping.bytes.count
    } catch {
      throw Failure(.badData, explanation(of: error, path: phrasesPath))
    }
    try checkModel(of: file, path: phrasesPath, open)
    try settings.checkPhraseCount(file.phrases.count, path: phrasesPath)
    try settings.checkMemory(
      for: "\(streamCount) streams with \(file.phrases.count) phrases of \(phrasesPath) and the model \(open.path)",
      byteCount: open.byteCount + Int64(streamCount) * Int64(streamBytes),
      remedy: "allow fewer clients, or remove phrases")
    return file.phrases.map { $0.enrollment }
  }
}
