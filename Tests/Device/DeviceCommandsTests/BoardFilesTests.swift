import DeviceSetup
import Foundation
import Testing

/// `firmware-config/boards`, held against the tables that `make board` reads.
@Suite("Board files")
struct BoardFilesTests {
  private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "../../..")
  private static let folder = root.appending(path: "firmware-config/boards")

  /// The boards by name, each with the text of its file.
  private static func boards() throws -> [(name: String, text: String)] {
    try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
      .sorted { $0.path < $1.path }
      .map { ($0.deletingPathExtension().lastPathComponent, try String(contentsOf: $0, encoding: .utf8)) }
  }

  /// The rows of a table beside the SDK's scripts, without its comments.
  private static func rows(of table: String) throws -> [[String]] {
    try String(contentsOf: root.appending(path: "firmware-config/sdk/\(table).tsv"), encoding: .utf8)
      .split(separator: "\n").filter { !$0.hasPrefix("#") }
      .map { $0.split(separator: "\t").map(String.init) }
  }

  @Test("every board's file loads, has the name of its board, and has a description")
  func everyFileLoads() throws {
    let boards = try Self.boards()
    #expect(boards.count >= 10)
    for (name, text) in boards {
      let configuration = try DeviceConfiguration(fileText: text)
      #expect(configuration.value(.board) == .text(name))
      #expect(configuration.value(.description) != nil, "\(name)")
      #expect(text.hasPrefix("# ") && text.contains("\n# Source: ") || name.hasPrefix("generic"), "\(name)")
    }
  }

  @Test("every board uses an existing program and model, and its processor can run that program")
  func everyBoardCanBeMade() throws {
    let architectures = Set(try Self.rows(of: "architectures").map { $0[0] })
    var processors: [String: [String]] = [:]
    for row in try Self.rows(of: "processors") { processors[row[0]] = row[1].split(separator: ",").map(String.init) }
    #expect(processors.values.allSatisfy { architectures.isSuperset(of: $0) })
    for (name, text) in try Self.boards() {
      let configuration = try DeviceConfiguration(fileText: text)
      let target = configuration.text(.target)
      #expect(architectures.contains(target), "\(name)")
      let cpu = configuration.text(.cpu)
      #expect(processors[cpu]?.contains(target) == true, "\(name): \(cpu)")
      let model = Self.root.appending(path: "models/\(configuration.text(.model)).cooee").path
      #expect(FileManager.default.fileExists(atPath: model), "\(name): \(model)")
    }
  }

  @Test(
    "a wrong line in a board's file is rejected, and the message contains the line and what is accepted",
    arguments: [
      ("devise = \"plughw:1\"", "device"), ("sample_rate = 16000", "the keys are schema, board"),
      ("retries = 1001", "-1 to 1000"),
      ("retries = \"ten\"", "-1 to 1000"), ("kernel_path = \"neon-dot\"", "\"neon\""), ("retries = 1.5", "comment"),
      ("model = \"base\"", "already"), ("retries = 3 4", "comment"), ("[microphone]", "key"),
    ])
  func wrongLines(line: String, part: String) throws {
    for (name, text) in try Self.boards() {
      let lineCount = text.split(separator: "\n", omittingEmptySubsequences: false).count
      let error = #expect(throws: DeviceConfiguration.FileError.self, "\(name)") {
        try DeviceConfiguration(fileText: text + line + "\n")
      }
      #expect(error?.line == lineCount, "\(name)")
      #expect(error?.message.contains(part) == true, "\(name): \(error?.message ?? "")")
    }
  }

  @Test("a channel that does not exist and a buffer shorter than two periods are rejected")
  func whatDoesNotGoTogether() throws {
    for (name, text) in try Self.boards() {
      let channels = try DeviceConfiguration(fileText: text).integer(.channels)
      let changes = [
        ("channel = 0\n", "channel = \(channels)\n", "count from 0"),
        ("period_milliseconds = 20\n", "period_milliseconds = 200\nbuffer_milliseconds = 399\n", "two periods"),
      ]
      for (old, new, part) in changes {
        var changed = text
        if new.contains("buffer") {
          changed = changed.split(separator: "\n").filter { !$0.hasPrefix("buffer") }.joined(separator: "\n") + "\n"
        }
        changed = changed.replacingOccurrences(of: old, with: new)
        let error = #expect(throws: DeviceConfiguration.FileError.self, "\(name)") {
          try DeviceConfiguration(fileText: changed)
        }
        #expect(error?.message.contains(part) == true, "\(name): \(error?.message ?? "")")
      }
    }
  }

  @Test("the boards page lists every key in order, with its default")
  func pageListsEveryKey() throws {
    let page = try String(contentsOf: Self.root.appending(path: "firmware-config/README.md"), encoding: .utf8)
    let keys = try #require(page.components(separatedBy: "## The keys").last?.components(separatedBy: "\n## ").first)
    let rows = pageRows(of: keys)
    #expect(rows.map { $0[0] } == ConfigurationKey.allCases.map { "`\($0.name)`" })
    for (row, key) in zip(rows, ConfigurationKey.allCases) {
      #expect(row[3] == standard(of: key, mark: "`"), "\(key.name)")
      if case .integer(let range) = key.rule {
        #expect(row[2].contains("\(range.lowerBound)") && row[2].contains("\(range.upperBound)"), "\(key.name)")
      }
      // Not every architecture that a configuration may name can be built for.
      if case .oneOf(let words) = key.rule, key != .target {
        for word in words { #expect(row[2].contains("`\(word)`"), "\(key.name)") }
      }
    }
  }
}
