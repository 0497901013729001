import CCooee

extension cooee_bytes {
  var isEmpty: Bool { data == nil && size == 0 }

  /// The bytes; may be empty.
  ///
  /// - Throws: `COOEE_ERROR_ARGUMENT` if the pointer is null although the size is not 0.
  func buffer() throws(StatusError) -> UnsafeRawBufferPointer {
    guard data != nil || size == 0, size <= Int.max else { throw StatusError(COOEE_ERROR_ARGUMENT) }
    return UnsafeRawBufferPointer(start: data, count: Int(size))
  }

  /// The bytes of a file that is borrowed after the call.
  ///
  /// - Throws: `COOEE_ERROR_ARGUMENT` if the pointer is null, and `COOEE_ERROR_ALIGNMENT`.
  func alignedBuffer() throws(StatusError) -> UnsafeRawBufferPointer {
    let buffer = try buffer()
    guard let start = buffer.baseAddress else { throw StatusError(COOEE_ERROR_ARGUMENT) }
    guard UInt(bitPattern: start) % UInt(COOEE_ALIGNMENT) == 0 else { throw StatusError(COOEE_ERROR_ALIGNMENT) }
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
    guard let byteCount, capacity >= 0, memory != nil || capacity == 0 else { throw StatusError(COOEE_ERROR_ARGUMENT) }
    self.memory = memory
    self.capacity = capacity
    self.byteCount = byteCount
  }

  /// Writes the size, and the bytes if they fit.
  ///
  /// - Throws: `COOEE_ERROR_SPACE` if they do not fit.
  func write(_ bytes: [UInt8]) throws(StatusError) {
    byteCount.pointee = bytes.count
    guard bytes.count <= capacity, let memory else { throw StatusError(COOEE_ERROR_SPACE) }
    bytes.withUnsafeBytes { memory.copyMemory(from: $0.baseAddress!, byteCount: $0.count) }
  }
}
