/// Takes choices from an input, byte by byte; past its end every choice is 0.
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

  /// A number of the range, any of them as likely as another as far as two bytes go.
  public mutating func integer(in range: ClosedRange<Int>) -> Int { range.lowerBound + Int(number()) % range.count }

  /// What is left.
  public mutating func rest() -> UnsafeRawBufferPointer {
    defer { position = bytes.count }
    return UnsafeRawBufferPointer(rebasing: bytes[min(position, bytes.count)...])
  }

  /// What is left up to the next line feed, which is taken too.
  public mutating func line() -> UnsafeRawBufferPointer {
    let rest = bytes[min(position, bytes.count)...]
    let end = rest.firstIndex(of: 0x0A) ?? bytes.count
    defer { position = end + 1 }
    return UnsafeRawBufferPointer(rebasing: bytes[min(position, end)..<end])
  }
}

extension UnsafeRawBufferPointer {
  /// The bytes as text; what is no UTF-8 becomes replacement characters.
  public var text: String { String(decoding: self, as: UTF8.self) }
}
