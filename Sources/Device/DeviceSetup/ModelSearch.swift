import CPlatform
import Messages

/// Finds the files that are installed with Cooee: the acoustic model and the language file.
struct ModelSearch {
  /// The folders in the order in which they are searched.
  let folders: [String]

  /// Searches `$COOEE_MODELS`, `../share/cooee` from the program's folder, `models` in that folder and each folder above
  /// it, and `./models`.
  init() {
    var folders: [String] = []
    let set = String(cString: platform_environment("COOEE_MODELS"))
    if !set.isEmpty { folders.append(set) }
    if var folder = Self.programFolder() {
      folders.append(folder + "/../share/cooee")
      while true {
        folders.append((folder == "/" ? "" : folder) + "/models")
        guard folder != "/", let slash = folder.lastIndex(of: "/") else { break }
        folder = slash == folder.startIndex ? "/" : String(folder[..<slash])
      }
    }
    folders.append("./models")
    self.folders = folders
  }

  /// The path of the first file with this name in the folders.
  ///
  /// - Parameters:
  ///   - purpose: What the file is, for a message, such as "acoustic model".
  ///   - option: The option that names the file directly.
  /// - Throws: `noInput` if no folder has the file.
  func path(of name: String, purpose: String, option: String) throws(Failure) -> String {
    for folder in folders where platform_is_readable_file("\(folder)/\(name)") != 0 { return "\(folder)/\(name)" }
    throw Failure(
      .noInput,
      """
      no \(purpose) \(name) was found; name one with \(option) or set COOEE_MODELS to its folder. Looked in:
        \(folders.joined(separator: "\n  "))
      """)
  }

  /// The path of a model's background file: `base-background.cooee` next to `base.cooee`.
  static func background(of model: String) -> String {
    (model.hasSuffix(".cooee") ? String(model.dropLast(6)) : model) + "-background.cooee"
  }

  private static func programFolder() -> String? {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 4_096) { text in
      guard platform_program_path(text.baseAddress!, text.count) > 0 else { return nil }
      let program = String(cString: text.baseAddress!)
      guard let slash = program.lastIndex(of: "/") else { return nil }
      return slash == program.startIndex ? "/" : String(program[..<slash])
    }
  }
}
