import CPlatform

/// The system refused a line; `errorNumber` is its errno.
public struct LineWriterError: Error, Equatable, Sendable {
  public var errorNumber: Int32

  public init(errorNumber: Int32) { self.errorNumber = errorNumber }
}

/// Writes whole lines to a file descriptor.
///
/// Each line goes out at once where a reader waits for it (a live stream), or with others in blocks where none does.
/// A block ends at the end of a line. One thread at a time.
public struct LineWriter: ~Copyable {
  private let descriptor: Int32
  private let flushesEachLine: Bool
  private var buffer: [UInt8] = []

  /// - Parameter descriptor: Stays the caller's; 1 is standard output.
  public init(descriptor: Int32, flushesEachLine: Bool) {
    self.descriptor = descriptor
    self.flushesEachLine = flushesEachLine
    buffer.reserveCapacity(Self.blockSize)
  }

  static let blockSize = 16_384

  /// Writes a line and its end.
  public mutating func write(_ line: some Sequence<UInt8>) throws(LineWriterError) {
    buffer.append(contentsOf: line)
    buffer.append(UInt8(ascii: "\n"))
    if flushesEachLine || buffer.count >= Self.blockSize { try flush() }
  }

  /// Writes what is kept back.
  public mutating func flush() throws(LineWriterError) {
    let result = buffer.withUnsafeBytes { platform_write_all(descriptor, $0.baseAddress, $0.count) }
    buffer.removeAll(keepingCapacity: true)
    guard result >= 0 else { throw LineWriterError(errorNumber: -result) }
  }
}
