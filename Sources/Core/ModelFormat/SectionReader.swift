/// Reads the values of a section in file order, checking each against the end of the section.
///
/// Values that are read can be at any address. Arrays that are borrowed state their alignment. Counts from a file are
/// `UInt64`, because a product of two of them may not fit the 32-bit `Int` of a small board.
public struct SectionReader: @unchecked Sendable {
  /// The identifier of the section.
  public let id: SectionID
  private let bytes: UnsafeRawBufferPointer
  /// Bytes already read.
  public private(set) var position = 0

  /// Creates a reader at the start of a section's bytes.
  public init(id: SectionID, bytes: UnsafeRawBufferPointer) {
    self.id = id
    self.bytes = bytes
  }

  /// Bytes left to read.
  public var remaining: Int { bytes.count - position }

  /// Reads one little-endian integer.
  ///
  /// - Throws: ``ContainerError/truncatedSection(id:needed:available:)`` if the section ends before it, like every
  ///   read.
  public mutating func integer<Value: FixedWidthInteger & BitwiseCopyable>(_ type: Value.Type) throws(ContainerError)
    -> Value
  {
    let start = try advance(by: UInt64(Value.bitWidth / 8))
    return bytes.littleEndian(at: start)
  }

  /// Reads one 32-bit float, which can be infinite or NaN.
  public mutating func float() throws(ContainerError) -> Float {
    Float(bitPattern: try integer(UInt32.self))
  }

  /// Reads `count` floats into a new array.
  public mutating func floats(_ count: UInt64) throws(ContainerError) -> [Float] {
    let start = try advance(by: count, times: 4)
    var values = [Float](repeating: 0, count: Int(count))
    for index in 0..<values.count {
      values[index] = Float(bitPattern: bytes.littleEndian(at: start + 4 * index))
    }
    return values
  }

  /// Borrows the next `count` floats from the file.
  ///
  /// - Returns: `nil` if they are not at a multiple of four bytes in memory.
  mutating func borrowedFloats(_ count: UInt64) throws(ContainerError) -> UnsafeBufferPointer<Float>? {
    let start = try advance(by: count, times: 4)
    return UnsafeRawBufferPointer(rebasing: bytes[start..<position]).values(of: Float.self)
  }

  /// Reads `count` 32-bit integers into a new array.
  public mutating func integers(_ count: UInt64) throws(ContainerError) -> [Int32] {
    let start = try advance(by: count, times: 4)
    var values = [Int32](repeating: 0, count: Int(count))
    for index in 0..<values.count {
      values[index] = bytes.littleEndian(at: start + 4 * index)
    }
    return values
  }

  /// Borrows the next `count` bytes from the file.
  public mutating func bytes(_ count: UInt64) throws(ContainerError) -> UnsafeRawBufferPointer {
    let start = try advance(by: count)
    return UnsafeRawBufferPointer(rebasing: bytes[start..<position])
  }

  /// Skips the bytes up to the next multiple of `alignment`, counted from the start of the section.
  public mutating func skipPadding(toMultipleOf alignment: Int) throws(ContainerError) {
    let excess = position % alignment
    if excess != 0 { _ = try advance(by: UInt64(alignment - excess)) }
  }

  /// Continues at `offset` bytes from the start of the section.
  ///
  /// - Throws: ``ContainerError/truncatedSection(id:needed:available:)`` if the section is shorter.
  public mutating func seek(to offset: UInt64) throws(ContainerError) {
    guard offset <= UInt64(bytes.count) else {
      throw .truncatedSection(id: id, needed: offset, available: bytes.count)
    }
    position = Int(offset)
  }

  /// Checks that everything was read.
  ///
  /// - Throws: ``ContainerError/oversizedSection(id:used:size:)`` if bytes are left.
  public func expectEnd() throws(ContainerError) {
    guard remaining == 0 else { throw .oversizedSection(id: id, used: position, size: bytes.count) }
  }

  private mutating func advance(by count: UInt64, times width: UInt64 = 1) throws(ContainerError) -> Int {
    let (size, overflow) = count.multipliedReportingOverflow(by: width)
    guard !overflow, size <= UInt64(remaining) else {
      let needed = overflow ? UInt64.max : UInt64(position).addingReportingOverflow(size).partialValue
      throw .truncatedSection(id: id, needed: needed, available: bytes.count)
    }
    let start = position
    position += Int(size)
    return start
  }
}

extension UnsafeRawBufferPointer {
  /// The bytes as numbers of the machine, which is little-endian like the files; `nil` if they are not aligned.
  package func values<Value: BitwiseCopyable>(of type: Value.Type) -> UnsafeBufferPointer<Value>? {
    guard UInt(bitPattern: baseAddress) % UInt(MemoryLayout<Value>.alignment) == 0 else { return nil }
    return bindMemory(to: type)
  }

  /// The little-endian integer at `offset`, at any alignment.
  @inline(__always)
  package func littleEndian<Value: FixedWidthInteger & BitwiseCopyable>(at offset: Int) -> Value {
    precondition(offset >= 0 && offset + Value.bitWidth / 8 <= count)
    return Value(littleEndian: loadUnaligned(fromByteOffset: offset, as: Value.self))
  }
}
