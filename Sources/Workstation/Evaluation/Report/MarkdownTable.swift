import Foundation

/// A Markdown table with columns padded for reading as plain text.
public struct MarkdownTable: Sendable {
  private var rows: [[String]]

  /// Creates a table with its heading.
  public init(_ heading: [String]) { rows = [heading] }

  /// Appends a row.
  ///
  /// - Precondition: as many cells as in the heading.
  public mutating func append(_ cells: [String]) {
    precondition(cells.count == rows[0].count)
    rows.append(cells)
  }

  /// The table, with the first column aligned left and the others right.
  public var text: String {
    let widths = rows[0].indices.map { column in max(3, rows.map { $0[column].count }.max()!) }
    func line(_ cells: [String]) -> String {
      let padded = cells.indices.map { column in
        let spaces = String(repeating: " ", count: widths[column] - cells[column].count)
        return column == 0 ? cells[column] + spaces : spaces + cells[column]
      }
      return "| " + padded.joined(separator: " | ") + " |\n"
    }
    let rule = widths.enumerated().map { column, width in
      String(repeating: "-", count: width + 1) + (column == 0 ? "-" : ":")
    }
    return line(rows[0]) + "|" + rule.joined(separator: "|") + "|\n" + rows.dropFirst().map(line).joined()
  }
}

/// A share as a percentage, `12.34`.
func percent(_ share: Double) -> String { String(format: "%.2f", 100 * share) }

/// An interval of shares as percentages, `11.20-13.05`; empty for `nil`.
func percent(_ interval: ConfidenceInterval?) -> String {
  interval.map { "\(percent($0.lower))-\(percent($0.upper))" } ?? ""
}
