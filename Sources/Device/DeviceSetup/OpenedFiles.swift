import AudioFrontEnd
import CPlatform
import CommandLineOptions
import KeywordSpotting
import Messages
import ModelFormat
import TextEnrollment

/// The language that typed phrases are in.
package enum LanguageChoice {
  package static let option = CommandSyntax.Option.value(
    "language", "file", "The language file (default: english.heed in the model folders).")

  /// Opens the language file that was named, or the one that came with the program.
  package static func open(_ arguments: CommandArguments, _ settings: ProgramSettings) throws(Failure) -> OpenLanguage {
    let path: String
    if let named = arguments.text("language") {
      path = named
    } else {
      path = try ModelSearch().path(of: "english.heed", purpose: "language file", option: "--language")
    }
    return try OpenLanguage(path, settings.trustedKeys)
  }
}

/// The running speech that a phrase is tried on.
package enum BackgroundChoice {
  package static let option = CommandSyntax.Option.value(
    "background", "file",
    "The running speech to test the phrase on (default: NAME-background.heed next to the model NAME.heed).")

  /// Opens the file that was named, or the one beside the model; nil where there is none.
  ///
  /// One that was named must be the model's own; one that merely lies there and is another model's is told of and left aside.
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
      report(.notice("\(explanation(of: error, path: path)); the phrase is not tried on it"))
      return nil
    }
    return open
  }
}

/// A background file together with the bytes that it borrows from.
package final class OpenBackground: Sendable {
  let speech: BackgroundSpeech
  package let path: String
  package let file: FileBytes

  init(_ path: String, _ keys: TrustedKeys) throws(Failure) {
    let file = try FileBytes(path, purpose: "the background")
    try keys.check(file, purpose: "the background")
    do throws(BackgroundSpeechError) {
      speech = try BackgroundSpeech(file.bytes)
    } catch {
      throw Failure(.badData, explanation(of: error, path: path))
    }
    self.path = path
    self.file = file
  }
}

/// A model together with the bytes that it borrows from.
package final class OpenModel: Sendable {
  package let model: AcousticModel
  package let path: String
  package let file: FileBytes

  var fileByteCount: Int64 { Int64(file.bytes.count) }

  /// What listening takes in memory, phrases aside: the file, and the spotter's own.
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

/// A language file together with the bytes that it borrows from.
package final class OpenLanguage: Sendable {
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
