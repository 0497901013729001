import CPlatform

/// Writing a line failed; `errorNumber` is the errno.
public struct LineWriterError: Error, Equatable, Sendable {
  /// The errno of the failed write.
  public var errorNumber: Int32

  /// Creates an error with an errno.
  public init(errorNumber: Int32) { self.errorNumber = errorNumber }
}

/// Writes whole lines to a file descriptor, each at once (for live streams) or in blocks that end at the end of a line.
///
/// One thread at a time.
public struct LineWriter: ~Copyable {
  private let descriptor: Int32
  private let flushesEachLine: Bool
  private var buffer: [UInt8] = []

  /// - Parameters:
  ///   - descriptor: The file descriptor, which the caller owns; 1 is stdout.
  ///   - flushesEachLine: Whether to write each line at once.
  public init(descriptor: Int32, flushesEachLine: Bool) {
    self.descriptor = descriptor
    self.flushesEachLine = flushesEachLine
    buffer.reserveCapacity(Self.blockSize)
  }

  static let blockSize = 16_384

  /// Writes a line and a newline.
  ///
  /// - Throws: An error if the system refuses the bytes.
  public mutating func write(_ line: some Sequence<UInt8>) throws(LineWriterError) {
    buffer.append(contentsOf: line)
    buffer.append(UInt8(ascii: "\n"))
    if flushesEachLine || buffer.count >= Self.blockSize { try flush() }
  }

  /// Writes the buffered lines.
  ///
  /// - Throws: An error if the system refuses the bytes; the buffered lines are lost.
  public mutating func flush() throws(LineWriterError) {
    let result = buffer.withUnsafeBytes { platform_write_all(descriptor, $0.baseAddress, $0.count) }
    buffer.removeAll(keepingCapacity: true)
    guard result >= 0 else { throw LineWriterError(errorNumber: -result) }
  }
}
