import CommandLineOptions
import DeviceSetup
import KeywordSpotting
import Messages

/// The phrases of a list, one a line: `hey moxie; threshold=0.7; pronunciation=HH EY . M AA K S IY`.
///
/// Semicolons or tabs separate the phrase and its options. Blank lines and lines that begin with `#` are ignored. Lines
/// of sherpa-onnx (`▁HE LL O ▁WORLD :1.5 #0.35 @label`) and PocketSphinx (`hey computer /1e-40/`) are read too; their
/// boosts and thresholds belong to other scores and are not used.
package struct PhraseList {
  package struct Entry {
    /// Counted from 1, including blank lines.
    package var lineNumber: Int
    package var request: EnrollmentRequest
  }

  package let name: String
  package private(set) var entries: [Entry] = []
  /// The lines that cannot be read, with what is wrong.
  package private(set) var problems: [(lineNumber: Int, message: String)] = []
  /// The number of lines of sherpa-onnx and of PocketSphinx.
  private var foreignCounts = (sherpa: 0, pocketSphinx: 0)
  /// The lines whose boost or threshold is not used.
  private var unusedScores: [Int] = []

  /// Reads a list.
  ///
  /// - Parameters:
  ///   - bytes: UTF-8, with or without a byte order mark.
  ///   - defaults: The threshold and the rate of false alarms for lines without their own.
  package init(_ bytes: [UInt8], name: String, defaults: EnrollmentRequest) {
    self.name = name
    var number = 0
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    for var line in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
      number += 1
      if number == 1, line.starts(with: mark) { line = line.dropFirst(3) }
      line = trimmed(line)
      guard let first = line.first, first != UInt8(ascii: "#") else { continue }
      do throws(Failure) {
        entries.append(Entry(lineNumber: number, request: try request(line, number, defaults)))
      } catch {
        problems.append((number, error.message))
      }
    }
  }

  /// How many lines were read, and what was not used.
  package var summary: String {
    var text = filled("% has % phrase%", name, word(entries.count), entries.count == 1 ? "" : "s")
    let (sherpa, pocketSphinx) = foreignCounts
    if sherpa + pocketSphinx > 0 {
      text += filled(
        ", % in the form of sherpa-onnx, with its labels as texts, and % in that of PocketSphinx", word(sherpa),
        word(pocketSphinx))
    }
    if !unusedScores.isEmpty {
      text += filled(
        "; their boosts and thresholds are for other scores and are not used (line %)",
        unusedScores.map { word($0) }.joined(separator: ", "))
    }
    return text
  }

  private mutating func request(
    _ line: ArraySlice<UInt8>, _ lineNumber: Int, _ defaults: EnrollmentRequest
  ) throws(Failure) -> EnrollmentRequest {
    guard String(validating: line, as: UTF8.self) != nil else {
      throw Failure(.badData, "the line is not UTF-8; save the list as UTF-8")
    }
    let fields = line.split(omittingEmptySubsequences: false) { $0 == UInt8(ascii: ";") || $0 == 0x09 }.map(trimmed)
    var request = defaults
    var ways: [String] = []
    var label: String?
    var rate: Float?
    var threshold: Float?
    if try take(fields[0], &request, &ways, &label) { unusedScores.append(lineNumber) }
    for field in fields.dropFirst() where !field.isEmpty {
      let parts = field.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
      let (key, value) = (text(trimmed(parts[0])), parts.count > 1 ? text(trimmed(parts[1])) : "")
      guard !value.isEmpty else {
        throw Failure(.badData, filled("\"%\" has no value; write it as in threshold=0.7", text(field)))
      }
      var isDoubled = false
      switch key {
      case "label":
        isDoubled = label != nil
        label = value
      case "pronunciation": ways.append(value)
      case "sounds-like": ways.append(PronunciationOptions.spelled(value))
      case "threshold":
        isDoubled = threshold != nil
        threshold = try number(key, value, "values from 0 to 1") { $0 >= 0 && $0 <= 1 }
      case "false-alarms":
        isDoubled = rate != nil
        rate = try number(key, value, "values above 0") { $0 > 0 && $0.isFinite }
      default:
        let known = ["label", "threshold", "false-alarms", "pronunciation", "sounds-like"]
        let hint = suggestion(for: key, among: known)
        throw Failure(
          .badData,
          filled("no option \"%\"%", key, hint.isEmpty ? "; the options are " + known.joined(separator: ", ") : hint))
      }
      if isDoubled { throw Failure(.badData, filled("% is given twice; remove one", key)) }
    }
    guard !request.text.isEmpty else { throw Failure(.badData, "the line has no phrase; begin with it") }
    if threshold != nil || rate != nil { request.threshold = threshold }
    if let rate { request.falseAlarmsPerHour = rate }
    if let label {
      if ways.isEmpty { request.spoken = request.text }
      request.text = label
    }
    if !ways.isEmpty { request.pronunciation = ways.joined(separator: "\n") }
    return request
  }

  /// Reads the phrase, and what other programs put behind it.
  ///
  /// - Returns: Whether there is a boost or a threshold.
  private mutating func take(
    _ field: ArraySlice<UInt8>, _ request: inout EnrollmentRequest, _ ways: inout [String], _ label: inout String?
  ) throws(Failure) -> Bool {
    var field = field
    var isScored = false
    let slash = UInt8(ascii: "/")
    if field.last == slash, let start = field.dropLast().lastIndex(of: slash), start > field.startIndex,
      decimalNumber(text(field[(start + 1)...].dropLast())) != nil
    {
      field = field[..<start]
      foreignCounts.pocketSphinx += 1
      isScored = true
    }
    var tokens = field.split(separator: UInt8(ascii: " "))
    var isSherpa = false
    loop: while tokens.count > 1, let last = tokens.last {
      let value = text(last.dropFirst())
      switch last.first {
      case UInt8(ascii: "@") where !value.isEmpty:
        label = value
        isSherpa = true
      case UInt8(ascii: ":"), UInt8(ascii: "#"):
        // "channel #5" is a phrase: their thresholds are below 1.
        guard let score = decimalNumber(value), last.first == UInt8(ascii: ":") || score < 1 else { break loop }
        isSherpa = true
        isScored = true
      default: break loop
      }
      tokens.removeLast()
    }
    let wordStart: [UInt8] = [0xE2, 0x96, 0x81]
    if tokens.contains(where: { $0.starts(with: wordStart) }) {
      isSherpa = true
      var joined: [UInt8] = []
      for token in tokens {
        let begins = token.starts(with: wordStart)
        if begins, !joined.isEmpty { joined.append(UInt8(ascii: " ")) }
        joined += begins ? token.dropFirst(3) : token
      }
      request.text = text(joined[...])
    } else if isSherpa, isARPAbet(tokens) {
      guard let label else { throw Failure(.badData, "phonemes of sherpa-onnx need a name; add @name to the line") }
      request.text = label
      ways.append(text(Array(tokens.joined(separator: [UInt8(ascii: " ")]))[...]))
    } else if isSherpa, tokens.contains(where: { $0.contains { $0 >= 0x80 } }) {
      throw Failure(.badData, "these tokens of sherpa-onnx are not English words; type the phrase as it is spelled")
    } else {
      request.text = text(Array(tokens.joined(separator: [UInt8(ascii: " ")]))[...])
    }
    if isSherpa {
      foreignCounts.sherpa += 1
      // Its lists are in capitals.
      if !request.text.utf8.contains(where: { $0 >= 0x61 && $0 <= 0x7A }) {
        request.text = String(
          decoding: request.text.utf8.map { $0 >= 0x41 && $0 <= 0x5A ? $0 + 0x20 : $0 }, as: UTF8.self)
      }
    }
    return isScored
  }

  /// Whether the tokens are phonemes, and at least one has a stress digit.
  private func isARPAbet(_ tokens: [ArraySlice<UInt8>]) -> Bool {
    tokens.allSatisfy { $0.withUnsafeBufferPointer { Phoneme(arpabetBytes: $0) } != nil }
      && tokens.contains { $0.contains { $0 <= 0x39 } }
  }

  private func number(
    _ key: String, _ value: String, _ accepted: String, _ accepts: (Float) -> Bool
  ) throws(Failure) -> Float {
    guard let number = decimalNumber(value), accepts(Float(number)) else {
      throw Failure(.badData, filled("% is %; it accepts %", key, value, accepted))
    }
    return Float(number)
  }

  private func text(_ bytes: ArraySlice<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }

  /// Without blanks and carriage returns at the ends.
  private func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    func isBlank(_ byte: UInt8?) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0D }
    var bytes = bytes
    while isBlank(bytes.first) { bytes = bytes.dropFirst() }
    while isBlank(bytes.last) { bytes = bytes.dropLast() }
    return bytes
  }
}
