import CPlatform
import Messages

/// Tells whether a file became another since it was last asked: by its place on the disk, its size and when it or
/// its rights were changed.
package struct FileWatch {
  private let path: String
  private var last: platform_stamp?
  /// What was said last of why the file could not be used.
  private var problem: String?

  /// Ask ``hasChanged()`` before reading the file the first time.
  package init(_ path: String) { self.path = path }

  /// Whether the file is there and differs from what it was.
  package mutating func hasChanged() -> Bool {
    var stamp = platform_stamp()
    guard platform_file_stamp(path, &stamp) == 0 else { return false }
    if let last, last.device == stamp.device, last.inode == stamp.inode, last.byte_count == stamp.byte_count,
      last.seconds == stamp.seconds, last.nanoseconds == stamp.nanoseconds
    {
      return false
    }
    last = stamp
    return true
  }

  /// Notes that the file could not be used. What is in it counts once it is another one; what kept it from being read may
  /// pass, so that ``hasChanged()`` is true again.
  ///
  /// - Returns: whether this is news, and to be told.
  package mutating func note(_ failure: Failure) -> Bool {
    if failure.code != .badData { last = nil }
    defer { problem = failure.message }
    return failure.message != problem
  }

  /// The file is in use, or somebody asks to be told again: the next failure is news.
  package mutating func forgetProblem() { problem = nil }
}
