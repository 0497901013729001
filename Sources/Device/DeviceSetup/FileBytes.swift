import CPlatform
import Messages

/// A file's bytes, read once into memory of their own, which lives as long as this object.
///
/// They are not mapped: what is verified stays what is used when somebody writes into the file afterwards, and a file that is
/// cut off meanwhile ends nobody's program. The memory is what the checksums would have made resident anyway. For any
/// thread: nobody writes to the bytes, which start at a page.
package final class FileBytes: @unchecked Sendable {
  package let path: String
  private let contents: platform_contents

  package var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: contents.bytes, count: contents.count) }

  /// Files of more than 256 MiB, or of half the machine's memory, are none of Heed's.
  private static var limit: Int {
    let physical = platform_physical_memory_bytes()
    return Int(physical > 0 ? min(256 << 20, physical / 2) : 256 << 20)
  }

  /// - Parameter purpose: What the file is to the person who reads the message, "the model" say.
  init(_ path: String, purpose: String) throws(Failure) {
    contents = platform_read_file(path, Self.limit)
    self.path = path
    guard contents.error == 0 else {
      throw Failure(.noInput, "cannot open \(purpose) \(path): \(systemText(contents.error))")
    }
  }

  deinit { if contents.error == 0 { platform_forget_contents(contents) } }
}
