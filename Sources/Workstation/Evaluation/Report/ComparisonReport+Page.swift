import Foundation

extension ComparisonReport {
  /// The HTML of the page with the figures that were drawn.
  ///
  /// - Parameter folder: the folder of the drawn figures.
  func page(curves: [ReportFigure], maps: [ReportFigure], notes: [String], _ folder: URL) -> String {
    var body = introduction.isEmpty ? "" : "<p>\(HTMLText.escaped(introduction))</p>\n"
    if !notes.isEmpty {
      body += "<h2>Missing parts</h2>\n<ul>\n"
      body += notes.map { "<li>\(HTMLText.escaped($0))</li>\n" }.joined() + "</ul>\n"
    }
    body += "<h2>Tables</h2>\n<p>Mean ± sample standard deviation over the seeds; "
    body += "↓ lower is better, ↑ higher is better, the best mean is bold.</p>\n"
    body += sections.map { Self.html($0) }.joined()
    let drawnCurves = curves.compactMap { Self.html($0, folder) }
    if !drawnCurves.isEmpty {
      body +=
        "<h2>Curves</h2>\n<p>The run of each cell's first seed. Positives are recordings by other speakers.</p>\n"
      body += "<div class=\"figures\">\n\(drawnCurves.joined())</div>\n"
    }
    let drawnMaps = maps.compactMap { Self.html($0, folder) }
    if !drawnMaps.isEmpty {
      body += "<h2>Embeddings of phonemes</h2>\n<p>Audio and text of a run together on the two largest principal "
      body += "components of that run; all axes have the same width.</p>\n"
      body += "<div class=\"figures\">\n\(drawnMaps.joined())</div>\n"
    }
    if !(drawnCurves + drawnMaps).isEmpty {
      body +=
        "<p>To draw a figure again: <code>gnuplot NAME.gnuplot</code> in this page's folder, which contains the data.</p>\n"
    }
    return HTMLText.page(title: title, body: body + settings)
  }

  private static func html(_ section: Section) -> String {
    let table = section.table
    let rows = zip(table.rows, table.shown).map { row, cells in
      [row.cell, "\(row.seedCount)"]
        + cells.map { $0.isBest ? "<strong>\(HTMLText.escaped($0.text))</strong>" : HTMLText.escaped($0.text) }
    }
    return HTMLText.table(
      caption: section.caption, heading: ["cell", "seeds"] + table.columns.map(\.markedHeading), rows: rows)
  }

  /// `nil` if the figure was not drawn.
  private static func html(_ figure: ReportFigure, _ folder: URL) -> String? {
    let file = folder.appendingPathComponent(figure.graphicName)
    guard let svg = try? String(contentsOf: file, encoding: .utf8), svg.contains("</svg>") else { return nil }
    let graphic = ReportFigure.inline(svg: svg, name: figure.name, description: figure.description)
    return "<figure>\n\(graphic)<figcaption>\(HTMLText.escaped(figure.caption))</figcaption>\n</figure>\n"
  }

  /// The settings of the runs: those that all share, and those that differ between cells.
  private var settings: String {
    let keys = Set(results.flatMap(\.settings.keys)).sorted()
    guard !keys.isEmpty else { return "" }
    let shared = keys.filter { key in Set(results.map { $0.settings[key] }).count == 1 }
    let different = keys.filter { !shared.contains($0) }
    var html = "<h2>Settings</h2>\n"
    if !shared.isEmpty {
      html += HTMLText.table(
        caption: "Common to all runs", heading: ["setting", "value"],
        rows: shared.map { [$0, HTMLText.escaped(results[0].settings[$0]!)] })
    }
    if !different.isEmpty {
      let rows = sections.flatMap { section in
        section.table.rows.compactMap { row -> [String]? in
          let runs = results.filter { $0.table == section.table.name && $0.cell == row.cell }
          guard !runs.isEmpty else { return nil }
          return [row.cell]
            + different.map { key in
              var values: [String] = []
              for value in runs.compactMap({ $0.settings[key] }) where !values.contains(value) { values.append(value) }
              return HTMLText.escaped(values.joined(separator: ", "))
            }
        }
      }
      html += HTMLText.table(caption: "Differences between cells", heading: ["cell"] + different, rows: rows)
    }
    return html
  }
}
