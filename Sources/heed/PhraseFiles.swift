import CPlatform
import KeywordSpotting
import ModelFormat
import TextEnrollment

/// Reads a phrase file.
func readPhrases(_ path: String) throws(Failure) -> PhraseFile {
  let mapping: MappedFile
  do {
    mapping = try MappedFile(path, purpose: "the phrase file")
  } catch {
    throw Failure(error.code, error.message + "; heed enroll \"some phrase\" --to \(path) makes one")
  }
  do {
    return try PhraseFile(mapping.bytes)
  } catch {
    throw Failure(.badData, explanation(of: error, path: path))
  }
}

/// The phrases of a file for a spotter that uses this model.
func enrollments(of file: PhraseFile, path: String, for model: OpenModel) throws(Failure) -> [Enrollment] {
  try checkModel(of: file, path: path, model)
  guard !file.phrases.isEmpty else {
    throw Failure(.badData, "\(path) has no phrases; heed enroll \"some phrase\" --to \(path) adds one")
  }
  return file.phrases.map(\.enrollment)
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
