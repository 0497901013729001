// Embedded Swift 6.3 compiles the standard library's `update(from:count:)` and `update(repeating:count:)` to one call
// per element. These compile to `memmove` and to a loop that the compiler can optimize.

extension UnsafeMutablePointer where Pointee: BitwiseCopyable {
  /// Copies `count` values, which may overlap these.
  @inlinable @inline(__always)
  /// Copies `count` values. The two ranges can overlap.
  public func copy(from source: UnsafePointer<Pointee>, count: Int) {
    UnsafeMutableRawPointer(self).copyMemory(from: source, byteCount: count &* MemoryLayout<Pointee>.stride)
  }

  /// Sets `count` values to the same one.
  @inlinable @inline(__always)
  /// Sets `count` values to `value`.
  public func fill(with value: Pointee, count: Int) {
    var index = 0
    while index < count {
      self[index] = value
      index &+= 1
    }
  }
}
