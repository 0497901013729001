/// What listening costs, as `heed-bench cost --json` prints it.
struct CostReport: Encodable {
  /// A file that a device needs.
  struct File: Encodable {
    var role: String
    var path: String
    var bytes: Int
  }

  var processor: String
  /// The number of the one processor that everything ran on; nil where the system did not pin it.
  var pinnedProcessor: Int?
  var kernelPath: String
  var model: String
  var operationsPerSecond: Int
  var audioSeconds: Int
  var audioSource: String
  var runCount: Int
  var parts: PartCosts
  var spotting: [SpottingCost]
  /// Of this program with the audio and before the model.
  var baseline: ResidentMemory?
  var files: [File]
  var programs: [ProgramCost]
  var pocketSphinx: PocketSphinxComparison?

  /// Whether nothing was allocated while listening, as far as that could be counted.
  var isFreeOfAllocations: Bool { spotting.allSatisfy { ($0.allocationCount ?? 0) == 0 } }

  /// The tables for people.
  var tables: [CostTable] {
    var tables = [setting, partTable, totalTable, stepTable, memoryTable, fileTable]
    if !programs.isEmpty { tables.append(programTable) }
    if let pocketSphinx { tables.append(Self.table(pocketSphinx)) }
    return tables
  }
}
