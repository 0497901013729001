import ModelFormat

/// A container with repaired checksums and size, so mutations reach the sections.
///
/// Its bytes are in memory of exactly their length, at a multiple of 16, so AddressSanitizer detects reads past the
/// end.
public enum RepairedContainer {
  /// Calls `body` with the unchanged bytes, then with the repaired ones if they differ.
  public static func withBoth(_ bytes: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) -> Void) {
    body(bytes)
    guard bytes.count >= ContainerFormat.headerBytes else { return }
    let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 16)
    defer { copy.deallocate() }
    copy.copyMemory(from: bytes)
    repair(copy)
    body(UnsafeRawBufferPointer(copy))
  }

  private static func repair(_ file: UnsafeMutableRawBufferPointer) {
    func number(_ offset: Int) -> UInt32 {
      UInt32(littleEndian: file.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }
    func store(_ value: UInt32, at offset: Int) {
      file.storeBytes(of: value.littleEndian, toByteOffset: offset, as: UInt32.self)
    }
    store(UInt32(file.count), at: 16)
    store(0, at: 20)
    let count = Int(number(8))
    let tableEnd = ContainerFormat.headerBytes + count * ContainerFormat.tableEntryBytes
    guard count <= ContainerFormat.sectionCountLimit, tableEnd <= file.count else { return }
    var check = CyclicRedundancyCheck()
    for index in 0..<count {
      let entry = ContainerFormat.headerBytes + index * ContainerFormat.tableEntryBytes
      let (offset, size) = (Int(number(entry + 4)), Int(number(entry + 8)))
      guard offset + size <= file.count else { continue }
      check.reset()
      check.update(UnsafeRawBufferPointer(rebasing: file[offset..<offset + size]))
      store(check.checksum, at: entry + 12)
    }
    check.reset()
    check.update(UnsafeRawBufferPointer(rebasing: file[..<12]))
    check.update(UnsafeRawBufferPointer(rebasing: file[16..<tableEnd]))
    store(check.checksum, at: 12)
  }
}
