import Foundation
import Training

/// Why a grid of runs cannot be used.
public enum ComparisonGridError: Error, Equatable, Sendable {
  case unreadable(path: String)
  case malformed(path: String, reason: String)
}

extension ComparisonGridError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .unreadable(let path): "\(path): cannot be read; grids lie in models/recipes"
    case .malformed(let path, let reason): "\(path): \(reason); models/recipes/compare.json shows the form"
    }
  }
}

/// The runs of a comparison: cells of tables, each a training recipe, with their seeds.
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
/// A cell's recipe is the grid's, overridden by its table's, overridden by its own; what none of them says has the default of
/// ``TrainingRecipe``. A start is a recipe whose trained encoder and proxies its runs begin with; a table or cell without one
/// begins from chance. `seeds` may be overridden by a table. For the report: `introduction` is a text, `maps` a list of
/// `{ "table", "cell", "caption" }` whose embeddings are drawn, and a table with `"curves": true` has its curves drawn.
public struct ComparisonGrid: Sendable {
  public struct Cell: Sendable {
    public var table: String
    public var name: String
    /// With the seed 1.
    public var recipe: TrainingRecipe
    public var start: String?
    /// What the cell says beyond the grid's own recipe, for a reader.
    public var settings: [String: String]
  }

  public struct Table: Sendable {
    public var name: String
    public var title: String
    public var seeds: [UInt64]
    /// Whether the report draws its cells' curves; one table's are drawn.
    public var hasCurves: Bool
    public var cells: [Cell]
  }

  /// One training run.
  public struct Run: Sendable {
    public var cell: Cell
    public var seed: UInt64
    public var recipe: TrainingRecipe

    public var result: RunResult {
      RunResult(table: cell.table, cell: cell.name, seed: seed, settings: cell.settings)
    }

    public func folder(output: URL) -> URL {
      RunResult.folder(output: output, table: cell.table, cell: cell.name, seed: seed)
    }

    /// True where both would do the same.
    public func equals(_ other: Run) -> Bool { recipe == other.recipe && cell.start == other.cell.start }
  }

  /// A cell whose phoneme embeddings the report draws.
  public struct Map: Sendable {
    public var table: String
    public var cell: String
    public var caption: String
  }

  public let tables: [Table]
  public let maps: [Map]
  /// What is compared, in a few sentences, for the report.
  public let introduction: String
  /// Recipe of each common start, by name.
  public let starts: [String: TrainingRecipe]

  public init(path: String) throws(ComparisonGridError) {
    guard let data = FileManager.default.contents(atPath: path) else { throw .unreadable(path: path) }
    do {
      try self.init(data: data)
    } catch { throw .malformed(path: path, reason: "\(error)") }
  }

  private struct Fault: Error, CustomStringConvertible {
    var description: String
  }

  /// - Throws: an error whose description says where the text is wrong.
  public init(data: Data) throws {
    let parsed: Any
    do { parsed = try JSONSerialization.jsonObject(with: data) } catch {
      throw Fault(description: "is not JSON (\(error.localizedDescription))")
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
      throw Fault(description: "tables: needs at least one")
    }
    self.starts = starts
    tables = try list.enumerated().map { index, value in
      let place = "tables[\(index)]"
      let table = try Self.object(value, place, keys: ["name", "title", "seeds", "start", "recipe", "cells", "curves"])
      let name = try Self.text(table["name"], place + ".name")
      let shared = try Self.object(table["recipe"] ?? [String: Any](), place + ".recipe", keys: nil)
      guard let cells = table["cells"] as? [Any], !cells.isEmpty else {
        throw Fault(description: "\(place).cells: needs at least one")
      }
      var names: Set<String> = []
      let parsed = try cells.enumerated().map { index, value -> Cell in
        let place = "\(place).cells[\(index)]"
        let cell = try Self.object(value, place, keys: ["name", "start", "recipe"])
        let cellName = try Self.text(cell["name"], place + ".name")
        guard names.insert(cellName).inserted else { throw Fault(description: "\(place): \(cellName) is there twice") }
        let own = try Self.object(cell["recipe"] ?? [String: Any](), place + ".recipe", keys: nil)
        let start = (cell["start"] ?? table["start"]) as? String
        if let start, starts[start] == nil {
          throw Fault(description: "\(place): start \(start) is not among starts (\(starts.keys.sorted()))")
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
    guard Set(tables.map(\.name)).count == tables.count else { throw Fault(description: "two tables have one name") }
  }

  /// All runs, all cells' first seeds first: a comparison that is stopped early has something of everything.
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
      throw Fault(description: "\(place): unknown key \(unknown); known are \(keys.sorted().joined(separator: ", "))")
    }
    return object
  }

  private static func text(_ value: Any?, _ place: String) throws -> String {
    guard let text = value as? String, !text.isEmpty, !text.hasPrefix("."), !text.contains("\0") else {
      throw Fault(description: "\(place): needs a text")
    }
    return text
  }

  private static func seeds(_ value: Any?, _ place: String) throws -> [UInt64]? {
    guard let value else { return nil }
    guard let list = value as? [NSNumber], !list.isEmpty, list.allSatisfy({ $0.int64Value >= 0 }) else {
      throw Fault(description: "\(place): needs whole numbers, say [1, 2, 3]")
    }
    return list.map(\.uint64Value)
  }

  private static func recipe(_ object: [String: Any], _ place: String) throws -> TrainingRecipe {
    do {
      return try TrainingRecipe(overridingDefaultsWith: JSONSerialization.data(withJSONObject: object))
    } catch { throw Fault(description: "\(place): is not a recipe (\(error))") }
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
