import CPlatform
import Messages

/// Detects changes of a file from its device and inode, its size, and the time of the last change of its content or
/// permissions.
package struct FileWatch {
  private let path: String
  private var last: platform_stamp?
  /// The last reason why the file could not be used.
  private var problem: String?

  /// Call ``hasChanged()`` before you read the file for the first time.
  package init(_ path: String) { self.path = path }

  /// Whether the file has changed, or is no longer there, since the last call.
  package mutating func hasChanged() -> Bool {
    var stamp = platform_stamp()
    guard platform_file_stamp(path, &stamp) == 0 else {
      defer { last = nil }
      return last != nil
    }
    if let last, last.device == stamp.device, last.inode == stamp.inode, last.byte_count == stamp.byte_count,
      last.seconds == stamp.seconds, last.nanoseconds == stamp.nanoseconds
    {
      return false
    }
    last = stamp
    return true
  }

  /// Records that the file could not be used.
  ///
  /// If its data is bad, ``hasChanged()`` returns true only after the file changes. For other failures, which may pass,
  /// it returns true on the next call.
  ///
  /// - Returns: Whether the failure differs from the last one and should be reported.
  package mutating func note(_ failure: Failure) -> Bool {
    if failure.code != .badData { last = nil }
    defer { problem = failure.message }
    return failure.message != problem
  }

  /// Forgets the last failure, so the next one is reported even if it is the same.
  package mutating func forgetProblem() { problem = nil }
}
