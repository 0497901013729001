import Foundation
import KeywordSpotting
import Testing
import TextEnrollment

/// The page of typed texts is a test vector: it has all that is listened for.
@Suite struct TypedTextTests {
  private static let page = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "Sources/Core/TextEnrollment/TextEnrollment.docc/TypedText.md")

  /// The rows ``| `typed` | words | pronunciations | source |`` of the page, under the typed text. The first cell is
  /// empty in the further rows of a text.
  private static func rows() throws -> [(typed: String, rows: [String])] {
    var texts: [(typed: String, rows: [String])] = []
    for line in try String(contentsOf: page, encoding: .utf8).components(separatedBy: "\n") {
      let cells = line.components(separatedBy: "|").map { $0.trimmingCharacters(in: .whitespaces) }
      guard cells.count == 6, !cells[2].isEmpty, !cells[2].hasPrefix("-"), cells[3].hasPrefix("`") else { continue }
      if cells[1].hasPrefix("`") { texts.append((String(cells[1].dropFirst().dropLast()), [])) }
      try #require(!texts.isEmpty)
      texts[texts.count - 1].rows.append("\(cells[2]) | \(cells[3]) | \(cells[4])")
    }
    return texts
  }

  private func listenedFor(_ text: String, _ pronouncer: Pronouncer) throws -> [String] {
    let readings = try pronouncer.readings(of: text)
    let variants = try Pronouncer.variants(of: readings)
    var rows: [String] = []
    for (index, reading) in readings.enumerated() {
      let spoken = variants.filter { $0.readingIndex == index }.map { "`\($0.sequence.arpabet)`" }
      if spoken.isEmpty { continue }
      var sources: [String] = []
      for word in reading.words {
        let source = word.source == .lexicon ? "dictionary" : "\(word.source)"
        if !sources.contains(source) { sources.append(source) }
      }
      rows.append("\(reading.text) | \(spoken.joined(separator: ", ")) | \(list(sources))")
    }
    return rows
  }

  private func list(_ sources: [String]) -> String {
    sources.count < 2
      ? sources.joined() : sources.dropLast().joined(separator: ", ") + " and " + sources[sources.count - 1]
  }

  @Test("What the page lists is listened for, and nothing else")
  func table() throws {
    let rows = try Self.rows()
    #expect(rows.count >= 60)
    try EnglishLanguage.bytes.withUnsafeBytes { bytes in
      let pronouncer = Pronouncer(try LanguageFile(bytes))
      for (typed, written) in rows {
        let expected = try listenedFor(typed, pronouncer)
        #expect(written == expected, "\(typed): the page should have\n\(expected.joined(separator: "\n"))")
      }
    }
  }
}
