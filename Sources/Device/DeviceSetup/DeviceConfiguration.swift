import CommandLineOptions

/// The settings of a board, each with where it came from: the defaults, overridden by a file.
package struct DeviceConfiguration: Sendable {
  /// Where a value came from.
  package enum Origin: Equatable, Sendable {
    case standard
    case file(line: Int)
    case commandLine
  }

  /// Why a file is not a configuration. Lines count from 1; 0 is the file as a whole.
  package struct FileError: Error, Equatable, Sendable {
    package let line: Int
    /// What was found, what is accepted.
    package let message: String
  }

  /// By the raw value of ``ConfigurationKey``.
  private var values: [ConfigurationValue?]
  private var origins: [Origin]

  /// The defaults alone.
  package init() {
    values = ConfigurationKey.allCases.map { $0.standard }
    origins = [Origin](repeating: .standard, count: values.count)
  }

  /// The defaults, overridden by a file in this subset of TOML: lines of `key = value` with whole numbers and basic strings,
  /// comments after `#`, empty lines. `schema = 1` is required; every key may stand once.
  ///
  /// - Throws: the first error met, line by line.
  package init(fileText: String) throws(FileError) {
    self.init()
    var lineNumber = 0
    // By bytes: to Swift a line end of DOS is one character and no line feed.
    for line in Array(fileText.utf8).split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
      lineNumber += 1
      var reader = ConfigurationLineReader(line: lineNumber, bytes: line)
      guard let (name, value) = try reader.read() else { continue }
      guard let key = ConfigurationKey.allCases.first(where: { $0.name == name }) else {
        let names = ConfigurationKey.allCases.map { $0.name }
        throw FileError(
          line: lineNumber, message: "there is no key \(name); did you mean \(nearest(to: name, among: names))?")
      }
      if case .file(let before) = origins[key.rawValue] {
        throw FileError(line: lineNumber, message: "\(name) stands in line \(before) already")
      }
      guard key.rule.accepts(value) else {
        throw FileError(line: lineNumber, message: "\(name) is \(value.written); accepted are \(key.rule.description)")
      }
      values[key.rawValue] = value
      origins[key.rawValue] = .file(line: lineNumber)
    }
    guard values[ConfigurationKey.schema.rawValue] != nil else {
      throw FileError(line: 0, message: "schema is missing; the first line should be schema = 1")
    }
    try checkTogether()
    try checkTrustedKeys()
  }

  /// What no key can tell on its own.
  private func checkTogether() throws(FileError) {
    guard integer(.channel) < integer(.channels) else {
      throw FileError(
        line: line(of: .channel, .channels),
        message: "channel \(integer(.channel)) is not there: channels is \(integer(.channels)), and they count from 0")
    }
    guard integer(.bufferMilliseconds) >= 2 * integer(.periodMilliseconds) else {
      throw FileError(
        line: line(of: .bufferMilliseconds, .periodMilliseconds),
        message: "buffer_milliseconds is \(integer(.bufferMilliseconds)), less than two periods of "
          + "\(integer(.periodMilliseconds)); make it \(2 * integer(.periodMilliseconds)) or more")
    }
    guard integer(.realtimePriority) == 0 || integer(.threads) > 1 else {
      throw FileError(
        line: line(of: .realtimePriority, .threads),
        message: "realtime_priority is the capture thread's, and with threads = 1 there is none; change one of them")
    }
  }

  /// The keys that are trusted must be keys, before anything is opened.
  private func checkTrustedKeys() throws(FileError) {
    guard case .text(let text) = values[ConfigurationKey.trustedKeys.rawValue] else { return }
    do throws(TrustedKeys.Fault) {
      _ = try TrustedKeys(text)
    } catch {
      throw FileError(line: line(of: .trustedKeys), message: "trusted_keys: \(error.message)")
    }
  }

  private func line(of keys: ConfigurationKey...) -> Int {
    for key in keys { if case .file(let line) = origins[key.rawValue] { return line } }
    return 0
  }

  /// The value of a key; nil where neither file nor default has one.
  package func value(_ key: ConfigurationKey) -> ConfigurationValue? { values[key.rawValue] }

  package func origin(_ key: ConfigurationKey) -> Origin { origins[key.rawValue] }

  /// - Precondition: the key has a default, and its values are whole numbers.
  package func integer(_ key: ConfigurationKey) -> Int {
    guard case .integer(let value) = values[key.rawValue] else { preconditionFailure("not a number") }
    return value
  }

  /// - Precondition: the key has a default, and its values are texts.
  package func text(_ key: ConfigurationKey) -> String {
    guard case .text(let value) = values[key.rawValue] else { preconditionFailure("not a text") }
    return value
  }

  /// Takes a value of the command line, which counts more than file and default.
  mutating func override(_ key: ConfigurationKey, _ value: ConfigurationValue) {
    values[key.rawValue] = value
    origins[key.rawValue] = .commandLine
  }
}

/// Reads one line of a configuration file.
private struct ConfigurationLineReader {
  let line: Int
  private let bytes: [UInt8]
  private var index = 0

  init(line: Int, bytes: ArraySlice<UInt8>) {
    self.line = line
    self.bytes = Array(bytes)
  }

  /// Key and value; nil where the line has none.
  mutating func read() throws(DeviceConfiguration.FileError) -> (String, ConfigurationValue)? {
    skipSpaces()
    if atEnd { return nil }
    let start = index
    while index < bytes.count, Self.isKeyByte(bytes[index]) { index += 1 }
    guard index > start else { throw error("a key is expected, followed by = and a value") }
    let key = String(decoding: bytes[start..<index], as: UTF8.self)
    skipSpaces()
    guard index < bytes.count, bytes[index] == UInt8(ascii: "=") else { throw error("= is expected after \(key)") }
    index += 1
    skipSpaces()
    let value = try readValue(of: key)
    skipSpaces()
    guard atEnd else { throw error("only a comment may follow the value of \(key)") }
    return (key, value)
  }

  private mutating func readValue(of key: String) throws(DeviceConfiguration.FileError) -> ConfigurationValue {
    if index < bytes.count, bytes[index] == UInt8(ascii: "\"") { return .text(try readText(of: key)) }
    let start = index
    if index < bytes.count, bytes[index] == UInt8(ascii: "-") || bytes[index] == UInt8(ascii: "+") { index += 1 }
    while index < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[index]) { index += 1 }
    guard let value = Int(String(decoding: bytes[start..<index], as: UTF8.self)) else {
      throw error("the value of \(key) is neither a whole number nor a text in quotation marks")
    }
    return .integer(value)
  }

  private mutating func readText(of key: String) throws(DeviceConfiguration.FileError) -> String {
    index += 1
    var text: [UInt8] = []
    while index < bytes.count {
      let byte = bytes[index]
      index += 1
      switch byte {
      case UInt8(ascii: "\""): return String(decoding: text, as: UTF8.self)
      case UInt8(ascii: "\\"):
        guard index < bytes.count, bytes[index] == UInt8(ascii: "\"") || bytes[index] == UInt8(ascii: "\\") else {
          throw error("in the value of \(key), \\ is followed by neither \" nor \\")
        }
        text.append(bytes[index])
        index += 1
      default: text.append(byte)
      }
    }
    throw error("the value of \(key) has no closing quotation mark")
  }

  private mutating func skipSpaces() {
    while index < bytes.count, bytes[index] == 0x20 || bytes[index] == 0x09 || bytes[index] == 0x0D { index += 1 }
  }

  /// The end of the line, or of all but its comment.
  private var atEnd: Bool { index == bytes.count || bytes[index] == UInt8(ascii: "#") }

  private static func isKeyByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"),
      UInt8(ascii: "_"), UInt8(ascii: "-"):
      true
    default: false
    }
  }

  private func error(_ message: String) -> DeviceConfiguration.FileError {
    DeviceConfiguration.FileError(line: line, message: message)
  }
}
