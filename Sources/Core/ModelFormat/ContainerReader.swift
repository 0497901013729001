/// The opened sections of a `.heed` file over memory that its owner provides.
///
/// Opening checks the magic, the version, the kind, every size, every checksum, and that there is nothing beside what
/// they cover, so that whoever reads a section
/// afterwards meets what was written. Sections that this version does not know are kept and skipped.
///
/// The bytes may start at any address. They must stay mapped and unchanged for as long as anything read from them is in
/// use. Reading from several threads is safe. Nothing is allocated.
public struct ContainerReader: @unchecked Sendable {
  /// One line of the section table. Offset and size are in bytes and already checked against the file.
  public struct Section: Equatable, Sendable {
    public let id: SectionID
    public let offset: Int
    public let size: Int
  }

  /// The section table, read from the file's bytes whenever a line of it is asked for.
  public struct Sections: RandomAccessCollection {
    fileprivate let bytes: UnsafeRawBufferPointer
    public let endIndex: Int

    public var startIndex: Int { 0 }

    public subscript(index: Int) -> Section {
      precondition(index >= 0 && index < endIndex)
      let entry = ContainerFormat.headerBytes + index * ContainerFormat.tableEntryBytes
      return Section(
        id: SectionID(rawValue: bytes.littleEndian(at: entry)),
        offset: Int(bytes.littleEndian(at: entry + 4) as UInt32),
        size: Int(bytes.littleEndian(at: entry + 8) as UInt32))
    }
  }

  public let kind: ContainerKind
  private let bytes: UnsafeRawBufferPointer
  private let sectionCount: Int

  /// In file order.
  public var sections: Sections { Sections(bytes: bytes, endIndex: sectionCount) }

  /// Opens and checks a file.
  ///
  /// - Throws: the first ``ContainerError`` met, in the order of the file.
  public init(_ bytes: UnsafeRawBufferPointer, expecting expectedKind: ContainerKind) throws(ContainerError) {
    let header = try Self.checkedHeader(bytes, expecting: expectedKind)
    var checksum = CyclicRedundancyCheck()
    var previousEnd = header.tableEnd
    for index in 0..<header.sectionCount {
      let entry = ContainerFormat.headerBytes + index * ContainerFormat.tableEntryBytes
      let id = SectionID(rawValue: bytes.littleEndian(at: entry))
      let offset = UInt64(bytes.littleEndian(at: entry + 4) as UInt32)
      let size = UInt64(bytes.littleEndian(at: entry + 8) as UInt32)
      let stated: UInt32 = bytes.littleEndian(at: entry + 12)
      guard offset % UInt64(ContainerFormat.alignmentBytes) == 0, offset >= UInt64(previousEnd) else {
        throw .misplacedSection(id: id, offset: offset)
      }
      guard offset + size <= UInt64(bytes.count) else {
        throw .truncatedSection(id: id, needed: offset + size, available: bytes.count)
      }
      try Self.checkZeros(bytes[previousEnd..<Int(offset)])
      for section in Sections(bytes: bytes, endIndex: index) where section.id == id {
        throw .duplicateSection(id: id)
      }
      checksum.reset()
      checksum.update(UnsafeRawBufferPointer(rebasing: bytes[Int(offset)..<Int(offset + size)]))
      guard checksum.checksum == stated else {
        throw .corruptSection(id: id, stated: stated, computed: checksum.checksum)
      }
      previousEnd = Int(offset + size)
    }
    try Self.checkZeros(bytes[previousEnd...])
    kind = expectedKind
    self.bytes = bytes
    sectionCount = header.sectionCount
  }

  /// FNV-1a over every byte of the file: the name under which phrase files remember their model.
  ///
  /// Reads the whole file; keep the result.
  public var contentHash: UInt64 {
    var hash = ContentHash()
    hash.update(bytes)
    return hash.value
  }

  /// The bytes of a section, or nil where the file has none of that name.
  public func bytes(of id: SectionID) -> UnsafeRawBufferPointer? {
    for section in sections where section.id == id {
      return UnsafeRawBufferPointer(rebasing: bytes[section.offset..<section.offset + section.size])
    }
    return nil
  }

  /// A reader at the start of a section.
  ///
  /// - Throws: ``ContainerError/missingSection(id:)``.
  public func section(_ id: SectionID) throws(ContainerError) -> SectionReader {
    guard let bytes = bytes(of: id) else { throw .missingSection(id: id) }
    return SectionReader(id: id, bytes: bytes)
  }

  /// No byte goes without a check: those that no checksum covers are zeros.
  private static func checkZeros(_ gap: Slice<UnsafeRawBufferPointer>) throws(ContainerError) {
    for index in gap.indices where gap[index] != 0 { throw .strayByte(offset: index) }
  }

  private static func checkedHeader(
    _ bytes: UnsafeRawBufferPointer, expecting expectedKind: ContainerKind
  ) throws(ContainerError) -> (sectionCount: Int, tableEnd: Int) {
    guard bytes.count >= 4 else { throw .truncated(needed: 4, available: bytes.count) }
    let magic: UInt32 = bytes.littleEndian(at: 0)
    guard magic == ContainerFormat.magic else { throw .wrongMagic(found: magic) }
    guard bytes.count >= ContainerFormat.headerBytes else {
      throw .truncated(needed: UInt64(ContainerFormat.headerBytes), available: bytes.count)
    }
    let version: UInt16 = bytes.littleEndian(at: 4)
    guard version <= ContainerFormat.version else {
      throw .newerVersion(found: Int(version), supported: Int(ContainerFormat.version))
    }
    let count: UInt32 = bytes.littleEndian(at: 8)
    guard count <= UInt32(ContainerFormat.sectionCountLimit) else {
      throw .tooManySections(count: UInt64(count), limit: ContainerFormat.sectionCountLimit)
    }
    let tableEnd = ContainerFormat.headerBytes + Int(count) * ContainerFormat.tableEntryBytes
    guard bytes.count >= tableEnd else { throw .truncated(needed: UInt64(tableEnd), available: bytes.count) }
    let stated: UInt32 = bytes.littleEndian(at: ContainerFormat.checksumOffset)
    let computed = headerChecksum(UnsafeRawBufferPointer(rebasing: bytes[..<tableEnd]))
    guard stated == computed else { throw .corruptHeader(stated: stated, computed: computed) }
    let kind: UInt16 = bytes.littleEndian(at: 6)
    guard kind == expectedKind.rawValue else { throw .wrongKind(found: Int(kind), expected: expectedKind) }
    let statedSize: UInt64 = bytes.littleEndian(at: 16)
    guard statedSize <= UInt64(bytes.count) else { throw .truncated(needed: statedSize, available: bytes.count) }
    guard statedSize == UInt64(bytes.count) else { throw .trailingBytes(stated: statedSize, found: bytes.count) }
    return (Int(count), tableEnd)
  }

  /// CRC-32 of header and table, the four bytes of the checksum itself left out.
  static func headerChecksum(_ headerAndTable: UnsafeRawBufferPointer) -> UInt32 {
    var checksum = CyclicRedundancyCheck()
    checksum.update(UnsafeRawBufferPointer(rebasing: headerAndTable[..<ContainerFormat.checksumOffset]))
    checksum.update(UnsafeRawBufferPointer(rebasing: headerAndTable[(ContainerFormat.checksumOffset + 4)...]))
    return checksum.checksum
  }
}
