import Foundation
import Training

/// What one training run of a comparison came to: one cell of a table, trained with one seed.
///
/// In a comparison's folder it stands in `runs/<table>_<cell>/<seed>/result.json`, beside the run's `pairs.tsv` and
/// `embeddings.tsv` (see ``RunPairs`` and ``RunEmbeddings``).
public struct RunResult: Codable, Equatable, Sendable {
  /// Its name in a run's folder.
  public static let fileName = "result.json"

  /// The comparison that the cell is part of, say `dml`.
  public var table: String
  /// What is compared, say `asyp+adams`.
  public var cell: String
  public var seed: UInt64
  /// What the run was made with, for a reader: keys of the recipe and their values.
  public var settings: [String: String]
  /// Values by short name, say `eerEasy`; what was not measured is left out. Rates are from 0 to 1, times in the unit of
  /// their name.
  public var metrics: [String: Double]

  public init(
    table: String, cell: String, seed: UInt64, settings: [String: String] = [:], metrics: [String: Double] = [:]
  ) {
    self.table = table
    self.cell = cell
    self.seed = seed
    self.settings = settings
    self.metrics = metrics
  }

  /// The folder of a cell's run: `<output>/runs/<table>_<cell>/<seed>`, where a `/` in a name becomes `_`.
  public static func folder(output: URL, table: String, cell: String, seed: UInt64) -> URL {
    output.appendingPathComponent("runs")
      .appendingPathComponent("\(table)_\(cell)".replacingOccurrences(of: "/", with: "_"))
      .appendingPathComponent(String(seed))
  }

  /// The results of all runs of a comparison's folder that have ended, by cell and then seed.
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

  /// Writes `result.json` into a run's folder, in one step: a reader sees all of it or none. A run that diverged keeps its
  /// `nan` and `inf`, as strings.
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
