import CHeed

extension heed_bytes {
  var isEmpty: Bool { data == nil && size == 0 }

  /// The bytes; may be empty.
  ///
  /// - Throws: `HEED_ERROR_ARGUMENT` if the pointer is null although the size is not 0.
  func buffer() throws(StatusError) -> UnsafeRawBufferPointer {
    guard data != nil || size == 0, size <= Int.max else { throw StatusError(HEED_ERROR_ARGUMENT) }
    return UnsafeRawBufferPointer(start: data, count: Int(size))
  }

  /// The bytes of a file that is borrowed after the call.
  ///
  /// - Throws: `HEED_ERROR_ARGUMENT` if the pointer is null, and `HEED_ERROR_ALIGNMENT`.
  func alignedBuffer() throws(StatusError) -> UnsafeRawBufferPointer {
    let buffer = try buffer()
    guard let start = buffer.baseAddress else { throw StatusError(HEED_ERROR_ARGUMENT) }
    guard UInt(bitPattern: start) % UInt(HEED_ALIGNMENT) == 0 else { throw StatusError(HEED_ERROR_ALIGNMENT) }
    return buffer
  }
}

/// The caller's space for a result of unknown size.
struct ResultSpace {
  let memory: UnsafeMutableRawPointer?
  let capacity: Int
  let byteCount: UnsafeMutablePointer<Int>

  init(
    _ memory: UnsafeMutableRawPointer?, capacity: Int, byteCount: UnsafeMutablePointer<Int>?
  ) throws(StatusError) {
    guard let byteCount, capacity >= 0, memory != nil || capacity == 0 else { throw StatusError(HEED_ERROR_ARGUMENT) }
    self.memory = memory
    self.capacity = capacity
    self.byteCount = byteCount
  }

  /// Writes the size, and the bytes if they fit.
  ///
  /// - Throws: `HEED_ERROR_SPACE` if they do not fit.
  func write(_ bytes: [UInt8]) throws(StatusError) {
    byteCount.pointee = bytes.count
    guard bytes.count <= capacity, let memory else { throw StatusError(HEED_ERROR_SPACE) }
    bytes.withUnsafeBytes { memory.copyMemory(from: $0.baseAddress!, byteCount: $0.count) }
  }
}
