/// The names of the files for one detection: `cooee-20260102T030405.678Z-hey-computer.wav` and `.json`.
///
/// The time is in UTC. Sorting by name sorts by time.
package struct RecordingName: Equatable, Sendable {
  /// The name without its extension.
  package var stem: String

  /// - Parameters:
  ///   - milliseconds: Unix time; years 1970 to 9999.
  ///   - attempt: 2 or more if the name is already in use.
  package init(milliseconds: Int64, phrase: String, attempt: Int = 1) {
    let time = min(max(milliseconds, 0), 253_402_300_799_999)
    let (year, month, day) = Self.date(daysSince1970: Int(time / 86_400_000))
    let ofDay = Int(time % 86_400_000)
    func digits(_ value: Int, _ count: Int) -> String {
      String(repeating: "0", count: max(0, count - "\(value)".utf8.count)) + "\(value)"
    }
    stem = "cooee-\(digits(year, 4))\(digits(month, 2))\(digits(day, 2))T\(digits(ofDay / 3_600_000, 2))"
    stem += "\(digits(ofDay / 60_000 % 60, 2))\(digits(ofDay / 1_000 % 60, 2)).\(digits(ofDay % 1_000, 3))Z-"
    stem += Self.word(for: phrase)
    if attempt > 1 { stem += "-\(attempt)" }
  }

  /// Whether a file name has this format: the time, a word, and one of the two extensions.
  package static func isRecording(_ name: String) -> Bool {
    let pattern = Array("cooee-00000000T000000.000Z-".utf8)
    let bytes = Array(name.utf8)
    guard bytes.count > pattern.count, name.hasSuffix(".wav") || name.hasSuffix(".json") else { return false }
    return zip(pattern, bytes).allSatisfy { wanted, byte in
      wanted == UInt8(ascii: "0") ? (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) : wanted == byte
    }
  }

  /// A name without its extension.
  static func stem(of name: String) -> String { String(name[..<(name.lastIndex(of: ".") ?? name.endIndex)]) }

  /// The phrase as lowercase ASCII letters and digits, with a dash for each run of other characters; at most 40
  /// characters.
  private static func word(for phrase: String) -> String {
    var word = ""
    for byte in phrase.utf8 {
      let letter = byte | 0x20
      if (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(letter) {
        word.unicodeScalars.append(Unicode.Scalar(letter))
      } else if (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) {
        word.unicodeScalars.append(Unicode.Scalar(byte))
      } else if !word.isEmpty, word.last != "-" {
        word += "-"
      }
      if word.utf8.count >= 40 { break }
    }
    while word.last == "-" { word.removeLast() }
    return word.isEmpty ? "phrase" : word
  }

  /// The civil date of a day, from years of 365.2425 days since 1 March 0000.
  private static func date(daysSince1970: Int) -> (year: Int, month: Int, day: Int) {
    let days = daysSince1970 + 719_468
    let era = days / 146_097
    let dayOfEra = days % 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shifted = (5 * dayOfYear + 2) / 153
    let month = shifted < 10 ? shifted + 3 : shifted - 9
    return (era * 400 + yearOfEra + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shifted + 2) / 5 + 1)
  }
}
