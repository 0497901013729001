import Foundation
import KeywordSpotting
import Testing
import TextEnrollment

/// The tables of the page that explains typed pronunciations.
@Suite struct PronunciationsPageTests {
  private static let page = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appending(path: "../../../Sources/Device/DeviceCommands/DeviceCommands.docc/Pronunciations.md")

  /// The cells of the table rows of a section.
  private func rows(_ section: String) throws -> [[String]] {
    let text = try String(contentsOf: Self.page, encoding: .utf8)
    let parts = text.components(separatedBy: "\n## ")
    let part = try #require(parts.first { $0.hasPrefix(section + "\n") })
    return part.split(separator: "\n").filter { $0.hasPrefix("| ") }.dropFirst().map { row in
      row.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
    }
  }

  /// The texts in backquotes.
  private func quoted(_ text: String) -> [String] {
    text.components(separatedBy: "`").enumerated().filter { $0.offset % 2 == 1 }.map(\.element)
  }

  @Test("The page lists every phoneme with its symbol")
  func phonemes() throws {
    let cells = try rows("ARPAbet").flatMap { row in stride(from: 0, to: 9, by: 3).map { (row[$0], row[$0 + 1]) } }
    #expect(cells.map(\.0).sorted() == Phoneme.allCases.map(\.arpabet))
    for (name, symbol) in cells { #expect(Phoneme(arpabet: name).map(PhoneticAlphabet.symbol) == symbol) }
  }

  @Test("Each symbol of the page is read as the page says")
  func symbols() throws {
    let rows = try rows("International Phonetic Alphabet")
    #expect(rows.count > 25)
    for row in rows {
      let notes = row.count > 2 ? row[2].components(separatedBy: "also ").dropFirst().joined() : ""
      for symbol in quoted(row[0]) + quoted(notes) {
        let read = try PhonemeSequence(words: TypedPronunciation.words(of: "/\(symbol)/")).arpabet
        #expect(read == row[1], "\(symbol)")
      }
    }
  }

  @Test("Each spelling of the page is read as the page says")
  func spellings() throws {
    let enroller = Enroller(model: UntrainedModel.model, language: EnglishLanguage.file)
    let rows = try rows("Spelling").prefix { !$0[0].hasPrefix("vowels") }
    #expect(rows.count == 6)
    for row in rows {
      let report = try enroller.enroll("x", pronunciation: "\"\(quoted(row[0])[0])\"").report
      #expect(report.variants.map(\.arpabet) == [row[1]])
    }
  }
}
