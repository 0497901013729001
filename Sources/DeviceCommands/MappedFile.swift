import CPlatform

/// A file's bytes, mapped read-only for as long as this object lives; only the pages that are read become resident.
///
/// For any thread: nobody writes to them.
final class MappedFile: @unchecked Sendable {
  let path: String
  private let mapping: platform_mapping

  var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: mapping.bytes, count: mapping.count) }

  /// - Parameter purpose: What the file is to the person who reads the message, "the model" say.
  init(_ path: String, purpose: String) throws(Failure) {
    mapping = platform_map_file(path)
    self.path = path
    guard mapping.error == 0 else {
      throw Failure(.noInput, "cannot open \(purpose) \(path): \(systemText(mapping.error))")
    }
  }

  deinit { platform_unmap(mapping) }
}
