/// A number modulo L = 2²⁵² + 27742317777372353535851937790883648493, the order of the base point.
struct Scalar {
  /// 64 bits each, lowest first.
  private var words: InlineArray<4, UInt64> = [0, 0, 0, 0]

  private static let order: InlineArray<4, UInt64> = [
    0x5812_631A_5CF5_D3ED, 0x14DE_F9DE_A2F7_9CD6, 0, 0x1000_0000_0000_0000,
  ]

  /// Decodes a number from 32 bytes, lowest first; `nil` if it is not below L, which RFC 8032 requires.
  init?(canonical bytes: InlineArray<32, UInt8>) {
    for index in 0..<32 { words[index / 8] |= UInt64(bytes[index]) << UInt64(8 * (index % 8)) }
    let before = words
    subtractOrderOnce()
    for index in 0..<4 where words[index] != before[index] { return nil }
  }

  /// The remainder of a 64-byte number, lowest byte first, divided by L.
  init(reducing digest: InlineArray<64, UInt8>) {
    for bit in stride(from: 511, through: 0, by: -1) {
      // Twice a number below L, plus one, is below 2²⁵⁴.
      for index in stride(from: 3, through: 1, by: -1) { words[index] = words[index] << 1 | words[index - 1] >> 63 }
      words[0] = words[0] << 1 | UInt64(digest[bit / 8] >> UInt8(bit % 8) & 1)
      subtractOrderOnce()
    }
  }

  func hasBit(_ index: Int) -> Bool { words[index / 64] >> UInt64(index % 64) & 1 == 1 }

  /// Subtracts L if the number is not below L.
  private mutating func subtractOrderOnce() {
    var difference = InlineArray<4, UInt64>(repeating: 0)
    var borrows = false
    for index in 0..<4 {
      let (first, firstBorrows) = words[index].subtractingReportingOverflow(Self.order[index])
      let (second, secondBorrows) = first.subtractingReportingOverflow(borrows ? 1 : 0)
      difference[index] = second
      borrows = firstBorrows || secondBorrows
    }
    if !borrows { words = difference }
  }
}
