import Foundation

/// The runs of a comparison as a table with one row per cell and one column per metric. Each value is the mean and the
/// spread over the cell's seeds.
public struct ComparisonTable: Sendable {
  /// A metric and its format.
  public struct Column: Sendable {
    /// Which values are better.
    public enum Better: Sendable { case lower, higher, neither }

    /// The key in ``RunResult/metrics``.
    public var metric: String
    /// The heading of the column.
    public var heading: String
    /// Factor of displayed values: 100 for a share in percent.
    public var scale: Double
    /// Digits after the decimal point.
    public var decimals: Int
    /// Which means are better. The best is marked.
    public var better: Better

    /// Creates a column.
    public init(
      metric: String, heading: String, scale: Double = 1, decimals: Int = 2, better: Better = .neither
    ) {
      self.metric = metric
      self.heading = heading
      self.scale = scale
      self.decimals = decimals
      self.better = better
    }

    /// The heading and the direction in which the values are better.
    var markedHeading: String {
      switch better {
      case .lower: heading + " ↓"
      case .higher: heading + " ↑"
      case .neither: heading
      }
    }
  }

  /// A metric of a cell over its seeds, in the metric's own unit.
  public struct Statistic: Equatable, Sendable {
    /// Mean over the seeds.
    public var mean: Double
    /// Sample standard deviation, with N − 1; `nil` for one seed.
    public var deviation: Double?
    /// Seeds that have the metric.
    public var count: Int

    /// Computes mean and deviation.
    ///
    /// - Precondition: at least one value.
    public init(_ values: [Double]) {
      precondition(!values.isEmpty)
      let mean = values.reduce(0, +) / Double(values.count)
      self.mean = mean
      count = values.count
      guard values.count > 1 else { return }
      let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
      deviation = (squares / Double(values.count - 1)).squareRoot()
    }
  }

  /// The values of one cell.
  public struct Row: Sendable {
    /// The name of the cell.
    public var cell: String
    /// Runs of the cell.
    public var seedCount: Int
    /// One per column; `nil` if no seed has the metric.
    public var statistics: [Statistic?]
  }

  /// The name of the table, as in ``RunResult/table``.
  public let name: String
  /// The metrics in order.
  public let columns: [Column]
  /// The cells in order.
  public let rows: [Row]

  /// Collects the results of one table.
  ///
  /// - Parameters:
  ///   - name: results of other tables are ignored.
  ///   - cells: the cells of the grid in order. A cell without results has an empty row, and results of other cells are
  ///     ignored. `nil` uses the cells of the results in order of first appearance.
  public init(name: String, cells: [String]? = nil, columns: [Column], results: [RunResult]) {
    let own = results.filter { $0.table == name }
    var found: [String] = []
    for result in own where !found.contains(result.cell) { found.append(result.cell) }
    self.name = name
    self.columns = columns
    rows = (cells ?? found).map { cell in
      let runs = own.filter { $0.cell == cell }
      return Row(
        cell: cell, seedCount: runs.count,
        statistics: columns.map { column in
          let values = runs.compactMap { $0.metrics[column.metric] }
          return values.isEmpty ? nil : Statistic(values)
        })
    }
  }

  /// A table for display. The best mean of a column is bold, as are means displayed with the same digits. Nothing is
  /// bold in a column with one value. A value from fewer seeds than the row's shows their number.
  public var markdown: String {
    var table = MarkdownTable(["cell", "seeds"] + columns.map(\.markedHeading))
    for (row, cells) in zip(rows, shown) {
      let name = row.cell.replacingOccurrences(of: "|", with: "\\|")
      table.append([name, "\(row.seedCount)"] + cells.map { $0.isBest ? "**\($0.text)**" : $0.text })
    }
    return table.text
  }

  /// A table for programs: `cell seeds`, then `<metric>_mean <metric>_sd <metric>_count` per column; unscaled, with all
  /// digits, empty without a value.
  public var tabSeparated: String {
    var text = "cell\tseeds"
    for column in columns { text += "\t\(column.metric)_mean\t\(column.metric)_sd\t\(column.metric)_count" }
    text += "\n"
    for row in rows {
      text += "\(row.cell)\t\(row.seedCount)"
      for statistic in row.statistics {
        text += "\t" + (statistic.map { "\($0.mean)" } ?? "")
        text += "\t" + (statistic?.deviation.map { "\($0)" } ?? "")
        text += "\t\(statistic?.count ?? 0)"
      }
      text += "\n"
    }
    return text
  }

  /// A value as displayed, and whether it is the best of its column.
  struct Shown: Equatable {
    var text: String
    var isBest: Bool
  }

  /// `[row][column]`
  var shown: [[Shown]] {
    let best = columns.indices.map(bestMean)
    return rows.map { row in
      zip(row.statistics.indices, row.statistics).map { column, statistic in
        guard let statistic else { return Shown(text: "", isBest: false) }
        let mean = number(statistic.mean, columns[column])
        var text = mean
        if let deviation = statistic.deviation { text += " ± " + number(deviation, columns[column]) }
        if statistic.count < row.seedCount { text += " (\(statistic.count))" }
        return Shown(text: text, isBest: mean == best[column])
      }
    }
  }

  /// The best mean of a column as displayed; `nil` if there is nothing to compare.
  private func bestMean(_ column: Int) -> String? {
    let means = rows.compactMap { $0.statistics[column]?.mean }.filter(\.isFinite)
    guard rows.count(where: { $0.statistics[column] != nil }) > 1 else { return nil }
    let best: Double?
    switch columns[column].better {
    case .lower: best = means.min()
    case .higher: best = means.max()
    case .neither: best = nil
    }
    return best.map { number($0, columns[column]) }
  }

  private func number(_ value: Double, _ column: Column) -> String {
    value.isFinite ? String(format: "%.\(column.decimals)f", column.scale * value) : "\(value)"
  }
}
