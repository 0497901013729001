/// The reason why a `.cooee` file cannot be opened. Sizes and offsets are in bytes.
public enum ContainerError: Error, Equatable, Sendable {
  /// The file does not begin with `COOE`.
  case wrongMagic(found: UInt32)
  /// The file was written by a newer version of Cooee. Update to read it.
  case newerVersion(found: Int, supported: Int)
  /// The file is valid but of another kind, such as a phrase file instead of a model.
  case wrongKind(found: Int, expected: ContainerKind)
  /// The file ends before its header or section table, or is shorter than its header states.
  case truncated(needed: UInt64, available: Int)
  /// The file is longer than its header states.
  case trailingBytes(stated: UInt64, found: Int)
  /// The section table is longer than the limit.
  case tooManySections(count: UInt64, limit: Int)
  /// The header and the section table do not match their checksum.
  case corruptHeader(stated: UInt32, computed: UInt32)
  /// A section does not start at a multiple of 64 bytes, or starts within the previous one.
  case misplacedSection(id: SectionID, offset: UInt64)
  /// A byte outside header, table and sections is not zero.
  case strayByte(offset: Int)
  /// A section extends beyond the end of the file, or a value beyond the end of its section.
  case truncatedSection(id: SectionID, needed: UInt64, available: Int)
  /// A section does not match its checksum.
  case corruptSection(id: SectionID, stated: UInt32, computed: UInt32)
  /// The table lists a section twice.
  case duplicateSection(id: SectionID)
  /// A required section is missing.
  case missingSection(id: SectionID)
  /// A section is longer than its contents.
  case oversizedSection(id: SectionID, used: Int, size: Int)
}
