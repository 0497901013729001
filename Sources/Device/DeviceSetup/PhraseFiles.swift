import CPlatform
import CommandLineOptions
import KeywordSpotting
import Messages
import ModelFormat
import TextEnrollment

package let phrasesOption = CommandSyntax.Option.value("phrases", "file", "The phrase file (default: phrases.heedp).")

package func phrasesPath(_ arguments: CommandArguments) -> String { arguments.text("phrases") ?? "phrases.heedp" }

/// Whether something of this name exists.
func pathExists(_ path: String) -> Bool { platform_path_exists(path) != 0 }

/// Reads a phrase file's bytes, or says how one is made.
package func phraseBytes(_ path: String) throws(Failure) -> FileBytes {
  do throws(Failure) {
    return try FileBytes(path, purpose: "the phrase file")
  } catch {
    throw Failure(error.code, error.message + "; heed enroll \"some phrase\" --to \(path) makes one")
  }
}

/// Reads a phrase file.
package func readPhrases(_ path: String) throws(Failure) -> PhraseFile {
  let file = try phraseBytes(path)
  do throws(PhraseFileError) {
    return try PhraseFile(file.bytes)
  } catch {
    throw Failure(.badData, explanation(of: error, path: path))
  }
}

/// Refuses a phrase file of another model.
package func checkModel(
  of file: PhraseFile, path: String, _ model: OpenModel, at place: EnrollmentPlace = .commandLine
) throws(Failure) {
  guard file.modelHash != model.model.contentHash else { return }
  if place == .page {
    let texts = file.phrases.map { "\"\($0.enrollment.text)\"" }.joined(separator: ", ")
    throw Failure(
      .badData,
      "\(path) was enrolled with another model (\(hexadecimal(file.modelHash))) than the one in use "
        + "(\(hexadecimal(model.model.contentHash))); use it where that model is, or type its phrases here again: "
        + "\(texts.isEmpty ? "it has none" : texts)")
  }
  let texts = file.phrases.map { "heed enroll \"\($0.enrollment.text)\" --to new.heedp" }
  throw Failure(
    .badData,
    """
    \(path) was enrolled with another model (\(hexadecimal(file.modelHash))) than \(model.path) \
    (\(hexadecimal(model.model.contentHash))). Name that model with --model, or enroll the phrases again:
      \(texts.joined(separator: "\n  "))
    """)
}

/// Reads a phrase file, changes it and writes it whole, while others who do the same wait.
///
/// - Parameters:
///   - new: what there is where no file is; nil where one must be there.
///   - change: what it throws leaves the file as it was. It should take milliseconds, since others wait.
package func changePhrases<Outcome>(
  _ path: String, orMake new: PhraseFile?, _ change: (inout PhraseFile) throws(Failure) -> Outcome
) throws(Failure) -> Outcome {
  let lock = platform_lock_folder_of(path, 10_000)
  guard lock >= 0 else {
    throw Failure(
      .cannotCreate,
      "cannot lock the folder of \(path): \(systemText(-lock)); name a file in a folder that is there, or try again when no "
        + "other program changes the phrases")
  }
  defer { platform_close(lock) }
  var file: PhraseFile
  if let new, platform_path_exists(path) == 0 { file = new } else { file = try readPhrases(path) }
  let outcome = try change(&file)
  try writePhrases(file, to: path)
  return outcome
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
