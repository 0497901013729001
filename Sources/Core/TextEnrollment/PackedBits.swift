/// Reads codes of a few bits from bytes in place. The first code is in the lowest bits of the first byte.
///
/// Beyond the last byte, every code reads as 0, which ends a word and a pronunciation. Damaged offsets therefore cannot
/// read outside the section.
struct PackedBitReader {
  private let bytes: UnsafeRawBufferPointer
  private var bitIndex: Int

  /// - Parameter byteOffset: the byte of the first code; any value is safe.
  init(_ bytes: UnsafeRawBufferPointer, byteOffset: Int) {
    self.bytes = bytes
    bitIndex = byteOffset >= 0 && byteOffset <= bytes.count ? byteOffset * 8 : bytes.count * 8
  }

  /// Whether no whole byte is left.
  var isAtEnd: Bool { bitIndex >> 3 >= bytes.count }

  /// Whether a code was read that is not or not completely in the bytes.
  private(set) var isPastEnd = false

  /// The byte in which the next code begins.
  var byteOffset: Int { bitIndex >> 3 }

  /// Advances to the next whole byte.
  mutating func align() { bitIndex = (bitIndex + 7) & ~7 }

  /// Reads the next code.
  ///
  /// - Precondition: `bitCount` is 1…8.
  mutating func read(_ bitCount: Int) -> UInt8 {
    let byteIndex = bitIndex >> 3
    guard byteIndex < bytes.count else {
      isPastEnd = true
      return 0
    }
    let low = UInt16(bytes[byteIndex])
    let high = byteIndex + 1 < bytes.count ? UInt16(bytes[byteIndex + 1]) : 0
    let code = (high << 8 | low) >> UInt16(bitIndex & 7) & (1 << UInt16(bitCount) - 1)
    bitIndex += bitCount
    if bitIndex > bytes.count * 8 { isPastEnd = true }
    return UInt8(truncatingIfNeeded: code)
  }
}

/// Writes what ``PackedBitReader`` reads.
struct PackedBitWriter {
  private(set) var bytes: [UInt8] = []
  private var bitCount = 0

  /// Appends the low `count` bits of `code`.
  ///
  /// - Precondition: `count` is 1…8 and `code` fits.
  mutating func write(_ code: UInt8, _ count: Int) {
    precondition(count == 8 || code >> UInt8(count) == 0)
    for bit in 0..<count {
      if bitCount & 7 == 0 { bytes.append(0) }
      if code >> UInt8(bit) & 1 == 1 { bytes[bytes.count - 1] |= 1 << UInt8(bitCount & 7) }
      bitCount += 1
    }
  }

  /// Fills the last byte with zero bits, so the next code begins at `bytes.count`.
  mutating func align() { bitCount = bytes.count * 8 }
}
