/// The sections of a `.cooee` file over memory that its owner provides.
///
/// Opening checks the magic, the version, the kind, every size and every checksum, and that all bytes not covered by
/// them are zeros. The contents of a section are therefore as they were written. Sections that this version does not
/// know are skipped.
///
/// The bytes can start at any address. They must stay mapped and unchanged while anything read from them is in use.
/// Safe to read from several threads. Nothing is allocated.
public struct ContainerReader: @unchecked Sendable {
  /// One entry of the section table. Offset and size are in bytes and checked against the file.
  public struct Section: Equatable, Sendable {
    /// The identifier.
    public let id: SectionID
    /// Bytes from the start of the file.
    public let offset: Int
    /// Length in bytes.
    public let size: Int
  }

  /// The section table. Each entry is read from the file's bytes on access.
  public struct Sections: RandomAccessCollection {
    fileprivate let bytes: UnsafeRawBufferPointer
    /// The number of sections.
    public let endIndex: Int

    /// Always 0.
    public var startIndex: Int { 0 }

    /// The entry at `index`.
    ///
    /// - Precondition: `index` is below ``endIndex``.
    public subscript(index: Int) -> Section {
      precondition(index >= 0 && index < endIndex)
      let entry = ContainerFormat.headerBytes + index * ContainerFormat.tableEntryBytes
      return Section(
        id: SectionID(rawValue: bytes.littleEndian(at: entry)),
        offset: Int(bytes.littleEndian(at: entry + 4) as UInt32),
        size: Int(bytes.littleEndian(at: entry + 8) as UInt32))
    }
  }

  /// The kind of the file.
  public let kind: ContainerKind
  private let bytes: UnsafeRawBufferPointer
  private let sectionCount: Int

  /// The section table, in file order.
  public var sections: Sections { Sections(bytes: bytes, endIndex: sectionCount) }

  /// Opens and checks a file.
  ///
  /// - Throws: the first ``ContainerError`` found, in file order.
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

  /// FNV-1a over every byte of the file. Phrase files store it to identify their model.
  ///
  /// Reads the whole file on each access.
  public var contentHash: UInt64 {
    var hash = ContentHash()
    hash.update(bytes)
    return hash.value
  }

  /// The bytes of a section; `nil` if the file does not have it.
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

  /// Every byte is checked: those without a checksum must be zeros.
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

  /// CRC-32 of header and table, without the four bytes of the checksum.
  static func headerChecksum(_ headerAndTable: UnsafeRawBufferPointer) -> UInt32 {
    var checksum = CyclicRedundancyCheck()
    checksum.update(UnsafeRawBufferPointer(rebasing: headerAndTable[..<ContainerFormat.checksumOffset]))
    checksum.update(UnsafeRawBufferPointer(rebasing: headerAndTable[(ContainerFormat.checksumOffset + 4)...]))
    return checksum.checksum
  }
}
