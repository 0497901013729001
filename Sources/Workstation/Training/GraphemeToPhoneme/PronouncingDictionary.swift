import Foundation
import KeywordSpotting
import TextEnrollment

/// The words of a CMUdict text file with their pronunciations, without stress.
///
/// A line is `word PH ON EME S`. A further pronunciation of the same word is `word(2) …`, and `#` begins a comment. The
/// dictionary keeps words of letters and apostrophes and the names of letters (`a.`). It skips all others, because text
/// is split at hyphens and full stops before words are looked up.
public struct PronouncingDictionary: Sendable {
  /// Why a dictionary cannot be read.
  public enum FormatError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The file cannot be read.
    case unreadable(path: String)
    /// A line, counted from 1, has no pronunciation or an unknown phoneme.
    case malformedLine(number: Int, text: String)

    /// The error and its remedy in one line.
    public var description: String {
      switch self {
      case .unreadable(let path): "\(path): cannot read the file; pass CMUdict in text form (cmudict.dict)"
      case .malformedLine(let number, let text):
        "line \(number) of the dictionary has no pronunciation or an unknown phoneme: \(text)"
      }
    }
  }

  /// A word and its pronunciations.
  public struct Entry: Sendable, Equatable {
    /// The word in lower case.
    public var word: String
    /// Raw values of ``KeywordSpotting/Phoneme``, most usual pronunciation first, without duplicates.
    public var pronunciations: [[UInt8]]
  }

  /// The words in the order of the file.
  public private(set) var entries: [Entry] = []

  /// Reads a CMUdict file.
  ///
  /// - Throws: ``FormatError``.
  public init(path: String) throws {
    guard let data = FileManager.default.contents(atPath: path) else { throw FormatError.unreadable(path: path) }
    try self.init(text: String(decoding: data, as: UTF8.self))
  }

  /// Parses the text of a CMUdict file.
  ///
  /// - Throws: ``FormatError/malformedLine(number:text:)``.
  public init(text: String) throws {
    var indexByWord: [String: Int] = [:]
    for (lineIndex, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      let fields = line.prefix { $0 != "#" }.split(whereSeparator: \.isWhitespace)
      guard let field = fields.first, !field.hasPrefix(";;;") else { continue }
      let word = field.prefix { $0 != "(" }.lowercased()
      guard Self.isKept(word) else { continue }
      let phonemes = fields.dropFirst().compactMap { Phoneme(arpabet: String($0))?.rawValue }
      guard !phonemes.isEmpty, phonemes.count == fields.count - 1 else {
        throw FormatError.malformedLine(number: lineIndex + 1, text: String(line))
      }
      if let index = indexByWord[word] {
        if !entries[index].pronunciations.contains(phonemes) { entries[index].pronunciations.append(phonemes) }
      } else {
        indexByWord[word] = entries.count
        entries.append(Entry(word: word, pronunciations: [phonemes]))
      }
    }
  }

  private static func isKept(_ word: String) -> Bool {
    let letters = word.utf8
    if letters.count == 2 && letters.last == UInt8(ascii: ".") { return true }
    return letters.contains { $0 != UInt8(ascii: "'") }
      && letters.allSatisfy { ($0 >= UInt8(ascii: "a") && $0 <= UInt8(ascii: "z")) || $0 == UInt8(ascii: "'") }
  }
}
