/// A table of texts, printed for a terminal or as Markdown.
struct CostTable {
  var title: String
  /// The first column is aligned left, the others right. In a table of two columns whose first has no name, the second
  /// contains text and is aligned left too.
  var header: [String]
  var rows: [[String]] = []

  private var lastIsText: Bool { header.count == 2 && header[0].isEmpty }

  /// The table with columns padded by spaces.
  var text: String {
    let lines = ([header] + rows)
    let widths = header.indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
    let body = lines.map { line in
      line.enumerated().map { column, cell in
        // Lines have no trailing spaces.
        if column == line.count - 1 && lastIsText { return cell }
        let padding = String(repeating: " ", count: widths[column] - cell.count)
        return column == 0 ? cell + padding : padding + cell
      }.joined(separator: "   ")
    }
    return ([title] + body.map { "  " + $0 }).joined(separator: "\n")
  }

  var markdown: String {
    func row(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |" }
    let rule = ["---"] + header.dropFirst().map { _ in lastIsText ? "---" : "---:" }
    return ([title + "\n", row(header), row(rule)] + rows.map(row)).joined(separator: "\n")
  }
}
