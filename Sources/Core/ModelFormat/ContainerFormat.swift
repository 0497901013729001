/// The kind of a `.cooee` file. The raw value is the file's `kind` field.
public enum ContainerKind: UInt16, Equatable, Sendable {
  /// An acoustic model: encoder, class vectors, text encoder, pooling, heads.
  case model = 1
  /// A language: lexicon and grapheme-to-phoneme model.
  case language = 2
  /// Enrolled phrases, bound to the model that they were enrolled with.
  case phrases = 3
  /// Running speech as encoded by a model, for testing phrases.
  case background = 4
}

/// The four ASCII characters that identify a section, in file order. `ARCH` is the bytes 41 52 43 48.
public struct SectionID: Equatable, Hashable, Sendable, ExpressibleByStringLiteral {
  /// The four bytes as a little-endian integer.
  public let rawValue: UInt32

  /// Creates an identifier from its bytes.
  public init(rawValue: UInt32) {
    self.rawValue = rawValue
  }

  /// Creates an identifier from its characters.
  ///
  /// - Precondition: the literal is exactly four ASCII characters.
  public init(stringLiteral name: StaticString) {
    precondition(name.utf8CodeUnitCount == 4, "a section name must be four ASCII characters")
    var value: UInt32 = 0
    for index in 0..<4 {
      value |= UInt32(name.utf8Start[index]) << UInt32(8 * index)
    }
    rawValue = value
  }

  /// The four characters, for messages. Bytes that are not printable ASCII appear as `?`.
  public var name: String {
    var text = ""
    for shift in [0, 8, 16, 24] as [UInt32] {
      let byte = UInt8(truncatingIfNeeded: rawValue >> shift)
      text.unicodeScalars.append((0x20...0x7E).contains(byte) ? Unicode.Scalar(byte) : "?")
    }
    return text
  }
}

/// The constants of container version 1. The page <doc:FileFormat> describes the layout.
public enum ContainerFormat {
  /// The first four bytes of every file, `COOE`, as a little-endian integer.
  public static let magic = SectionID("COOE").rawValue
  /// The newest container version that can be read, and the version that is written.
  public static let version: UInt16 = 1
  /// Bytes before the section table.
  public static let headerBytes = 32
  /// Bytes per entry of the section table.
  public static let tableEntryBytes = 16
  /// Alignment of the sections and of the file size, in bytes.
  public static let alignmentBytes = 64
  /// Maximum number of sections, checked before the table is read.
  public static let sectionCountLimit = 64

  static let checksumOffset = 12

  /// The next multiple of ``alignmentBytes`` at or after `offset`.
  static func aligned(_ offset: Int) -> Int {
    (offset + alignmentBytes - 1) / alignmentBytes * alignmentBytes
  }
}
