/// The cost of spotting, as printed by `cooee-bench cost --json`.
struct CostReport: Encodable {
  /// A file that a device needs.
  struct File: Encodable {
    var role: String
    var path: String
    var bytes: Int
  }

  var processor: String
  /// The number of the processor that everything ran on; nil if the system did not pin it.
  var pinnedProcessor: Int?
  var kernelPath: String
  var model: String
  var operationsPerSecond: Int
  var audioSeconds: Int
  var audioSource: String
  var runCount: Int
  var parts: PartCosts
  var spotting: [SpottingCost]
  /// Memory of this program with the audio, before the model is loaded.
  var baseline: ResidentMemory?
  var files: [File]
  var programs: [ProgramCost]
  var pocketSphinx: PocketSphinxComparison?

  /// Whether spotting allocated nothing, as far as allocations could be counted.
  var isFreeOfAllocations: Bool { spotting.allSatisfy { ($0.allocationCount ?? 0) == 0 } }

  /// The tables for display.
  var tables: [CostTable] {
    var tables = [setting, partTable, totalTable, stepTable, memoryTable, fileTable]
    if !programs.isEmpty { tables.append(programTable) }
    if let pocketSphinx { tables.append(Self.table(pocketSphinx)) }
    return tables
  }
}
