import Foundation

/// A table for people: Markdown, with columns padded so that it reads well as plain text too.
public struct MarkdownTable: Sendable {
  private var rows: [[String]]

  public init(_ heading: [String]) { rows = [heading] }

  /// - Precondition: as many cells as the heading has.
  public mutating func append(_ cells: [String]) {
    precondition(cells.count == rows[0].count)
    rows.append(cells)
  }

  /// The table; the first column is set left, the others right.
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

/// An interval of shares as percentages, `11.20-13.05`; empty where there is none.
func percent(_ interval: ConfidenceInterval?) -> String {
  interval.map { "\(percent($0.lower))-\(percent($0.upper))" } ?? ""
}
