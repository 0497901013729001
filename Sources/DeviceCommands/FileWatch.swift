import CPlatform

/// Tells whether a file became another since it was last asked: by its place on the disk, its size and when it or
/// its rights were changed.
package struct FileWatch {
  private let path: String
  private var last: platform_stamp?

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

  /// The next time that it is asked, the file counts as another: it could not be read.
  package mutating func forget() { last = nil }
}
