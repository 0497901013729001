/// Draws choices from an input, byte by byte. Past its end, every choice is 0.
public struct InputCursor {
  private let bytes: UnsafeRawBufferPointer
  private var position = 0

  public init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  public var isAtEnd: Bool { position >= bytes.count }

  public mutating func byte() -> UInt8 {
    guard position < bytes.count else { return 0 }
    position += 1
    return bytes[position - 1]
  }

  public mutating func number() -> UInt16 { UInt16(byte()) | UInt16(byte()) << 8 }

  /// A number in the range, with uniform probability as far as two bytes allow.
  public mutating func integer(in range: ClosedRange<Int>) -> Int { range.lowerBound + Int(number()) % range.count }

  /// The remaining bytes.
  public mutating func rest() -> UnsafeRawBufferPointer {
    defer { position = bytes.count }
    return UnsafeRawBufferPointer(rebasing: bytes[min(position, bytes.count)...])
  }

  /// The remaining bytes up to the next line feed, which is consumed.
  public mutating func line() -> UnsafeRawBufferPointer {
    let rest = bytes[min(position, bytes.count)...]
    let end = rest.firstIndex(of: 0x0A) ?? bytes.count
    defer { position = end + 1 }
    return UnsafeRawBufferPointer(rebasing: bytes[min(position, end)..<end])
  }
}

extension UnsafeRawBufferPointer {
  /// The bytes as text, with replacement characters for invalid UTF-8.
  public var text: String { String(decoding: self, as: UTF8.self) }
}
