import Glibc

/// A file of its own under the system's temporary directory, removed at the end of the test.
final class TemporaryFile {
  let path: String

  init(_ bytes: [UInt8], suffix: String = ".wav") {
    var template = Array("/tmp/cooee-test-XXXXXX\(suffix)".utf8CString)
    let descriptor = mkstemps(&template, Int32(suffix.utf8.count))
    precondition(descriptor >= 0, "no temporary file can be made in /tmp")
    path = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
    var written = 0
    bytes.withUnsafeBytes { all in
      while written < all.count {
        let count = write(descriptor, all.baseAddress! + written, all.count - written)
        precondition(count > 0, "the temporary file cannot be written")
        written += count
      }
    }
    close(descriptor)
  }

  deinit { unlink(path) }
}
