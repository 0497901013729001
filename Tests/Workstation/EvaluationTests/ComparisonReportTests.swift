import Evaluation
import Foundation
import KeywordSpotting
import SeededRandom
import Testing
import Training

@Suite struct ComparisonReportTests {
  static let hasGnuplot = Gnuplot() != nil
  /// A name that HTML, gnuplot and a shell would each interpret differently.
  static let hostile = "asyp<b>&\"it's\" $HOME"

  private let columns = [
    ComparisonTable.Column(metric: "eerHard", heading: "EER <hard> %", scale: 100, better: .lower)
  ]

  /// A comparison's folder with two cells of two seeds each, and a report of them.
  private func withReport(
    _ cells: [String] = [hostile, "none"], _ body: (ComparisonReport, URL) throws -> Void
  ) throws {
    let output = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: output) }
    var results: [RunResult] = []
    var generator = SplitMix64(seed: 12)
    func unit() -> Double { Double(generator.next() >> 11) * 0x1p-53 }
    for (index, cell) in cells.enumerated() {
      for seed in [UInt64(7), 8] {
        let folder = RunResult.folder(output: output, table: "dml", cell: cell, seed: seed)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let result = RunResult(
          table: "dml", cell: cell, seed: seed, settings: ["steps": "100", "loss": "<\(index)>"],
          metrics: ["eerHard": 0.1 + 0.05 * Double(index) + 0.01 * Double(seed)])
        try result.write(folder: folder)
        results.append(result)
        let pairs = (0..<600).map { anchor -> RunPairs.Item in
          let kind = [PairKind.positive, .easy, .hard][anchor % 3]
          let shift = kind == .positive ? 1.0 : kind == .hard ? 0.3 * Double(index) : -1
          return .init(kind: kind, score: shift + unit() + unit() + unit(), anchorIndex: anchor / 3)
        }
        try RunPairs(items: pairs).write(folder: folder)
        let embeddings = (0..<234).map { item -> RunEmbeddings.Item in
          let phoneme = Phoneme(rawValue: UInt8(item % 39))!
          let vector = (0..<6).map { Float(unit()) + ($0 == item % 5 ? 2 : 0) + (item % 2 == 0 ? 0.5 : 0) }
          return .init(modality: item % 2 == 0 ? .audio : .text, phoneme: phoneme, vector: vector)
        }
        try RunEmbeddings(items: embeddings).write(folder: folder)
      }
    }
    let report = ComparisonReport(
      title: "Losses & more", introduction: "Seven losses, <each> twice.",
      sections: [
        .init(table: ComparisonTable(name: "dml", cells: cells, columns: columns, results: results), caption: "By loss")
      ], results: results, curvesTable: "dml",
      maps: cells.map { .init(table: "dml", cell: $0, caption: "run \($0)") })
    try body(report, output)
  }

  private func text(_ output: URL, _ name: String) throws -> String {
    try String(contentsOf: output.appendingPathComponent("report").appendingPathComponent(name), encoding: .utf8)
  }

  private func exists(_ output: URL, _ name: String) -> Bool {
    FileManager.default.fileExists(atPath: output.appendingPathComponent("report").appendingPathComponent(name).path)
  }

  @Test("Without gnuplot the tables are written, and one message names the package") func tablesAlone() throws {
    try withReport { report, output in
      let notes = try report.write(output: output, gnuplot: nil)
      #expect(notes.count == 1 && notes[0].contains("apt-get install gnuplot-nox"))
      #expect(try text(output, "dml.md") == "By loss\n\n" + report.sections[0].table.markdown)
      #expect(try text(output, "dml.tsv") == report.sections[0].table.tabSeparated)
      let page = try text(output, "index.html")
      #expect(page.contains("<caption>By loss</caption>") && page.contains("<strong>17.50 ± 0.71</strong>"))
      #expect(page.contains("apt-get install gnuplot-nox") && !page.contains("<svg"))
      #expect(exists(output, "det-hard.gnuplot") && exists(output, "curves-hard.tsv") && exists(output, "map-1.tsv"))
    }
  }

  @Test("The page names its content, escapes names and has no external resources") func page() throws {
    try withReport { report, output in
      _ = try report.write(output: output, gnuplot: nil)
      let page = try text(output, "index.html")
      #expect(page.hasPrefix("<!DOCTYPE html>\n<html lang=\"en\">"))
      #expect(page.contains("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"))
      #expect(page.contains("<title>Losses &amp; more</title>") && page.contains("Seven losses, &lt;each&gt; twice."))
      #expect(page.contains("<th scope=\"row\">asyp&lt;b&gt;&amp;&quot;it&#39;s&quot; $HOME</th>"))
      #expect(page.contains("<th scope=\"col\">EER &lt;hard&gt; % ↓</th>"))
      #expect(!page.contains("<b>") && !page.contains("<script") && !page.contains("src=") && !page.contains("<link"))
      // Shared settings appear once, differing ones by cell.
      #expect(page.contains("<tr><th scope=\"row\">steps</th><td>100</td></tr>"))
      #expect(page.contains("<td>&lt;0&gt;</td>") && page.contains("<td>&lt;1&gt;</td>"))
      for tag in ["table", "tr", "th", "td", "div", "ul", "li", "main", "thead", "tbody"] {
        let opened = page.components(separatedBy: "<\(tag)>").count + page.components(separatedBy: "<\(tag) ").count
        #expect(opened - 1 == page.components(separatedBy: "</\(tag)>").count, "\(tag)")
      }
    }
  }

  @Test(
    "gnuplot draws every figure into the page",
    .enabled(if: hasGnuplot, "gnuplot is missing: apt-get install gnuplot-nox")
  ) func figures() throws {
    try withReport { report, output in
      #expect(try report.write(output: output) == [])
      let page = try text(output, "index.html")
      let names = [
        "det-easy", "roc-easy", "det-hard", "roc-hard", "map-modality-1", "map-modality-2", "map-class-1",
        "map-class-2",
      ]
      for name in names {
        let svg = try text(output, name + ".svg")
        #expect(svg.contains("</svg>") && svg.count > 5_000, "\(name)")
        #expect(page.contains(" id=\"\(name)-gnuplot_canvas\""), "\(name)")
      }
      #expect(page.components(separatedBy: "<svg role=\"img\" aria-label=\"").count == names.count + 1)
      #expect(page.components(separatedBy: "<figcaption>").count == names.count + 1)
      #expect(!page.contains("<?xml") && !page.contains("<title>Gnuplot</title>") && !page.contains("<script"))
      // A curve has many points. A map has one mark per embedding: 117 for audio, 117 for text, and one of each in the
      // key.
      let det = try text(output, "det-hard.svg")
      #expect(det.components(separatedBy: " L").count > 200)
      let map = try text(output, "map-modality-2.svg")
      #expect(map.components(separatedBy: "<use xlink:href='#gpPt6'").count - 1 >= 117)
      #expect(map.components(separatedBy: "<use xlink:href='#gpPt8'").count - 1 >= 117)
      // Names appear unchanged in the key.
      #expect(det.contains("asyp&lt;b>&amp;\"it's\" $HOME"))
      let ids = page.components(separatedBy: " id=").dropFirst().map {
        $0.dropFirst().prefix { $0 != "'" && $0 != "\"" }
      }
      #expect(Set(ids).count == ids.count && ids.count > 8 * 10)
    }
  }

  @Test("A run without its files is reported as missing, with the reason") func missingRun() throws {
    try withReport { report, output in
      let folder = RunResult.folder(output: output, table: "dml", cell: "none", seed: 7)
      try FileManager.default.removeItem(at: folder.appendingPathComponent("pairs.tsv"))
      try FileManager.default.removeItem(at: folder.appendingPathComponent("embeddings.tsv"))
      var report = report
      report.maps.append(.init(table: "dml", cell: "unknown", caption: "none"))
      let notes = try report.write(output: output, gnuplot: nil).dropFirst()
      #expect(notes.count == 3)
      #expect(notes.filter { $0.contains("none/7/") }.count == 2 && notes.contains { $0.contains("unknown") })
      let curves = try text(output, "curves-hard.tsv")
      #expect(curves.contains(Self.hostile) && !curves.contains("# none"))
      #expect(!exists(output, "map-2.tsv"))
    }
  }

  @Test("Curves keep the operating points of the first seed") func curves() throws {
    try withReport { report, output in
      _ = try report.write(output: output, gnuplot: nil)
      let blocks = try text(output, "curves-hard.tsv").components(separatedBy: "\n\n\n")
      let metrics = try #require(
        try RunPairs(folder: RunResult.folder(output: output, table: "dml", cell: "none", seed: 7)).metrics(
          against: .hard))
      let rows = blocks[1].split(separator: "\n").filter { !$0.hasPrefix("#") }.map { line in
        line.split(separator: "\t").compactMap { Double($0) }
      }
      #expect(rows.first == [.infinity, 0, 1] && rows.last?.suffix(2) == [1, 0])
      #expect(rows.count > 50 && rows.count <= metrics.points.count)
      for row in rows {
        #expect(metrics.points.contains { $0.threshold == row[0] && $0.falsePositiveRate == row[1] })
      }
    }
  }

  @Test("A program is searched for only in the search path") func searchPath() {
    #expect(Gnuplot(searchPath: "") == nil)
    #expect(Gnuplot(searchPath: "/nonexistent:\(NSTemporaryDirectory())") == nil)
  }

  @Test(
    "The error output of gnuplot is passed on",
    .enabled(if: hasGnuplot, "gnuplot is missing: apt-get install gnuplot-nox")
  ) func wrongScript() throws {
    let script = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).gnuplot")
    defer { try? FileManager.default.removeItem(at: script) }
    try "plot nothing(\n".write(to: script, atomically: true, encoding: .utf8)
    let gnuplot = try #require(Gnuplot())
    let error = try #require(throws: GnuplotError.self) { try gnuplot.run(script: script) }
    guard case .failed(let path, let status, let message) = error else {
      Issue.record("\(error)")
      return
    }
    #expect(path == script.path && status != 0 && message.contains("line 1"))
  }
}
