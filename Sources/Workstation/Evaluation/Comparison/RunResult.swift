import Foundation
import Training

/// The result of one training run of a comparison: one cell of a table, trained with one seed.
///
/// In a comparison's folder it is `runs/<table>_<cell>/<seed>/result.json`, next to the run's `pairs.tsv` and
/// `embeddings.tsv` (see ``RunPairs`` and ``RunEmbeddings``).
public struct RunResult: Codable, Equatable, Sendable {
  /// The name of the file in a run's folder.
  public static let fileName = "result.json"

  /// The table of the cell, such as `dml`.
  public var table: String
  /// The name of the cell, such as `asyp+adams`.
  public var cell: String
  /// The seed of the run.
  public var seed: UInt64
  /// Keys and values of the recipe, for display.
  public var settings: [String: String]
  /// Values by short name, such as `eerEasy`. Metrics that were not measured are absent. Rates are from 0 to 1, times
  /// in the unit of their name.
  public var metrics: [String: Double]

  /// Creates a result.
  public init(
    table: String, cell: String, seed: UInt64, settings: [String: String] = [:], metrics: [String: Double] = [:]
  ) {
    self.table = table
    self.cell = cell
    self.seed = seed
    self.settings = settings
    self.metrics = metrics
  }

  /// The folder of a run: `<output>/runs/<table>_<cell>/<seed>`, with `/` in names replaced by `_`.
  public static func folder(output: URL, table: String, cell: String, seed: UInt64) -> URL {
    output.appendingPathComponent("runs")
      .appendingPathComponent("\(table)_\(cell)".replacingOccurrences(of: "/", with: "_"))
      .appendingPathComponent(String(seed))
  }

  /// The results of all finished runs in a comparison's folder, by cell and then seed.
  public static func all(output: URL) throws -> [RunResult] {
    let runs = output.appendingPathComponent("runs")
    func names(_ folder: URL) -> [String] {
      ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).sorted()
    }
    var results: [RunResult] = []
    for cell in names(runs) {
      for seed in names(runs.appendingPathComponent(cell)).compactMap({ UInt64($0) }).sorted() {
        let folder = runs.appendingPathComponent(cell).appendingPathComponent(String(seed))
        guard FileManager.default.fileExists(atPath: folder.appendingPathComponent(fileName).path) else { continue }
        results.append(try RunResult(folder: folder))
      }
    }
    return results
  }

  /// Reads `result.json` in a run's folder.
  public init(folder: URL) throws {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    self = try decoder.decode(Self.self, from: Data(contentsOf: folder.appendingPathComponent(Self.fileName)))
  }

  /// Atomically writes `result.json` to a run's folder. The `nan` and `inf` of a diverged run are written as strings.
  public func write(folder: URL) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    var data = try encoder.encode(self)
    data.append(UInt8(ascii: "\n"))
    try data.replaceFile(at: folder.appendingPathComponent(Self.fileName).path)
  }
}
