import CPlatform
import Messages

/// Finds the files that come with Heed: the acoustic model and the language file.
struct ModelSearch {
  /// The folders that are looked into, the first first.
  let folders: [String]

  /// `$HEED_MODELS`, `share/heed` beside the program's folder, `models` from the program's folder upwards, `./models`.
  init() {
    var folders: [String] = []
    let set = String(cString: platform_environment("HEED_MODELS"))
    if !set.isEmpty { folders.append(set) }
    if var folder = Self.programFolder() {
      folders.append(folder + "/../share/heed")
      while true {
        folders.append((folder == "/" ? "" : folder) + "/models")
        guard folder != "/", let slash = folder.lastIndex(of: "/") else { break }
        folder = slash == folder.startIndex ? "/" : String(folder[..<slash])
      }
    }
    folders.append("./models")
    self.folders = folders
  }

  /// The first file of that name in the folders.
  ///
  /// - Parameters:
  ///   - purpose: What the file is to a person, "acoustic model" say.
  ///   - option: The option that names the file instead.
  func path(of name: String, purpose: String, option: String) throws(Failure) -> String {
    for folder in folders where platform_is_readable_file("\(folder)/\(name)") != 0 { return "\(folder)/\(name)" }
    throw Failure(
      .noInput,
      """
      no \(purpose) \(name) was found; name one with \(option) or set HEED_MODELS to its folder. Looked in:
        \(folders.joined(separator: "\n  "))
      """)
  }

  /// Where a model's background file lies: `base-background.heed` beside `base.heed`.
  static func background(of model: String) -> String {
    (model.hasSuffix(".heed") ? String(model.dropLast(5)) : model) + "-background.heed"
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
