import Foundation

/// A text file of tab-separated columns, named by the first line.
struct TabSeparatedTable {
  let path: String
  let columns: [String]
  /// The lines after the first, without line terminators.
  private let lines: [Substring.UTF8View]

  /// - Throws: `cannotRead`.
  init(path: String) throws(CorpusError) {
    self.path = path
    let text = try Self.read(path)
    var lines = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map(Self.trimmed)
    while let last = lines.last, last.isEmpty { lines.removeLast() }
    columns = lines.first.map(Self.fields) ?? []
    self.lines = Array(lines.dropFirst())
  }

  /// Position of a column.
  ///
  /// - Throws: `missingColumn`.
  func index(of column: String) throws(CorpusError) -> Int {
    guard let index = columns.firstIndex(of: column) else {
      throw .missingColumn(path: path, column: column, found: columns)
    }
    return index
  }

  /// Calls `body` with the columns of each line in order.
  ///
  /// - Throws: `malformedLine`, and what `body` throws.
  func forEachRow(_ body: ([String]) throws(CorpusError) -> Void) throws(CorpusError) {
    for (number, line) in lines.enumerated() {
      let fields = Self.fields(line)
      guard fields.count == columns.count else {
        throw .malformedLine(
          path: path, line: number + 2, expectedColumns: columns.count, foundColumns: fields.count)
      }
      try body(fields)
    }
  }

  /// Reads a text file. Invalid UTF-8 becomes replacement characters.
  static func read(_ path: String) throws(CorpusError) -> String {
    do {
      return String(decoding: try Data(contentsOf: URL(fileURLWithPath: path)), as: UTF8.self)
    } catch {
      throw .cannotRead(path: path, reason: error.localizedDescription)
    }
  }

  /// Lines of a text file without their terminators.
  static func lines(ofFile path: String) throws(CorpusError) -> [String] {
    try read(path).utf8.split(separator: UInt8(ascii: "\n")).compactMap { String(trimmed($0)) }
  }

  private static func trimmed(_ line: Substring.UTF8View) -> Substring.UTF8View {
    line.last == UInt8(ascii: "\r") ? line.dropLast() : line
  }

  private static func fields(_ line: Substring.UTF8View) -> [String] {
    line.split(separator: UInt8(ascii: "\t"), omittingEmptySubsequences: false).map { String($0) ?? "" }
  }
}
