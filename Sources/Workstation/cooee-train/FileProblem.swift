/// A file that cannot be used or written. The program ends with status 1, not with that of wrong usage.
struct FileProblem: Error, CustomStringConvertible {
  /// The path, what is wrong, and what to do.
  var description: String

  init(_ description: String) { self.description = description }
}
