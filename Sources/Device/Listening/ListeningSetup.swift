import AudioCapture
import CPlatform
import CommandLineOptions
import DeviceSetup
import Int8Kernels
import KeywordSpotting
import Messages
import ModelFormat
import TextEnrollment

/// What an additional command needs to listen: the model, the instructions to compute with, and the phrases as often as they
/// are wanted. Never changes, so that any thread may use it.
package final class ListeningSetup: @unchecked Sendable {
  /// The options that this reads.
  package static var options: [CommandSyntax.Option] {
    [
      phrasesOption, ProgramSettings.modelOption, ProgramSettings.kernelPathOption, TrustedKeys.option,
      ProgramSettings.configurationOption,
    ]
  }

  /// Borrows from this object.
  package var model: AcousticModel { open.model }
  package let kernelPath: KernelPath
  package let phrasesPath: String
  private let settings: ProgramSettings
  private let open: OpenModel

  package init(_ arguments: CommandArguments) throws(Failure) {
    settings = try ProgramSettings(arguments)
    phrasesPath = DeviceSetup.phrasesPath(arguments)
    kernelPath = try settings.kernelPath()
    open = try settings.openModel()
  }

  /// What adds phrases to the file that is listened for, for a page. A language or background that cannot be used is told
  /// of when a phrase is enrolled.
  ///
  /// - Parameter arguments: with ``PhraseBook/options``.
  package func phraseBook(_ arguments: CommandArguments) throws(Failure) -> PhraseBook {
    var language: Result<OpenLanguage, Failure>
    do throws(Failure) { language = .success(try LanguageChoice.open(arguments, settings)) } catch {
      language = .failure(error)
    }
    let background = try BackgroundChoice.open(arguments, for: open, settings)
    return PhraseBook(
      phrasesPath, model: open, language: language, background: background, settings, place: .page)
  }

  /// How the configuration has the microphone opened.
  package var capture: CaptureSettings { settings.capture }

  /// Opens a microphone or a stream as the configuration has it, but for its name, and starts to capture; what is not there is
  /// waited for.
  package func openCapture(_ device: String) throws(Failure) -> CaptureThread {
    try settings.openCapture(device, retries: -1)
  }

  /// Opens the phrases for a spotter on this machine's own microphone; there may be none.
  package func openPhrases() throws(Failure) -> OpenPhrases {
    try OpenPhrases(phrasesPath, for: open, settings, mayBeNone: true)
  }

  /// A spotter that tells of every candidate.
  package func spotting(_ phrases: OpenPhrases) -> SpottingSession {
    SpottingSession(open, phrases, wantsCandidates: true, kernelPath: kernelPath)
  }

  /// Whether what was opened for the other setup goes with this one's model too.
  package func hasModel(of other: ListeningSetup) -> Bool {
    open.model.contentHash == other.open.model.contentHash && kernelPath == other.kernelPath
  }

  /// Writes a phrase file without phrases where there is none.
  package func makePhraseFile() throws(Failure) {
    guard platform_path_exists(phrasesPath) == 0 else { return }
    // Under the lock: somebody may enroll the first phrase at this moment.
    try changePhrases(phrasesPath, orMake: PhraseFile(model: model)) { _ throws(Failure) in }
  }

  /// Reads the phrase file as it is now; it may have no phrases.
  ///
  /// - Parameter streamCount: How many streams may be listened to at once; the memory for all of them must be there.
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
