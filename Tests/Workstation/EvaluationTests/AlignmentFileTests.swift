import Evaluation
import Foundation
import Testing

@Suite struct AlignmentFileTests {
  private let utterance = AlignedUtterance(
    id: "a-1",
    words: [
      AlignedInterval(label: "THE", startSeconds: 0.1, endSeconds: 0.25),
      AlignedInterval(label: "WAR", startSeconds: 0.25, endSeconds: 0.6),
    ], phones: [AlignedInterval(label: "DH", startSeconds: 0.1, endSeconds: 0.18)])

  private func temporaryFile(_ text: String) throws -> String {
    let path = NSTemporaryDirectory() + "alignments-\(UUID().uuidString).tsv"
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    return path
  }

  @Test("A written table reads back unchanged") func roundTrip() throws {
    var second = utterance
    second.id = "a-2"
    let path = try temporaryFile(AlignmentFile.text([utterance, second]))
    defer { try? FileManager.default.removeItem(atPath: path) }
    #expect(try AlignmentFile.read(path: path) == [utterance, second])
  }

  @Test("A malformed line is reported by its number") func malformed() throws {
    let path = try temporaryFile("utterance\ttier\tstart\tend\tlabel\na\tword\t0.1\tx\tb\n")
    defer { try? FileManager.default.removeItem(atPath: path) }
    #expect(throws: AlignmentFileError.malformedLine(path: path, line: 2)) { try AlignmentFile.read(path: path) }
    #expect(throws: AlignmentFileError.unreadable(path: "/nowhere.tsv")) {
      try AlignmentFile.read(path: "/nowhere.tsv")
    }
  }

  @Test("Errors against a reference cover starts and ends, and spelling must agree") func comparison() {
    var found = utterance
    found.words[0].startSeconds += 0.04
    found.words[0].endSeconds += 0.08
    found.words[1].startSeconds -= 0.2
    var renamed = utterance
    renamed.id = "a-2"
    renamed.words[1].label = "war"
    var wrong = utterance
    wrong.id = "a-3"
    var misspelled = wrong
    misspelled.words.removeLast()
    let comparison = AlignmentComparison(
      found: [found, renamed, misspelled],
      reference: [
        utterance,
        {
          var u = utterance
          u.id = "a-2"
          return u
        }(), wrong,
      ])
    #expect(comparison.utteranceCount == 2 && comparison.skippedCount == 1 && comparison.boundaryCount == 8)
    #expect(abs(comparison.meanAbsoluteErrorSeconds - 0.04) < 1e-9)  // (40 + 80 + 200) / 8 ms
    #expect(comparison.medianAbsoluteErrorSeconds == 0)
    #expect(abs(comparison.meanStartErrorSeconds + 0.04) < 1e-9)
    #expect(abs(comparison.meanEndErrorSeconds - 0.02) < 1e-9)
    #expect(comparison.shareWithin50Milliseconds == 0.75 && comparison.shareWithin100Milliseconds == 0.875)
  }
}
