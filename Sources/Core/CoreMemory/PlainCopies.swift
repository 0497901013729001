// Embedded Swift 6.3 makes of the standard library's `update(from:count:)` and `update(repeating:count:)` a call for
// each element; these become `memmove`, and a loop that the compiler sees through.

extension UnsafeMutablePointer where Pointee: BitwiseCopyable {
  /// Copies `count` values, which may overlap these.
  @inlinable @inline(__always)
  public func copy(from source: UnsafePointer<Pointee>, count: Int) {
    UnsafeMutableRawPointer(self).copyMemory(from: source, byteCount: count &* MemoryLayout<Pointee>.stride)
  }

  /// Sets `count` values to the same one.
  @inlinable @inline(__always)
  public func fill(with value: Pointee, count: Int) {
    var index = 0
    while index < count {
      self[index] = value
      index &+= 1
    }
  }
}
