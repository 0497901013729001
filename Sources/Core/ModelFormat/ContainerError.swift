/// Why a `.heed` file cannot be opened. Sizes and offsets are in bytes.
public enum ContainerError: Error, Equatable, Sendable {
  /// The file does not begin with `HEED`.
  case wrongMagic(found: UInt32)
  /// The file was written by a newer Heed; this one must be updated to read it.
  case newerVersion(found: Int, supported: Int)
  /// The file is sound but holds something else, a phrase file where a model is wanted, say.
  case wrongKind(found: Int, expected: ContainerKind)
  /// The file ends before its header or section table does, or is shorter than its header says.
  case truncated(needed: UInt64, available: Int)
  /// The file goes on after the size that its header states.
  case trailingBytes(stated: UInt64, found: Int)
  /// The section table is longer than any Heed writes.
  case tooManySections(count: UInt64, limit: Int)
  /// Header or section table do not match their checksum.
  case corruptHeader(stated: UInt32, computed: UInt32)
  /// A section does not start at a multiple of 64 bytes, or starts inside the one before it.
  case misplacedSection(id: SectionID, offset: UInt64)
  /// A byte that belongs to nothing, between header, sections and end, is not zero.
  case strayByte(offset: Int)
  /// A section ends past the end of the file, or a value past the end of its section.
  case truncatedSection(id: SectionID, needed: UInt64, available: Int)
  /// A section does not match its checksum.
  case corruptSection(id: SectionID, stated: UInt32, computed: UInt32)
  /// The same section stands twice in the table.
  case duplicateSection(id: SectionID)
  /// A section that this kind of file must have is not there.
  case missingSection(id: SectionID)
  /// A section is longer than what it holds.
  case oversizedSection(id: SectionID, used: Int, size: Int)
}
