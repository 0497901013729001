import CPlatform
import Messages

/// The bytes of a file, read once into memory that lives as long as this object.
///
/// The file is not mapped. If another program writes into it later, the verified bytes stay in use. If it is truncated,
/// the program does not crash. The checksums read all of the bytes anyway, so reading them costs no additional memory.
///
/// Any thread may use it: the bytes are read-only. They start at a page boundary.
package final class FileBytes: @unchecked Sendable {
  package let path: String
  private let contents: platform_contents

  /// The content of the file.
  package var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: contents.bytes, count: contents.count) }

  /// The largest accepted file: 256 MiB, or half of the machine's memory if that is less.
  private static var limit: Int {
    let physical = platform_physical_memory_bytes()
    return Int(physical > 0 ? min(256 << 20, physical / 2) : 256 << 20)
  }

  /// - Parameter purpose: What the file is, for messages, such as "the model".
  /// - Throws: `noInput` if the file cannot be read.
  init(_ path: String, purpose: String) throws(Failure) {
    contents = platform_read_file(path, Self.limit)
    self.path = path
    guard contents.error == 0 else {
      throw Failure(.noInput, "cannot open \(purpose) \(path): \(systemText(contents.error))")
    }
  }

  deinit { if contents.error == 0 { platform_forget_contents(contents) } }
}
