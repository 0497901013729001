import Foundation
import Training

/// Why a grid of runs cannot be used.
public enum ComparisonGridError: Error, Equatable, Sendable {
  /// The file cannot be read.
  case unreadable(path: String)
  /// The content is not a valid grid.
  case malformed(path: String, reason: String)
}

extension ComparisonGridError: CustomStringConvertible {
  /// The error in one line.
  public var description: String {
    switch self {
    case .unreadable(let path): "\(path): cannot read the file; grids are in models/recipes"
    case .malformed(let path, let reason): "\(path): \(reason); see models/recipes/compare.json for an example"
    }
  }
}

/// The runs of a comparison: tables of cells, each a training recipe with its seeds.
///
/// A JSON object:
/// ```json
/// { "seeds": [1, 2, 3],
///   "recipe": { "steps": 300 },
///   "starts": { "small": { "steps": 4000 } },
///   "tables": [
///     { "name": "mal", "title": "Modality-adversarial learning", "start": "small", "recipe": {},
///       "cells": [ { "name": "none", "recipe": { "weights": { "reversalPhoneme": 0 } } } ] } ] }
/// ```
/// A cell's recipe overrides its table's recipe, which overrides the grid's. Other keys take the defaults of
/// ``TrainingRecipe``. A start is a recipe whose trained encoder and proxies initialize its runs; a table or cell
/// without a start begins from random weights. A table may override `seeds`. For the report: `introduction` is a text,
/// `maps` is a list of `{ "table", "cell", "caption" }` whose embeddings are drawn, and `"curves": true` draws the
/// curves of a table.
public struct ComparisonGrid: Sendable {
  /// A recipe under comparison.
  public struct Cell: Sendable {
    /// The name of its table.
    public var table: String
    /// The name of the cell, unique in its table.
    public var name: String
    /// The merged recipe, with the seed 1.
    public var recipe: TrainingRecipe
    /// The name of the start; `nil` begins from random weights.
    public var start: String?
    /// The settings that the cell itself specifies, for display.
    public var settings: [String: String]
  }

  /// Cells that are compared with one another.
  public struct Table: Sendable {
    /// The unique name of the table.
    public var name: String
    /// The title in the report.
    public var title: String
    /// The seeds of every cell.
    public var seeds: [UInt64]
    /// Whether the report draws the curves of its cells. It does so for one table.
    public var hasCurves: Bool
    /// The cells in order.
    public var cells: [Cell]
  }

  /// One training run.
  public struct Run: Sendable {
    /// The cell of the run.
    public var cell: Cell
    /// The seed of the run.
    public var seed: UInt64
    /// The recipe with the seed.
    public var recipe: TrainingRecipe

    /// An empty result of the run.
    public var result: RunResult {
      RunResult(table: cell.table, cell: cell.name, seed: seed, settings: cell.settings)
    }

    /// The folder of the run in a comparison's folder.
    public func folder(output: URL) -> URL {
      RunResult.folder(output: output, table: cell.table, cell: cell.name, seed: seed)
    }

    /// Whether both runs would give the same result.
    public func equals(_ other: Run) -> Bool { recipe == other.recipe && cell.start == other.cell.start }
  }

  /// A cell whose phoneme embeddings the report draws.
  public struct Map: Sendable {
    /// The name of the table.
    public var table: String
    /// The name of the cell.
    public var cell: String
    /// The caption of the figure.
    public var caption: String
  }

  /// The tables in order.
  public let tables: [Table]
  /// The maps in order.
  public let maps: [Map]
  /// A few sentences on what is compared, for the report.
  public let introduction: String
  /// The recipes of the starts, by name.
  public let starts: [String: TrainingRecipe]

  /// Reads a grid.
  ///
  /// - Throws: ``ComparisonGridError``.
  public init(path: String) throws(ComparisonGridError) {
    guard let data = FileManager.default.contents(atPath: path) else { throw .unreadable(path: path) }
    do {
      try self.init(data: data)
    } catch { throw .malformed(path: path, reason: "\(error)") }
  }

  private struct Fault: Error, CustomStringConvertible {
    var description: String
  }

  /// Parses a grid.
  ///
  /// - Throws: an error that describes the fault and its position.
  public init(data: Data) throws {
    let parsed: Any
    do { parsed = try JSONSerialization.jsonObject(with: data) } catch {
      throw Fault(description: "not valid JSON (\(error.localizedDescription))")
    }
    let root = try Self.object(
      parsed, "the grid", keys: ["seeds", "recipe", "starts", "tables", "maps", "introduction"])
    let common = try Self.object(root["recipe"] ?? [String: Any](), "recipe", keys: nil)
    let seeds = try Self.seeds(root["seeds"], "seeds") ?? [1]
    var starts: [String: TrainingRecipe] = [:]
    for (name, value) in try Self.object(root["starts"] ?? [String: Any](), "starts", keys: nil) {
      starts[name] = try Self.recipe(try Self.object(value, "starts.\(name)", keys: nil), "starts.\(name)")
    }
    guard let list = root["tables"] as? [Any], !list.isEmpty else {
      throw Fault(description: "tables: needs at least one table")
    }
    self.starts = starts
    tables = try list.enumerated().map { index, value in
      let place = "tables[\(index)]"
      let table = try Self.object(value, place, keys: ["name", "title", "seeds", "start", "recipe", "cells", "curves"])
      let name = try Self.text(table["name"], place + ".name")
      let shared = try Self.object(table["recipe"] ?? [String: Any](), place + ".recipe", keys: nil)
      guard let cells = table["cells"] as? [Any], !cells.isEmpty else {
        throw Fault(description: "\(place).cells: needs at least one cell")
      }
      var names: Set<String> = []
      let parsed = try cells.enumerated().map { index, value -> Cell in
        let place = "\(place).cells[\(index)]"
        let cell = try Self.object(value, place, keys: ["name", "start", "recipe"])
        let cellName = try Self.text(cell["name"], place + ".name")
        guard names.insert(cellName).inserted else { throw Fault(description: "\(place): \(cellName) occurs twice") }
        let own = try Self.object(cell["recipe"] ?? [String: Any](), place + ".recipe", keys: nil)
        let start = (cell["start"] ?? table["start"]) as? String
        if let start, starts[start] == nil {
          throw Fault(description: "\(place): start \(start) is not defined in starts (\(starts.keys.sorted()))")
        }
        let recipe = try Self.recipe(Self.merge(Self.merge(common, shared), own), "\(place).recipe")
        return Cell(table: name, name: cellName, recipe: recipe, start: start, settings: Self.flat(own, ""))
      }
      return Table(
        name: name, title: table["title"] as? String ?? name,
        seeds: try Self.seeds(table["seeds"], place + ".seeds") ?? seeds,
        hasCurves: table["curves"] as? Bool ?? false, cells: parsed)
    }
    introduction = root["introduction"] as? String ?? ""
    maps = try (root["maps"] as? [Any] ?? []).enumerated().map { index, value in
      let map = try Self.object(value, "maps[\(index)]", keys: ["table", "cell", "caption"])
      return Map(
        table: try Self.text(map["table"], "maps[\(index)].table"),
        cell: try Self.text(map["cell"], "maps[\(index)].cell"),
        caption: map["caption"] as? String ?? "")
    }
    guard Set(tables.map(\.name)).count == tables.count else { throw Fault(description: "two tables share a name") }
  }

  /// All runs, beginning with the first seed of every cell. A comparison that stops early then covers every cell.
  public var runs: [Run] {
    let longest = tables.map(\.seeds.count).max() ?? 0
    return (0..<longest).flatMap { index in
      tables.filter { index < $0.seeds.count }.flatMap { table in
        table.cells.map { cell in
          var recipe = cell.recipe
          recipe.seed = table.seeds[index]
          return Run(cell: cell, seed: table.seeds[index], recipe: recipe)
        }
      }
    }
  }

  private static func object(_ value: Any, _ place: String, keys: Set<String>?) throws -> [String: Any] {
    guard let object = value as? [String: Any] else { throw Fault(description: "\(place): must be an object") }
    if let keys, let unknown = object.keys.sorted().first(where: { !keys.contains($0) }) {
      throw Fault(description: "\(place): unknown key \(unknown); accepted: \(keys.sorted().joined(separator: ", "))")
    }
    return object
  }

  private static func text(_ value: Any?, _ place: String) throws -> String {
    guard let text = value as? String, !text.isEmpty, !text.hasPrefix("."), !text.contains("\0") else {
      throw Fault(description: "\(place): must be a string")
    }
    return text
  }

  private static func seeds(_ value: Any?, _ place: String) throws -> [UInt64]? {
    guard let value else { return nil }
    guard let list = value as? [NSNumber], !list.isEmpty, list.allSatisfy({ $0.int64Value >= 0 }) else {
      throw Fault(description: "\(place): must be integers, such as [1, 2, 3]")
    }
    return list.map(\.uint64Value)
  }

  private static func recipe(_ object: [String: Any], _ place: String) throws -> TrainingRecipe {
    do {
      return try TrainingRecipe(overridingDefaultsWith: JSONSerialization.data(withJSONObject: object))
    } catch { throw Fault(description: "\(place): invalid recipe (\(error))") }
  }

  private static func merge(_ base: [String: Any], _ over: [String: Any]) -> [String: Any] {
    base.merging(over) { old, new in
      if let old = old as? [String: Any], let new = new as? [String: Any] { return merge(old, new) }
      return new
    }
  }

  private static func flat(_ object: [String: Any], _ prefix: String) -> [String: String] {
    var result: [String: String] = [:]
    for (key, value) in object {
      if let inner = value as? [String: Any] {
        result.merge(flat(inner, prefix + key + ".")) { $1 }
      } else {
        result[prefix + key] = "\(value)"
      }
    }
    return result
  }
}
