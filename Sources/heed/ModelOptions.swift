import ArgumentParser
import AudioFrontEnd
import CPlatform
import ModelFormat
import TextEnrollment

/// The acoustic model that a command works with.
struct ModelOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The acoustic model.", discussion: "Default: base.heed where models are looked for."))
  var model: String?

  /// Opens the model that was named, or the one that came with the program.
  func open() throws(Failure) -> OpenModel {
    let path: String
    if let model {
      path = model
    } else {
      path = try ModelSearch().path(of: "base.heed", purpose: "acoustic model", option: "--model")
    }
    return try OpenModel(path)
  }
}

/// The language that typed phrases are in.
struct LanguageOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The language file.", discussion: "Default: english.heed where models are looked for."))
  var language: String?

  /// Opens the language file that was named, or the one that came with the program.
  func open() throws(Failure) -> OpenLanguage {
    let path: String
    if let language {
      path = language
    } else {
      path = try ModelSearch().path(of: "english.heed", purpose: "language file", option: "--language")
    }
    return try OpenLanguage(path)
  }
}

/// The running speech that a phrase is tried on.
struct BackgroundOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The running speech that the phrase is tried on.",
      discussion: "Default: NAME-background.heed beside the model NAME.heed."))
  var background: String?

  /// Opens the file that was named, or the one beside the model; nil where there is none.
  ///
  /// One that was named must be the model's own; one that merely lies there and is another model's is told of and left aside.
  func open(for model: OpenModel) throws(Failure) -> OpenBackground? {
    if let background {
      let open = try OpenBackground(background)
      do throws(BackgroundSpeechError) {
        try open.speech.checkModel(model.model)
      } catch {
        throw Failure(.badData, explanation(of: error, path: background))
      }
      return open
    }
    let path = ModelSearch.background(of: model.path)
    guard platform_is_readable_file(path) != 0 else { return nil }
    let open = try OpenBackground(path)
    do throws(BackgroundSpeechError) {
      try open.speech.checkModel(model.model)
    } catch {
      tell("heed: note: \(explanation(of: error, path: path)); the phrase is not tried on it")
      return nil
    }
    return open
  }
}

/// A background file together with the mapped file that it borrows from.
final class OpenBackground {
  let speech: BackgroundSpeech
  let path: String
  private let file: MappedFile

  init(_ path: String) throws(Failure) {
    let file = try MappedFile(path, purpose: "the background")
    do {
      speech = try BackgroundSpeech(file.bytes)
    } catch {
      throw Failure(.badData, explanation(of: error, path: path))
    }
    self.path = path
    self.file = file
  }
}

/// A model together with the mapped file that it borrows from.
final class OpenModel {
  let model: AcousticModel
  let path: String
  private let file: MappedFile

  init(_ path: String) throws(Failure) {
    let file = try MappedFile(path, purpose: "the model")
    do {
      model = try AcousticModel(file.bytes, expectedFeatureContract: FeatureContract.hash)
    } catch {
      throw Failure(.badData, explanation(of: error, path: path))
    }
    self.path = path
    self.file = file
  }
}

/// A language file together with the mapped file that it borrows from.
final class OpenLanguage {
  let language: LanguageFile
  private let file: MappedFile

  init(_ path: String) throws(Failure) {
    let file = try MappedFile(path, purpose: "the language file")
    do {
      language = try LanguageFile(file.bytes)
    } catch {
      throw Failure(.badData, explanation(of: error, path: path))
    }
    self.file = file
  }
}
