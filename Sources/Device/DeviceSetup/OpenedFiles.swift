import AudioFrontEnd
import CPlatform
import CommandLineOptions
import KeywordSpotting
import Messages
import ModelFormat
import TextEnrollment

/// The language of typed phrases.
package enum LanguageChoice {
  package static let option = CommandSyntax.Option.value(
    "language", "file", "The language file (default: english.cooee in the model folders).")

  /// Opens the language file that the command line names, or else the installed one.
  package static func open(_ arguments: CommandArguments, _ settings: ProgramSettings) throws(Failure) -> OpenLanguage {
    let path: String
    if let named = arguments.text("language") {
      path = named
    } else {
      path = try ModelSearch().path(of: "english.cooee", purpose: "language file", option: "--language")
    }
    return try OpenLanguage(path, settings.trustedKeys)
  }
}

/// The running speech on which phrases are tested.
package enum BackgroundChoice {
  package static let option = CommandSyntax.Option.value(
    "background", "file",
    "The running speech to test the phrase on (default: NAME-background.cooee next to the model NAME.cooee).")

  /// Opens the background file that the command line names, or else the one next to the model.
  ///
  /// - Returns: Nil if the command line names no file and there is none next to the model, or it was made with a
  ///   different model, which is reported.
  /// - Throws: A failure if the file cannot be used, or if the named file was made with a different model.
  package static func open(
    _ arguments: CommandArguments, for model: OpenModel, _ settings: ProgramSettings
  ) throws(Failure) -> OpenBackground? {
    if let background = arguments.text("background") {
      let open = try OpenBackground(background, settings.trustedKeys)
      do throws(BackgroundSpeechError) {
        try open.speech.checkModel(model.model)
      } catch {
        throw Failure(.badData, explanation(of: error, path: background))
      }
      return open
    }
    let path = ModelSearch.background(of: model.path)
    guard platform_is_readable_file(path) != 0 else { return nil }
    let open = try OpenBackground(path, settings.trustedKeys)
    do throws(BackgroundSpeechError) {
      try open.speech.checkModel(model.model)
    } catch {
      report(.notice("\(explanation(of: error, path: path)); the phrase is not tested on it"))
      return nil
    }
    return open
  }
}

/// A background file and the bytes that it borrows from.
package final class OpenBackground: Sendable {
  let speech: BackgroundSpeech
  package let path: String
  package let file: FileBytes

  init(_ path: String, _ keys: TrustedKeys) throws(Failure) {
    let file = try FileBytes(path, purpose: "the background file")
    try keys.check(file, purpose: "the background file")
    do throws(BackgroundSpeechError) {
      speech = try BackgroundSpeech(file.bytes)
    } catch {
      throw Failure(.badData, explanation(of: error, path: path))
    }
    self.path = path
    self.file = file
  }
}

/// A model and the bytes that it borrows from.
package final class OpenModel: Sendable {
  /// The model; it borrows from this object.
  package let model: AcousticModel
  package let path: String
  package let file: FileBytes

  var fileByteCount: Int64 { Int64(file.bytes.count) }

  /// Bytes of memory for listening, without phrases: the file and the spotter's workspace.
  package var byteCount: Int64 {
    fileByteCount
      + Int64(StreamingSpotter.requiredByteCount(model: model, phrases: EmptyCollection<PhraseVariantView>()))
  }

  init(_ path: String, _ keys: TrustedKeys) throws(Failure) {
    let file = try FileBytes(path, purpose: "the model")
    try keys.check(file, purpose: "the model")
    do throws(ModelFileError) {
      model = try AcousticModel(file.bytes, expectedFeatureContract: FeatureContract.hash)
    } catch {
      throw Failure(.badData, explanation(of: error, path: path))
    }
    self.path = path
    self.file = file
  }
}

/// A language file and the bytes that it borrows from.
package final class OpenLanguage: Sendable {
  /// The language; it borrows from this object.
  package let language: LanguageFile
  package let path: String
  package let file: FileBytes

  init(_ path: String, _ keys: TrustedKeys) throws(Failure) {
    let file = try FileBytes(path, purpose: "the language file")
    try keys.check(file, purpose: "the language file")
    do throws(LanguageFileError) {
      language = try LanguageFile(file.bytes)
    } catch {
      throw Failure(.badData, explanation(of: error, path: path))
    }
    self.path = path
    self.file = file
  }
}
