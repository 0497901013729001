import Foundation

extension CostReport {
  var setting: CostTable {
    CostTable(
      title: "Setting", header: ["", "value"],
      rows: [
        ["processor", processor + (pinnedProcessor.map { ", pinned to CPU \($0)" } ?? ", not pinned")],
        ["kernel path", kernelPath],
        ["model", "\(model), \(operationsPerSecond / 1_000_000) million multiply-adds per second"],
        ["audio", "\(audioSeconds) s: \(audioSource)"], ["runs", "\(runCount)"],
      ])
  }

  var partTable: CostTable {
    var table = CostTable(
      title: "Parts in isolation: share of one core, minimum of the runs", header: ["part", "share"],
      rows: [
        ["level check", percent(parts.levelLoad)], ["front end", percent(parts.frontEndLoad)],
        ["encoder", percent(parts.encoderLoad)],
        ["posteriors", percent(parts.posteriorLoad)],
      ])
    for cost in spotting {
      let name = phrases(cost.phraseCount)
      table.rows.append(["matcher, \(name)", percent(cost.matching.matcherLoad)])
      let candidates = String(format: "%.2f", cost.matching.candidatesPerSecond)
      table.rows.append([
        "verifier and decision, \(name), \(candidates) candidates/s", percent(cost.matching.verifierLoad),
      ])
    }
    return table
  }

  var totalTable: CostTable {
    let first = spotting.first.map { phrases($0.phraseCount) } ?? ""
    return CostTable(
      title: "Samples to events: share of one core, median (minimum - maximum) of the runs",
      header: ["phrases", "pronunciations", "phonemes", "share", "time relative to \(first)"],
      rows: spotting.map { cost in
        [
          "\(cost.phraseCount)", "\(cost.variantCount)", "\(cost.phonemeCount)",
          spread(cost.totalLoad, percent), spread(cost.ratioToFirst) { String(format: "%.2f", $0) },
        ]
      })
  }

  var stepTable: CostTable {
    func microseconds(_ times: StepTimes.Percentiles) -> [String] {
      [times.p50, times.p99, times.worst].map { String(format: "%.1f", $0) }
    }
    return CostTable(
      title: """
        Microseconds per step of 40 ms: processor time, minimum of the runs; wall time, all steps of all runs
        """,
      header: ["phrases", "processor p50", "p99", "worst", "wall p50", "p99", "worst"],
      rows: spotting.map { cost in
        ["\(cost.phraseCount)"] + microseconds(cost.steps.processorMicroseconds)
          + microseconds(cost.steps.wallMicroseconds)
      })
  }

  var memoryTable: CostTable {
    CostTable(
      title: "Memory of this program including the audio, and allocations while spotting",
      header: ["", "peak resident", "of mapped files", "other", "allocations", "events"],
      rows: [["before the model"] + memory(baseline) + ["", ""]]
        + spotting.map { cost in
          [phrases(cost.phraseCount)] + memory(cost.memory)
            + [cost.allocationCount.map { "\($0)" } ?? "not counted", "\(cost.detectionCount)"]
        })
  }

  var fileTable: CostTable {
    CostTable(
      title: "Files", header: ["file", "bytes"],
      rows: files.map { ["\($0.role), \($0.path)", "\($0.bytes)"] } + programs.map { [$0.path, "\($0.bytes)"] })
  }

  var programTable: CostTable {
    CostTable(
      title: "Programs, as `spot -` with samples through a pipe; share of one core without the start",
      header: ["program", "phrases", "share", "peak resident", "of mapped files", "other"],
      rows: programs.flatMap { program in
        program.listening.map { [program.path, "\($0.phraseCount)", percent($0.load)] + memory($0.memory) }
      })
  }

  static func table(_ comparison: PocketSphinxComparison) -> CostTable {
    func seconds(_ value: Double) -> String { String(format: "%.3f s", value) }
    return CostTable(
      title: """
        Cooee and PocketSphinx \(comparison.version), "\(comparison.phrase)", in turns, \(comparison.roundCount) rounds; \
        kws_threshold \(comparison.threshold)
        """,
      header: ["", "Cooee", "PocketSphinx", "PocketSphinx / Cooee"],
      rows: [
        [
          "share of one core, start excluded", spread(comparison.cooeeLoad, percent),
          spread(comparison.pocketSphinxLoad, percent), spread(comparison.ratio) { String(format: "%.1f", $0) },
        ],
        [
          "processor time of the start", seconds(comparison.cooeeStartSeconds),
          seconds(comparison.pocketSphinxStartSeconds), "",
        ],
        ["events", "\(comparison.cooeeDetectionCount)", "\(comparison.pocketSphinxDetectionCount)", ""],
        ["peak resident", "", comparison.pocketSphinxMemory.map { mebibytes($0.peakBytes) } ?? "unknown", ""],
      ])
  }
}

private func phrases(_ count: Int) -> String { count == 1 ? "1 phrase" : "\(count) phrases" }

private func percent(_ load: Double) -> String { String(format: "%.4f %%", load * 100) }

private func mebibytes(_ bytes: Int) -> String { String(format: "%.1f MiB", Double(bytes) / 1_048_576) }

private func memory(_ memory: ResidentMemory?) -> [String] {
  guard let memory else { return ["unknown", "unknown", "unknown"] }
  return [memory.peakBytes, memory.fileMappedBytes, memory.anonymousBytes].map(mebibytes)
}

/// `median (minimum - maximum)`
private func spread(_ values: Spread, _ format: (Double) -> String) -> String {
  "\(format(values.median)) (\(format(values.least)) - \(format(values.most)))"
}
