import CPlatform
import KeywordSpotting
import ModelFormat
import TextEnrollment

let phrasesOption = CommandSyntax.Option.value("phrases", "file", "The phrase file (default: phrases.heedp).")

func phrasesPath(_ arguments: CommandArguments) -> String { arguments.text("phrases") ?? "phrases.heedp" }

/// Reads a phrase file.
func readPhrases(_ path: String) throws(Failure) -> PhraseFile {
  let mapping: MappedFile
  do throws(Failure) {
    mapping = try MappedFile(path, purpose: "the phrase file")
  } catch {
    throw Failure(error.code, error.message + "; heed enroll \"some phrase\" --to \(path) makes one")
  }
  do throws(PhraseFileError) {
    return try PhraseFile(mapping.bytes)
  } catch {
    throw Failure(.badData, explanation(of: error, path: path))
  }
}

/// The phrases of a file for a spotter that uses this model, at most as many as the configuration allows.
func enrollments(
  of file: PhraseFile, path: String, for model: OpenModel, _ settings: ProgramSettings
) throws(Failure) -> [Enrollment] {
  try checkModel(of: file, path: path, model)
  let limit = settings.configuration.integer(.phraseLimit)
  guard file.phrases.count <= limit else {
    throw Failure(
      .badData,
      "\(path) has \(file.phrases.count) phrases, and phrase_limit allows \(limit) on this board; remove some with "
        + "heed phrases --remove, or raise phrase_limit in the configuration")
  }
  guard !file.phrases.isEmpty else {
    throw Failure(.badData, "\(path) has no phrases; heed enroll \"some phrase\" --to \(path) adds one")
  }
  return file.phrases.map { $0.enrollment }
}

/// Refuses a phrase file of another model.
func checkModel(of file: PhraseFile, path: String, _ model: OpenModel) throws(Failure) {
  guard file.modelHash != model.model.contentHash else { return }
  let texts = file.phrases.map { "heed enroll \"\($0.enrollment.text)\" --to new.heedp" }
  throw Failure(
    .badData,
    """
    \(path) was enrolled with another model (\(hexadecimal(file.modelHash))) than \(model.path) \
    (\(hexadecimal(model.model.contentHash))). Name that model with --model, or enroll the phrases again:
      \(texts.joined(separator: "\n  "))
    """)
}

/// Writes a phrase file whole, or leaves what is there as it was.
func writePhrases(_ file: PhraseFile, to path: String) throws(Failure) {
  let result = file.bytes().withUnsafeBytes { platform_replace_file(path, $0.baseAddress, $0.count) }
  guard result >= 0 else {
    throw Failure(
      .cannotCreate,
      "cannot write \(path): \(systemText(-result)); name a place that can be written to (nothing there was changed)")
  }
}
