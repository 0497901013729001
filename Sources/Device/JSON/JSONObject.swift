/// Builds a JSON object as text, with the members in the order in which they are added.
///
/// Numbers have as many digits as are needed to read back the same value; NaN and infinity are written as `null`. In
/// strings, quotation marks, backslashes and control characters are escaped (RFC 8259); everything else stays UTF-8.
public struct JSONObject: Sendable {
  /// UTF-8, without the closing brace.
  private var bytes: [UInt8] = [UInt8(ascii: "{")]

  /// Creates an object without members.
  public init() {}

  /// Creates an object with one string member.
  public init(_ key: StaticString, _ value: String) {
    add(key, value)
  }

  /// The object in UTF-8, without a newline.
  public var encoded: [UInt8] { bytes + [UInt8(ascii: "}")] }

  /// Adds a string member.
  public mutating func add(_ key: StaticString, _ value: String) {
    addKey(key)
    bytes.appendQuoted(value)
  }

  /// Adds a number member.
  public mutating func add(_ key: StaticString, _ value: Double) {
    addKey(key)
    bytes.append(contentsOf: value.isFinite ? value.description.utf8 : "null".utf8)
  }

  /// Adds a number member with the shortest digits that give the same Float.
  public mutating func add(_ key: StaticString, _ value: Float) {
    addKey(key)
    bytes.append(contentsOf: value.isFinite ? value.description.utf8 : "null".utf8)
  }

  /// Adds a number member.
  public mutating func add(_ key: StaticString, _ value: Int) {
    addKey(key)
    bytes.append(contentsOf: value.description.utf8)
  }

  /// Adds a Boolean member.
  public mutating func add(_ key: StaticString, _ value: Bool) {
    addKey(key)
    bytes.append(contentsOf: (value ? "true" : "false").utf8)
  }

  /// Adds a null member.
  public mutating func addNull(_ key: StaticString) {
    addKey(key)
    bytes.append(contentsOf: "null".utf8)
  }

  /// Adds an array of strings as a member.
  public mutating func add(_ key: StaticString, _ values: [String]) {
    addKey(key)
    bytes.append(UInt8(ascii: "["))
    for (index, value) in values.enumerated() {
      if index > 0 { bytes.append(UInt8(ascii: ",")) }
      bytes.appendQuoted(value)
    }
    bytes.append(UInt8(ascii: "]"))
  }

  /// Adds an array of numbers as a member.
  public mutating func add(_ key: StaticString, _ values: [Int]) {
    addKey(key)
    bytes.append(UInt8(ascii: "["))
    for (index, value) in values.enumerated() {
      if index > 0 { bytes.append(UInt8(ascii: ",")) }
      bytes.append(contentsOf: value.description.utf8)
    }
    bytes.append(UInt8(ascii: "]"))
  }

  /// Adds an object as a member.
  public mutating func add(_ key: StaticString, _ value: JSONObject) {
    addKey(key)
    bytes.append(contentsOf: value.encoded)
  }

  /// Adds an array of objects as a member.
  public mutating func add(_ key: StaticString, _ values: [JSONObject]) {
    addKey(key)
    bytes.append(UInt8(ascii: "["))
    for (index, value) in values.enumerated() {
      if index > 0 { bytes.append(UInt8(ascii: ",")) }
      bytes.append(contentsOf: value.encoded)
    }
    bytes.append(UInt8(ascii: "]"))
  }

  private mutating func addKey(_ key: StaticString) {
    if bytes.count > 1 { bytes.append(UInt8(ascii: ",")) }
    bytes.appendQuoted(key.description)
    bytes.append(UInt8(ascii: ":"))
  }
}
