import ArgumentParser
import AudioFrontEnd
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
