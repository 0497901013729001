import Foundation
import Training

/// The report of a comparison: tables of all runs, curves of one table's cells, and maps of embeddings, as a static
/// page.
///
/// Everything goes to `<output>/report/`: `index.html` with the figures inlined; each table as `<name>.md` and
/// `<name>.tsv`; each figure as `<figure>.gnuplot`, its data and `<figure>.svg`. Run `gnuplot <figure>.gnuplot` in that
/// folder to draw a figure again. Files of an earlier report are replaced.
public struct ComparisonReport {
  /// A table with a caption.
  public struct Section {
    /// The table.
    public var table: ComparisonTable
    /// Its caption.
    public var caption: String

    /// Creates a section.
    public init(table: ComparisonTable, caption: String) {
      self.table = table
      self.caption = caption
    }
  }

  /// A run whose phoneme embeddings are drawn: the first seed of a cell.
  public struct Map {
    /// The name of the table.
    public var table: String
    /// The name of the cell.
    public var cell: String
    /// The caption of the figure.
    public var caption: String

    /// Creates a map.
    public init(table: String, cell: String, caption: String) {
      self.table = table
      self.cell = cell
      self.caption = caption
    }
  }

  /// The title of the page.
  public var title: String
  /// A few sentences on what was compared.
  public var introduction: String
  /// The tables in order.
  public var sections: [Section]
  /// Every run of the comparison.
  public var results: [RunResult]
  /// The section whose cells are drawn as curves; `nil` for no curves.
  public var curvesTable: String?
  /// Maps drawn side by side on axes of the same width, such as without and with modality-adversarial training.
  public var maps: [Map]

  /// Creates a report.
  public init(
    title: String, introduction: String, sections: [Section], results: [RunResult], curvesTable: String? = nil,
    maps: [Map] = []
  ) {
    self.title = title
    self.introduction = introduction
    self.sections = sections
    self.results = results
    self.curvesTable = curvesTable
    self.maps = maps
  }

  /// Writes the report. Tables are written before the first figure is drawn and remain if drawing fails.
  ///
  /// - Parameters:
  ///   - output: the comparison's folder, which contains `runs/`.
  ///   - gnuplot: `nil` if gnuplot is not installed.
  /// - Returns: one line for each part missing from the report, with the reason.
  /// - Throws: an error if a file cannot be written.
  public func write(output: URL, gnuplot: Gnuplot? = Gnuplot()) throws -> [String] {
    let folder = output.appendingPathComponent("report")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    func write(_ text: String, _ name: String) throws {
      try text.replaceFile(at: folder.appendingPathComponent(name).path)
    }
    for section in sections {
      let name = Self.fileName(section.table.name)
      try write("\(section.caption)\n\n\(section.table.markdown)", name + ".md")
      try write(section.table.tabSeparated, name + ".tsv")
    }
    var notes = gnuplot == nil ? [Gnuplot.installAdvice] : []
    let curves = tradeoffs(output, &notes)
    let maps = embeddingMaps(output, &notes)
    for curve in curves { try write(curve.data, curve.dataName) }
    for (index, map) in maps.enumerated() {
      try write(map.map.table, EmbeddingMap.dataName(index + 1))
      try write(map.map.labels, EmbeddingMap.labelsName(index + 1))
    }
    try write(page(curves: [], maps: [], notes: notes, folder), "index.html")

    let curveFigures = curves.flatMap(\.figures)
    let extent = 1.05 * max(maps.map(\.map.extent).max() ?? 0, 1e-6)
    let mapFigures = maps.enumerated().map { index, map in
      map.map.figures(number: index + 1, caption: map.caption, extent: extent)
    }
    // All maps with one coloring are placed side by side.
    let sortedMaps = (0..<2).flatMap { colouring in mapFigures.map { $0[colouring] } }
    for figure in curveFigures + sortedMaps {
      try? FileManager.default.removeItem(at: folder.appendingPathComponent(figure.graphicName))
      try write(figure.script, figure.scriptName)
      do {
        try gnuplot?.run(script: folder.appendingPathComponent(figure.scriptName))
      } catch {
        notes.append("\(error)")
      }
    }
    try write(page(curves: curveFigures, maps: sortedMaps, notes: notes, folder), "index.html")
    return notes
  }

  /// The run of a cell with the smallest seed.
  private func firstRun(table: String, cell: String) -> RunResult? {
    results.filter { $0.table == table && $0.cell == cell }.min { $0.seed < $1.seed }
  }

  private func tradeoffs(_ output: URL, _ notes: inout [String]) -> [TradeoffFigures] {
    guard let section = sections.first(where: { $0.table.name == curvesTable }) else { return [] }
    var runs: [(label: String, pairs: RunPairs)] = []
    for row in section.table.rows {
      guard let result = firstRun(table: section.table.name, cell: row.cell) else { continue }
      do {
        let folder = RunResult.folder(
          output: output, table: result.table, cell: result.cell, seed: result.seed)
        runs.append((result.cell, try RunPairs(folder: folder)))
      } catch {
        notes.append("no curve for \(result.cell): \(error)")
      }
    }
    return [PairKind.easy, .hard].compactMap { kind in
      let metrics = runs.compactMap { run in run.pairs.metrics(against: kind).map { (run.label, $0) } }
      return metrics.isEmpty ? nil : TradeoffFigures(negatives: kind, runs: metrics)
    }
  }

  private func embeddingMaps(_ output: URL, _ notes: inout [String]) -> [(map: EmbeddingMap, caption: String)] {
    maps.compactMap { map in
      guard let result = firstRun(table: map.table, cell: map.cell) else {
        notes.append("no map for \(map.cell): no finished run")
        return nil
      }
      let folder = RunResult.folder(
        output: output, table: result.table, cell: result.cell, seed: result.seed)
      do {
        let embeddings = try RunEmbeddings(folder: folder)
        guard let first = embeddings.items.first, first.vector.count >= 2 else {
          let path = folder.appendingPathComponent(RunEmbeddings.fileName).path
          throw RunFileError.incomplete(path: path, reason: "embeddings need two dimensions or more")
        }
        return (EmbeddingMap(embeddings), map.caption)
      } catch {
        notes.append("no map for \(map.cell): \(error)")
        return nil
      }
    }
  }

  /// Converts the name of a table to a file name.
  private static func fileName(_ name: String) -> String {
    String(name.map { $0.isLetter || $0.isNumber || $0 == "-" || $0 == "+" ? $0 : "_" })
  }
}
