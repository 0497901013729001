import CommandLineOptions
import Messages
import Recordings

/// The settings of a board and the origin of each: the defaults, a configuration file, or the command line.
package struct DeviceConfiguration: Sendable {
  /// Where a value came from.
  package enum Origin: Equatable, Sendable {
    case standard
    case file(line: Int)
    case commandLine
  }

  /// Why a file is not a valid configuration.
  package struct FileError: Error, Equatable, Sendable {
    /// The line, counted from 1; 0 for the file as a whole.
    package let line: Int
    /// What was found and what is accepted.
    package let message: String
  }

  /// Indexed by the raw value of ``ConfigurationKey``.
  private var values: [ConfigurationValue?]
  private var origins: [Origin]

  /// Creates a configuration of defaults.
  package init() {
    values = ConfigurationKey.allCases.map { $0.standard }
    origins = [Origin](repeating: .standard, count: values.count)
  }

  /// Creates a configuration of defaults, overridden by the text of a file.
  ///
  /// The text is in a subset of TOML: lines of `key = value` with whole numbers and basic strings, comments after `#`,
  /// and empty lines. `schema = 1` is required. Each key may appear once.
  ///
  /// - Throws: The first error in the order of the lines.
  package init(fileText: String) throws(FileError) {
    self.init()
    var lineNumber = 0
    // Split by bytes: Swift treats CR LF as one character, which is not a line feed.
    for line in Array(fileText.utf8).split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
      lineNumber += 1
      var reader = ConfigurationLineReader(line: lineNumber, bytes: line)
      guard let (name, value) = try reader.read() else { continue }
      guard let key = ConfigurationKey.allCases.first(where: { $0.name == name }) else {
        let names = ConfigurationKey.allCases.map { $0.name }
        let hint = suggestion(for: name, among: names)
        throw FileError(
          line: lineNumber,
          message: "unknown key " + name + (hint.isEmpty ? "; the keys are " + names.joined(separator: ", ") : hint))
      }
      if case .file(let before) = origins[key.rawValue] {
        throw FileError(line: lineNumber, message: "\(name) is already set in line \(before)")
      }
      guard key.rule.accepts(value) else {
        throw FileError(line: lineNumber, message: "\(name) is \(value.written); it accepts \(key.rule.description)")
      }
      values[key.rawValue] = value
      origins[key.rawValue] = .file(line: lineNumber)
    }
    guard values[ConfigurationKey.schema.rawValue] != nil else {
      throw FileError(line: 0, message: "schema is missing; add schema = 1 as the first line")
    }
    try checkTogether()
    try checkTrustedKeys()
  }

  /// Checks the rules that involve more than one key.
  func checkTogether() throws(FileError) {
    let rate = integer(.rate)
    guard rate == 0 || RateConverter.accepts(hertz: rate) else {
      throw FileError(
        line: line(of: .rate), message: "rate is \(rate); it accepts 0 and \(RateConverter.acceptedRates)")
    }
    guard integer(.channels) == 0 || integer(.channel) < integer(.channels) else {
      throw FileError(
        line: line(of: .channel, .channels),
        message: "channel \(integer(.channel)) does not exist: there are \(integer(.channels)), and they count from 0")
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
        message: "realtime_priority needs a capture thread, and threads = 1 has none; change one of them")
    }
  }

  /// Checks the trusted keys before any file is opened.
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

  /// The value of a key; nil if neither the file nor the defaults have one.
  package func value(_ key: ConfigurationKey) -> ConfigurationValue? { values[key.rawValue] }

  /// Where the value of a key came from.
  package func origin(_ key: ConfigurationKey) -> Origin { origins[key.rawValue] }

  /// The value of a key that holds a whole number.
  ///
  /// - Precondition: The key has a default, and its values are whole numbers.
  package func integer(_ key: ConfigurationKey) -> Int {
    guard case .integer(let value) = values[key.rawValue] else { preconditionFailure("not a number") }
    return value
  }

  /// The value of a key that holds text.
  ///
  /// - Precondition: The key has a default, and its values are texts.
  package func text(_ key: ConfigurationKey) -> String {
    guard case .text(let value) = values[key.rawValue] else { preconditionFailure("not a text") }
    return value
  }

  /// The value of a key that holds text; nil if neither the file nor the defaults have one.
  package func optionalText(_ key: ConfigurationKey) -> String? {
    if case .text(let value) = values[key.rawValue] { value } else { nil }
  }

  /// Sets a value from the command line, which overrides the file and the default.
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

  /// Reads the key and value; returns nil if the line has none.
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
      throw error("the value of \(key) is neither a whole number nor text in quotation marks")
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
          throw error("the value of \(key) has a \\ that is not followed by \" or \\")
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

  /// Whether the rest of the line is empty or a comment.
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
