/// Builds a `.cooee` file in memory, section by section.
///
/// For workstations and enrollment: it allocates. The same sections give the same bytes.
public struct ContainerWriter: Sendable {
  private let kind: ContainerKind
  private var sections: [(id: SectionID, bytes: [UInt8])] = []

  /// Creates a file without sections.
  public init(kind: ContainerKind) {
    self.kind = kind
  }

  /// Adds a section at the end.
  ///
  /// - Precondition: the file does not have the section yet, it has fewer than 64 sections, and all of them together
  ///   are smaller than 4 GiB.
  public mutating func append(_ id: SectionID, _ bytes: [UInt8]) {
    precondition(sections.count < ContainerFormat.sectionCountLimit, "too many sections")
    precondition(!sections.contains { $0.id == id }, "duplicate section")
    sections.append((id, bytes))
  }

  /// The bytes of the file.
  public func finish() -> [UInt8] {
    let tableEnd = ContainerFormat.headerBytes + sections.count * ContainerFormat.tableEntryBytes
    var table: [UInt8] = []
    var body: [UInt8] = []
    let bodyStart = ContainerFormat.aligned(tableEnd)
    var checksum = CyclicRedundancyCheck()
    for (id, bytes) in sections {
      checksum.reset()
      bytes.withUnsafeBytes { checksum.update($0) }
      table.appendLittleEndian(id.rawValue)
      table.appendLittleEndian(UInt32(bodyStart + body.count))
      table.appendLittleEndian(UInt32(bytes.count))
      table.appendLittleEndian(checksum.checksum)
      body.append(contentsOf: bytes)
      body.padWithZeros(toMultipleOf: ContainerFormat.alignmentBytes)
    }
    var file: [UInt8] = []
    file.appendLittleEndian(ContainerFormat.magic)
    file.appendLittleEndian(ContainerFormat.version)
    file.appendLittleEndian(kind.rawValue)
    file.appendLittleEndian(UInt32(sections.count))
    file.appendLittleEndian(0 as UInt32)
    file.appendLittleEndian(UInt64(bodyStart + body.count))
    file.appendLittleEndian(0 as UInt64)
    file.append(contentsOf: table)
    let header = file.withUnsafeBytes { ContainerReader.headerChecksum($0) }
    for index in 0..<4 {
      file[ContainerFormat.checksumOffset + index] = UInt8(truncatingIfNeeded: header >> UInt32(8 * index))
    }
    file.padWithZeros(toMultipleOf: ContainerFormat.alignmentBytes)
    file.append(contentsOf: body)
    return file
  }
}

extension [UInt8] {
  /// Appends the bytes of `value`, lowest first.
  package mutating func appendLittleEndian(_ value: some FixedWidthInteger) {
    var rest = value
    for _ in 0..<(value.bitWidth / 8) {
      append(UInt8(truncatingIfNeeded: rest))
      rest >>= 8
    }
  }

  /// Appends the IEEE 754 bits of `value`, lowest byte first.
  package mutating func appendLittleEndian(_ value: Float) {
    appendLittleEndian(value.bitPattern)
  }

  /// Appends each value as four bytes.
  package mutating func appendLittleEndian(_ values: [Float]) {
    for value in values { appendLittleEndian(value) }
  }

  /// Appends zeros up to a multiple of `alignment`.
  package mutating func padWithZeros(toMultipleOf alignment: Int) {
    while count % alignment != 0 { append(0) }
  }
}
