/// CRC-32 as in IEEE 802.3, zlib and PNG: reflected polynomial EDB88320, initial value and final exclusive-or FFFFFFFF.
///
/// Detects damaged files, not forged ones. The value contains its table of 1 KiB.
public struct CyclicRedundancyCheck: Sendable {
  private let table: InlineArray<256, UInt32>
  private var state: UInt32 = 0xFFFF_FFFF

  /// Creates a checksum of no bytes.
  public init() {
    var table = InlineArray<256, UInt32>(repeating: 0)
    for index in 0..<256 {
      var value = UInt32(index)
      for _ in 0..<8 {
        value = value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1
      }
      table[index] = value
    }
    self.table = table
  }

  /// The checksum of all bytes since the start or the last ``reset()``.
  public var checksum: UInt32 { ~state }

  /// Adds bytes.
  public mutating func update(_ bytes: UnsafeRawBufferPointer) {
    var value = state
    for byte in bytes {
      value = value >> 8 ^ table[Int(UInt8(truncatingIfNeeded: value) ^ byte)]
    }
    state = value
  }

  /// Starts again with no bytes.
  public mutating func reset() {
    state = 0xFFFF_FFFF
  }
}

/// FNV-1a over 64 bits: `h ← (h xor byte) · 1099511628211`, from 14695981039346656037.
///
/// Identifies a file by its content, and summarizes the outputs of an encoder in one number.
///
/// - Reference: Fowler, Noll, Vo, draft-eastlake-fnv.
public struct ContentHash: Sendable {
  /// The hash of all bytes so far.
  public private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325

  /// Creates a hash of no bytes.
  public init() {}

  /// Adds bytes.
  public mutating func update(_ bytes: UnsafeRawBufferPointer) {
    var hash = value
    for byte in bytes {
      hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3
    }
    value = hash
  }
}
