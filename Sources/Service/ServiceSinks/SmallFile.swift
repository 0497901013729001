import CPlatform

/// Reads small files.
enum SmallFile {
  /// The errno of a failed read.
  struct ReadError: Error, Equatable {
    var number: Int32
  }

  /// Up to `limit` bytes from the start of a file.
  static func bytes(_ path: String, limit: Int = 65_536) -> Result<[UInt8], ReadError> {
    let descriptor = platform_open_for_reading(path)
    guard descriptor >= 0 else { return .failure(ReadError(number: -descriptor)) }
    defer { platform_close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: limit)
    var count = 0
    while count < limit {
      let read = bytes.withUnsafeMutableBytes { platform_read(descriptor, $0.baseAddress! + count, limit - count) }
      if read < 0 { return .failure(ReadError(number: Int32(-read))) }
      if read == 0 { break }
      count += read
    }
    bytes.removeLast(limit - count)
    return .success(bytes)
  }

  /// The text of a file without trailing newlines; nil if it cannot be read.
  static func text(_ path: String) -> String? {
    guard case .success(var bytes) = bytes(path) else { return nil }
    while bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
    return String(decoding: bytes, as: UTF8.self)
  }
}
