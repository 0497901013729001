#if !hasFeature(Embedded)  // parsing a Double needs the full standard library
  /// A JSON value.
  ///
  /// If members have the same name, the last one counts. Texts nested deeper than ``maximumDepth`` are rejected, to
  /// prevent a stack overflow; so are names longer than ``maximumNameBytes``.
  ///
  /// - Note: Swift hashes and compares Strings in canonical form, which takes quadratic time in the number of
  ///   consecutive combining marks. Compare long texts from outside as UTF-8.
  public enum JSONValue: Equatable, Sendable {
    case null
    case truth(Bool)
    case number(Double)
    case text(String)
    case array([JSONValue])
    case object([String: JSONValue])

    /// The maximum nesting depth of arrays and objects.
    public static let maximumDepth = 32
    /// The maximum length of a member's name in UTF-8 bytes, because names are hashed as Strings.
    public static let maximumNameBytes = 256

    /// Parses a text; nil if it is not valid JSON (RFC 8259), is nested too deep, or has a name that is too long.
    public init?(_ bytes: some Sequence<UInt8>) {
      var reader = JSONReader(bytes: Array(bytes))
      reader.skipSpace()
      guard let value = reader.value(depth: 0) else { return nil }
      reader.skipSpace()
      guard reader.isAtEnd else { return nil }
      self = value
    }

    /// The member of an object; nil if this is not an object, or if the member is missing or null.
    public subscript(_ name: String) -> JSONValue? {
      guard case .object(let members) = self, let member = members[name], member != .null else { return nil }
      return member
    }

    /// The string; nil if this is not a string.
    public var text: String? {
      if case .text(let text) = self { return text }
      return nil
    }

    /// The whole number, if both Int and Double represent it exactly; otherwise nil.
    public var integer: Int? {
      guard case .number(let value) = self, abs(value) <= 9_007_199_254_740_992 else { return nil }
      return Int(exactly: value)
    }
  }

  /// The state of parsing a text.
  private struct JSONReader {
    let bytes: [UInt8]
    var position = 0

    var isAtEnd: Bool { position == bytes.count }
    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    mutating func skipSpace() {
      while let byte = next, byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D { position += 1 }
    }

    mutating func value(depth: Int) -> JSONValue? {
      switch next {
      case UInt8(ascii: "{"): return depth < JSONValue.maximumDepth ? object(depth: depth + 1) : nil
      case UInt8(ascii: "["): return depth < JSONValue.maximumDepth ? array(depth: depth + 1) : nil
      case UInt8(ascii: "\""): return text().map { .text($0) }
      case UInt8(ascii: "t"): return take("true") ? .truth(true) : nil
      case UInt8(ascii: "f"): return take("false") ? .truth(false) : nil
      case UInt8(ascii: "n"): return take("null") ? .null : nil
      default: return number()
      }
    }

    private mutating func take(_ word: StaticString) -> Bool {
      let length = word.utf8CodeUnitCount
      guard bytes.count - position >= length else { return false }
      for index in 0..<length where bytes[position + index] != word.utf8Start[index] { return false }
      position += length
      return true
    }

    private mutating func object(depth: Int) -> JSONValue? {
      position += 1
      var members: [String: JSONValue] = [:]
      skipSpace()
      if take("}") { return .object(members) }
      while true {
        skipSpace()
        guard next == UInt8(ascii: "\""), let name = text(), name.utf8.count <= JSONValue.maximumNameBytes else {
          return nil
        }
        skipSpace()
        guard take(":") else { return nil }
        skipSpace()
        guard let member = value(depth: depth) else { return nil }
        members[name] = member
        skipSpace()
        if take("}") { return .object(members) }
        guard take(",") else { return nil }
      }
    }

    private mutating func array(depth: Int) -> JSONValue? {
      position += 1
      var elements: [JSONValue] = []
      skipSpace()
      if take("]") { return .array(elements) }
      while true {
        skipSpace()
        guard let element = value(depth: depth) else { return nil }
        elements.append(element)
        skipSpace()
        if take("]") { return .array(elements) }
        guard take(",") else { return nil }
      }
    }

    private mutating func text() -> String? {
      position += 1
      var units: [UInt8] = []
      while let byte = next {
        position += 1
        switch byte {
        case UInt8(ascii: "\""): return String(validating: units, as: UTF8.self)
        case 0..<0x20: return nil
        case UInt8(ascii: "\\"):
          guard let scalar = escaped() else { return nil }
          units.append(contentsOf: String(Character(scalar)).utf8)
        default: units.append(byte)
        }
      }
      return nil
    }

    /// Parses what follows a backslash. An unpaired surrogate becomes the replacement character.
    private mutating func escaped() -> Unicode.Scalar? {
      guard let byte = next else { return nil }
      position += 1
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
      case UInt8(ascii: "b"): return "\u{8}"
      case UInt8(ascii: "f"): return "\u{C}"
      case UInt8(ascii: "n"): return "\n"
      case UInt8(ascii: "r"): return "\r"
      case UInt8(ascii: "t"): return "\t"
      case UInt8(ascii: "u"):
        guard let unit = codeUnit() else { return nil }
        if let scalar = Unicode.Scalar(unit) { return scalar }
        let mark = position
        if unit < 0xDC00, take("\\u"), let low = codeUnit(), (0xDC00..<0xE000).contains(low) {
          return Unicode.Scalar(0x10000 + (UInt32(unit) - 0xD800) << 10 + UInt32(low) - 0xDC00)
        }
        position = mark
        return "\u{FFFD}"
      default: return nil
      }
    }

    private mutating func codeUnit() -> UInt16? {
      guard bytes.count - position >= 4 else { return nil }
      var unit: UInt16 = 0
      for byte in bytes[position..<position + 4] {
        guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue, byte < 0x80 else { return nil }
        unit = unit << 4 | UInt16(digit)
      }
      position += 4
      return unit
    }

    private mutating func number() -> JSONValue? {
      let start = position
      _ = take("-")
      let wholeStart = position
      guard let wholeDigits = digits(), wholeDigits == 1 || bytes[wholeStart] != UInt8(ascii: "0") else { return nil }
      if take(".") { guard digits() != nil else { return nil } }
      if take("e") || take("E") {
        if !take("+") { _ = take("-") }
        guard digits() != nil else { return nil }
      }
      let value = Double(String(decoding: bytes[start..<position], as: UTF8.self))
      return value.flatMap { $0.isFinite ? .number($0) : nil }
    }

    /// Skips digits and returns their number; nil if there are none.
    private mutating func digits() -> Int? {
      let start = position
      while let byte = next, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { position += 1 }
      return position > start ? position - start : nil
    }
  }
#endif
