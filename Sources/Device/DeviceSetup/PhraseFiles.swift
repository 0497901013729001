import CPlatform
import CommandLineOptions
import KeywordSpotting
import Messages
import ModelFormat
import TextEnrollment

package let phrasesOption = CommandSyntax.Option.value("phrases", "file", "The phrase file (default: phrases.cooeep).")

/// The path that `--phrases` gives, or the default.
package func phrasesPath(_ arguments: CommandArguments) -> String { arguments.text("phrases") ?? "phrases.cooeep" }

/// Whether a file, folder or other entry exists at the path.
func pathExists(_ path: String) -> Bool { platform_path_exists(path) != 0 }

/// Reads the bytes of a phrase file.
///
/// - Throws: A failure whose message includes how to create the file.
package func phraseBytes(_ path: String) throws(Failure) -> FileBytes {
  let file: FileBytes
  do throws(Failure) {
    file = try FileBytes(path, purpose: "the phrase file")
  } catch {
    throw Failure(error.code, error.message + "; create one with " + enrollCommand(to: path))
  }
  guard file.bytes.count > 0 else {
    throw Failure(
      .badData,
      "the phrase file " + path + " is empty; delete it, and create it again with " + enrollCommand(to: path))
  }
  return file
}

/// The message for a phrase file without phrases.
package func noPhrasesText(_ path: String) -> String {
  path + " has no phrases; add one with " + enrollCommand(to: path)
}

/// The command line that enrolls a phrase, for advice.
///
/// - Parameters:
///   - path: The phrase file.
///   - text: The phrase; a placeholder by default.
package func enrollCommand(_ text: String = "some phrase", to path: String) -> String {
  "cooee enroll " + shellQuoted(text) + " --to " + shellQuoted(path)
}

/// Reads a phrase file.
///
/// - Throws: A failure if the file cannot be read or is damaged.
package func readPhrases(_ path: String) throws(Failure) -> PhraseFile {
  let file = try phraseBytes(path)
  do throws(PhraseFileError) {
    return try PhraseFile(file.bytes)
  } catch {
    throw Failure(.badData, explanation(of: error, path: path))
  }
}

/// Throws `badData` if a phrase file was enrolled with a different model.
package func checkModel(
  of file: PhraseFile, path: String, _ model: OpenModel, at place: EnrollmentPlace = .commandLine
) throws(Failure) {
  guard file.modelHash != model.model.contentHash else { return }
  if place == .page {
    let texts = file.phrases.map { "\"\($0.enrollment.text)\"" }.joined(separator: ", ")
    throw Failure(
      .badData,
      "\(path) was enrolled with a different model (\(hexadecimal(file.modelHash))) than the one in use "
        + "(\(hexadecimal(model.model.contentHash))); use it with that model, or enroll its phrases here again: "
        + "\(texts.isEmpty ? "it has none" : texts)")
  }
  let texts = file.phrases.map { enrollCommand($0.enrollment.text, to: "new.cooeep") }
  throw Failure(
    .badData,
    """
    \(path) was enrolled with a different model (\(hexadecimal(file.modelHash))) than \(model.path) \
    (\(hexadecimal(model.model.contentHash))). Name that model with --model, or enroll the phrases again:
      \(texts.joined(separator: "\n  "))
    """)
}

/// Reads a phrase file, changes it, and rewrites it under a lock.
///
/// - Parameters:
///   - new: The content to start with if the file does not exist; nil if the file must exist.
///   - change: If it throws, the file stays as it was. It should take only milliseconds, because other programs wait.
/// - Throws: A failure if the file cannot be locked, read or written, or the error of `change`.
package func changePhrases<Outcome>(
  _ path: String, orMake new: PhraseFile?, _ change: (inout PhraseFile) throws(Failure) -> Outcome
) throws(Failure) -> Outcome {
  var outcome: Outcome?
  try changeFile(path, orMake: new) { (file) throws(Failure) in outcome = try change(&file) }
  return outcome!
}

// Once in the program, not once for each type of outcome.
@inline(never)
private func changeFile(
  _ path: String, orMake new: PhraseFile?, _ change: (inout PhraseFile) throws(Failure) -> Void
) throws(Failure) {
  let lock = platform_lock_folder_of(path, 10_000)
  guard lock >= 0 else {
    throw Failure(
      .cannotCreate,
      "cannot lock the folder of \(path): \(systemText(-lock)); name a file in an existing folder, or try again when "
        + "no other program is changing the phrases")
  }
  defer { platform_close(lock) }
  var file: PhraseFile
  if let new, platform_path_exists(path) == 0 { file = new } else { file = try readPhrases(path) }
  try change(&file)
  try writePhrases(file, to: path)
}

/// Replaces a phrase file as a whole; on failure the old file stays.
func writePhrases(_ file: PhraseFile, to path: String) throws(Failure) {
  let result = file.bytes().withUnsafeBytes { platform_replace_file(path, $0.baseAddress, $0.count) }
  guard result >= 0 else {
    throw Failure(
      .cannotCreate,
      "cannot write \(path): \(systemText(-result)); choose a path that can be written to (nothing was changed)")
  }
}
