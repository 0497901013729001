import Evaluation
import Foundation
import Testing

@Suite struct ComparisonTableTests {
  private let columns = [
    ComparisonTable.Column(metric: "eerHard", heading: "EER hard %", scale: 100, better: .lower),
    ComparisonTable.Column(metric: "apHard", heading: "AP hard %", scale: 100, decimals: 1, better: .higher),
    ComparisonTable.Column(metric: "steps", heading: "steps", decimals: 0),
  ]

  private func run(_ cell: String, _ seed: UInt64, _ metrics: [String: Double], table: String = "dml") -> RunResult {
    RunResult(table: table, cell: cell, seed: seed, metrics: metrics)
  }

  private var results: [RunResult] {
    [
      run("triplet", 1, ["eerHard": 0.25, "apHard": 0.75, "steps": 100]),
      run("triplet", 2, ["eerHard": 0.27, "apHard": 0.73, "steps": 100]),
      run("asyp", 1, ["eerHard": 0.20, "apHard": 0.80, "steps": 100]),
      run("asyp", 2, ["eerHard": 0.21, "steps": 100]),
      run("asyp", 3, ["eerHard": 0.22, "steps": 100]),
      run("mal", 1, ["eerHard": 0.01], table: "mal"),
    ]
  }

  @Test("Markdown has the cells in the grid's order and the best means in bold") func markdown() {
    let table = ComparisonTable(
      name: "dml", cells: ["asyp", "infonce", "triplet"], columns: columns, results: results)
    #expect(
      table.markdown == """
        | cell    | seeds |     EER hard % ↓ |  AP hard % ↑ |   steps |
        |---------|------:|-----------------:|-------------:|--------:|
        | asyp    |     3 | **21.00 ± 1.00** | **80.0 (1)** | 100 ± 0 |
        | infonce |     0 |                  |              |         |
        | triplet |     2 |     26.00 ± 1.41 |   74.0 ± 1.4 | 100 ± 0 |

        """)
  }

  @Test("Tab-separated values are unscaled and complete") func tabSeparated() {
    let table = ComparisonTable(
      name: "dml", columns: [columns[0]],
      results: [
        run("a", 1, ["eerHard": 0.25]), run("a", 2, ["eerHard": 0.5]), run("b", 1, ["eerHard": 0.125]),
        run("c", 1, [:]),
      ])
    #expect(
      table.tabSeparated == """
        cell\tseeds\teerHard_mean\teerHard_sd\teerHard_count
        a\t2\t0.375\t0.1767766952966369\t2
        b\t1\t0.125\t\t1
        c\t1\t\t\t0

        """)
  }

  @Test("Mean and sample deviation equal numpy's") func statistic() {
    // numpy 2.4.6: np.mean([1, 2, 4, 8.5]), np.std([1, 2, 4, 8.5], ddof=1)
    let statistic = ComparisonTable.Statistic([1, 2, 4, 8.5])
    #expect(statistic.mean == 3.875 && abs(statistic.deviation! - 3.3260336739125177) < 1e-12)
    #expect(ComparisonTable.Statistic([3]).deviation == nil)
  }

  @Test("A single mean is never bold; means displayed equally are all bold") func ties() {
    let one = ComparisonTable(
      name: "dml", columns: [columns[0]], results: [run("a", 1, ["eerHard": 0.1]), run("b", 1, [:])])
    #expect(!one.markdown.contains("**"))
    let tied = ComparisonTable(
      name: "dml", columns: [columns[0]],
      results: [run("a|b", 1, ["eerHard": 0.1]), run("c", 1, ["eerHard": 0.100001]), run("d", 1, ["eerHard": 0.2])])
    #expect(tied.markdown.components(separatedBy: "**10.00**").count == 3)
    #expect(tied.markdown.contains("a\\|b"))
  }

  @Test("A diverged run is marked and never the best") func diverged() {
    let table = ComparisonTable(
      name: "dml", columns: [columns[0]],
      results: [
        run("a", 1, ["eerHard": .nan]), run("a", 2, ["eerHard": 0.1]), run("b", 1, ["eerHard": 0.2]),
      ])
    #expect(table.markdown.contains("nan ± nan") && table.markdown.contains("**20.00**"))
  }

  @Test("The files of a run read back unchanged") func files() throws {
    let output = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: output) }
    var written: [RunResult] = []
    for (cell, seed) in [("asyp/adams", UInt64(10)), ("asyp/adams", 9), ("none", 1)] {
      let result = RunResult(
        table: "dml", cell: cell, seed: seed, settings: ["optimizer.rate": "0.001"],
        metrics: ["eerHard": 0.1 + 0.2, "mmd": .infinity])
      let folder = RunResult.folder(output: output, table: "dml", cell: cell, seed: seed)
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      try result.write(folder: folder)
      written.append(result)
    }
    #expect(try RunResult.all(output: output) == [written[1], written[0], written[2]])

    let folder = RunResult.folder(output: output, table: "dml", cell: "none", seed: 1)
    let pairs = RunPairs(items: [
      .init(kind: .own, score: 1.5, anchorIndex: 0), .init(kind: .hard, score: -.infinity, anchorIndex: 0),
    ])
    try pairs.write(folder: folder)
    #expect(try RunPairs(folder: folder) == pairs)
    let embeddings = RunEmbeddings(items: [
      .init(modality: .audio, phoneme: .aa, vector: [0.1, -2]),
      .init(modality: .text, phoneme: .zh, vector: [1e-9, 3]),
    ])
    try embeddings.write(folder: folder)
    #expect(try RunEmbeddings(folder: folder) == embeddings)
  }

  @Test("A malformed file is reported with its line") func broken() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    func line(_ error: RunFileError?) -> Int? {
      if case .malformedLine(_, let line, _)? = error { line } else { nil }
    }
    for text in ["own\t0\t1", "own\t1\tnan", "own\t1", "theirs\t1\t1"] {
      try "kind\tlabel\tscore\nown\t1\t2\n\(text)\n".write(
        to: folder.appendingPathComponent("pairs.tsv"), atomically: true, encoding: .utf8)
      #expect(line(#expect(throws: RunFileError.self) { try RunPairs(folder: folder) }) == 3, "\(text)")
    }
    for text in ["audio\tAA\t1", "video\tAA\t1\t2", "text\tQQ\t1\t2", "text\tAA\t1\tinf", "text\tAA\t1\tx"] {
      try "modality\tphoneme\te0\te1\ntext\tB\t1\t2\n\(text)\n".write(
        to: folder.appendingPathComponent("embeddings.tsv"), atomically: true, encoding: .utf8)
      #expect(line(#expect(throws: RunFileError.self) { try RunEmbeddings(folder: folder) }) == 3, "\(text)")
    }
  }

  @Test("A run's positives are other speakers, or the own recording of an anchor without any") func conventions() {
    func metrics(_ hasAnchors: Bool) -> RankingMetrics? {
      let items: [(PairKind, Double, Int)] = [
        (.own, 9, 0), (.positive, 1, 0), (.hard, 2, 0), (.own, 3, 1), (.hard, 0, 1), (.easy, 5, 1),
      ]
      return RunPairs(
        items: items.map { .init(kind: $0.0, score: $0.1, anchorIndex: hasAnchors ? $0.2 : nil) }
      ).metrics(against: .hard)
    }
    #expect(metrics(true)?.positiveCount == 2 && metrics(true)?.negativeCount == 2)
    #expect(metrics(true)?.areaUnderCurve == 0.75)
    #expect(metrics(false)?.positiveCount == 1)
    #expect(RunPairs(items: [.init(kind: .own, score: 1)]).metrics(against: .easy) == nil)
  }
}
