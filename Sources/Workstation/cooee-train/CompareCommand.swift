import ArgumentParser
import Evaluation
import Foundation
import Training

struct CompareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Train a grid of recipes with several seeds and compare the results.",
    discussion: """
      Trains every cell of the grid with every seed and measures each network on the same pairs. Writes one table per comparison \
      (Markdown and TSV) and a report as a web page with DET and ROC curves and maps of the embeddings. All runs use the word \
      times of --alignments, a checkpoint of `cooee-train train` over the same corpus, or else the corpus' own \
      (alignments.tsv). With --phonemes, the tables also contain the phoneme error rate of each of these corpora.

      To interrupt, press Ctrl-C. The same command resumes and runs only what is missing. To use several cores, start it \
      several times with the same --output: each run is done by one process. A run that diverges is recorded, and the others \
      continue. Cells with equal recipes are trained once.

      Example:
        cooee-train compare --grid models/recipes/compare.json --corpus train.cooeecorpus --alignments base.checkpoint \\
          --development dev.cooeecorpus --development-alignments dev.tsv --output comparison

      Exit status: 0 all runs are done, or interrupted; 1 a file cannot be used or written (see the message); 64 wrong usage.
      """)

  @Option(help: "JSON file with the runs.") var grid: String
  @Option(help: "Prepared training corpus.") var corpus: String
  @Option(help: "Checkpoint of a run over the same corpus, for its word times (default: those of the corpus).")
  var alignments: String?
  @OptionGroup var heard: RoomOptions
  @Option(help: "Folder with the frame posteriors that every run learns from (cooee-train posteriors).")
  var teacher: String?
  @Option(help: "Language file with the lexicon.") var language = "models/english.cooee"
  @Option(parsing: .upToNextOption, help: "Prepared corpora to draw the pairs from.") var development: [String]
  @Option(help: "Word times of the development corpora, written by cooee-train align.") var developmentAlignments:
    String
  @Option(parsing: .upToNextOption, help: "Prepared corpora whose phoneme error rate is measured.")
  var phonemes: [String] = []
  @Option(help: "Pairs: anchors per word count.") var anchors = 250
  @Option(help: "Folder for the runs, the tables and the report.") var output: String
  @Flag(help: "Only write the tables and the report of finished runs.") var reportOnly = false
  @Flag(help: "List the runs and exit.") var list = false

  func run() throws {
    let grid = try ComparisonGrid(path: grid)
    let runs = grid.runs
    let folder = URL(fileURLWithPath: output)
    if list {
      for run in runs {
        print("\(run.cell.table)\t\(run.cell.name)\t\(run.seed)\t\(isDone(run, folder) ? "done" : "")")
      }
      return
    }
    if !reportOnly { try train(runs, grid, folder) }
    try ComparisonFiles.write(grid, folder)
  }

  private func isDone(_ run: ComparisonGrid.Run, _ folder: URL) -> Bool {
    FileManager.default.fileExists(
      atPath: run.folder(output: folder).appendingPathComponent(RunResult.fileName).path)
  }

  private func train(_ runs: [ComparisonGrid.Run], _ grid: ComparisonGrid, _ folder: URL) throws {
    MatrixProduct.useOneThreadPerCaller()
    for run in runs { try TrainedRecipe(run, grid.starts).check(run.folder(output: folder).path) }
    let language = try LoadedLanguage(path: language)
    let set = try TrainingSet(path: corpus, rooms: heard, teacher: teacher, language: language)
    try set.checkSplit(path: corpus)
    var options = PairList.Options()
    options.anchorsPerWordCount = anchors
    let pairs = try NetworkPairs(
      corpora: try development.map { try PreparedCorpus(path: $0) },
      alignments: try AlignmentFile.read(path: developmentAlignments), options: options,
      pronounce: language.pronunciations)
    Console.say(
      "\(set.items.count) training utterances, \(pairs.pairCount) pairs for evaluation, \(runs.count) runs")
    let spoken =
      phonemes.isEmpty
      ? nil
      : try NetworkPhonemes(
        corpora: try phonemes.map { try PreparedCorpus(path: $0) }, pronounce: language.pronunciations)
    var work = ComparisonWork(
      set: set, pairs: pairs, phonemes: spoken, alignments: try alignments.map { ($0, try Checkpoint(path: $0)) },
      folder: folder, interruption: InterruptionFlag())
    var secondsOfRuns: [Double] = []
    for (index, run) in runs.enumerated() where !isDone(run, folder) {
      let remaining = runs[index...].count { !isDone($0, folder) }
      let estimate =
        secondsOfRuns.isEmpty
        ? ""
        : ", about \(Int(secondsOfRuns.reduce(0, +) / Double(secondsOfRuns.count) * Double(remaining) / 60) + 1) min in total"
      let label = "\(run.cell.table)/\(run.cell.name), seed \(run.seed), \(remaining) to go\(estimate)"
      let started = Date()
      switch try work.perform(run, in: runs, starts: grid.starts, label: label) {
      case .done:
        secondsOfRuns.append(Date().timeIntervalSince(started))
        try ComparisonFiles.write(grid, folder, withReport: false)
      case .copied, .elsewhere: break
      case .interrupted:
        Console.say("interrupted; run the same command to resume")
        return
      }
    }
  }
}

/// What a run or a start is trained with, kept beside it: results of an earlier grid must not pass for those of another.
private struct TrainedRecipe: Encodable {
  var recipe: TrainingRecipe
  var start: TrainingRecipe?

  init(recipe: TrainingRecipe) { self.recipe = recipe }

  init(_ run: ComparisonGrid.Run, _ starts: [String: TrainingRecipe]) {
    recipe = run.recipe
    start = run.cell.start.flatMap { starts[$0] }
  }

  /// - Throws: a `FileProblem` if the folder's recipe is another one.
  func check(_ folder: String, as name: String = "recipe.json") throws {
    let path = folder + "/" + name
    guard let former = FileManager.default.contents(atPath: path) else { return }
    guard try former == Data(encodedJSON(self).utf8) else {
      throw FileProblem("\(path): the grid has changed since; delete \(folder), or choose another --output")
    }
  }

  /// Checks the folder's recipe, or writes it if there is none.
  func note(_ folder: String, as name: String = "recipe.json") throws {
    try check(folder, as: name)
    try encodedJSON(self).replaceFile(at: folder + "/" + name)
  }
}

/// Performs the runs of a comparison one after another.
struct ComparisonWork {
  enum End { case done, copied, elsewhere, interrupted }

  let set: TrainingSet
  let pairs: NetworkPairs
  /// Nil if no phoneme error rate is measured.
  let phonemes: NetworkPhonemes?
  /// Nil if the runs use the corpus' own word times.
  let alignments: (path: String, checkpoint: Checkpoint)?
  let folder: URL
  let interruption: InterruptionFlag

  /// The last share of the steps, over which the accuracy of the modality classifiers is averaged.
  private static let accuracyShare = 0.2

  mutating func perform(
    _ run: ComparisonGrid.Run, in runs: [ComparisonGrid.Run], starts: [String: TrainingRecipe], label: String
  ) throws -> End {
    let place = run.folder(output: folder)
    try makeFolder(place)
    try TrainedRecipe(run, starts).note(place.path)
    guard let lock = try RunLock(path: place.appendingPathComponent("lock").path) else { return .elsewhere }
    defer { withExtendedLifetime(lock) {} }
    let result = place.appendingPathComponent(RunResult.fileName).path
    guard !FileManager.default.fileExists(atPath: result) else { return .elsewhere }
    if try copyEqualRun(run, runs, to: place) { return .copied }
    var initial: Checkpoint?
    var initialPath = ""
    if let name = run.cell.start, let recipe = starts[name] {
      initialPath = folder.appendingPathComponent("starts/\(name).checkpoint").path
      guard try trainStart(name, recipe, path: initialPath) else { return .interrupted }
      initial = try Checkpoint(path: initialPath)
    }
    return try trainAndMeasure(run, place, initial.map { ($0, initialPath) }, label)
  }

  private func makeFolder(_ place: URL) throws {
    do {
      try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
    } catch { throw UnwritableRunFile(path: place.path, reason: error.localizedDescription) }
  }

  /// Copies the result of a run of another cell with an equal recipe, if there is one.
  private func copyEqualRun(
    _ run: ComparisonGrid.Run, _ runs: [ComparisonGrid.Run], to place: URL
  ) throws -> Bool {
    for other in runs where other.equals(run) {
      let source = other.folder(output: folder)
      guard source != place, var result = try? RunResult(folder: source) else { continue }
      let failure = result.settings["failed"]
      (result.table, result.cell, result.settings) = (run.cell.table, run.cell.name, run.cell.settings)
      result.settings["failed"] = failure
      for name in [RunPairs.fileName, RunEmbeddings.fileName, "log.tsv"] {
        let target = place.appendingPathComponent(name)
        try? FileManager.default.removeItem(at: target)
        try? FileManager.default.copyItem(at: source.appendingPathComponent(name), to: target)
      }
      try result.write(folder: place)
      return true
    }
    return false
  }

  /// - Returns: false if interrupted.
  private func trainStart(_ name: String, _ recipe: TrainingRecipe, path: String) throws -> Bool {
    let starts = folder.appendingPathComponent("starts")
    try makeFolder(starts)
    try TrainedRecipe(recipe: recipe).note(starts.path, as: name + ".json")
    // Another process that needs the same start waits for this one.
    let lock = try RunLock(path: path + ".lock", waits: true)
    defer { withExtendedLifetime(lock) {} }
    if FileManager.default.fileExists(atPath: path) { return true }
    let partial = path + ".partial"
    let trainer = try Trainer(set: set, recipe: recipe)
    if let alignments { try trainer.takeAlignments(from: alignments.checkpoint, path: alignments.path) }
    guard try train(trainer, partial, log: path + ".tsv", label: "start \(name)", onStep: { _ in }) else {
      return false
    }
    try FileManager.default.moveItem(atPath: partial, toPath: path)
    return true
  }

  private func trainAndMeasure(
    _ run: ComparisonGrid.Run, _ place: URL, _ initial: (Checkpoint, String)?, _ label: String
  ) throws -> End {
    let trainer = try Trainer(set: set, recipe: run.recipe)
    if let initial {
      try trainer.start(from: initial.0, path: initial.1) { $0.hasPrefix("encoder.") || $0.hasPrefix("proxies") }
    }
    if let alignments { try trainer.takeAlignments(from: alignments.checkpoint, path: alignments.path) }
    let before = trainer.secondsTrained
    let checkpoint = place.appendingPathComponent("checkpoint").path
    var sum = StepReport()
    var count: Float = 0
    var seconds = 0.0
    var result = run.result
    do {
      let finished = try train(
        trainer, checkpoint, log: place.appendingPathComponent("log.tsv").path, label: label,
        onStep: { summary in
          seconds += summary.wallSeconds
          guard Double(summary.step) > (1 - Self.accuracyShare) * Double(trainer.totalSteps) else { return }
          sum.add(summary.report, share: 1)
          count += 1
        })
      guard finished else { return .interrupted }
    } catch let error as TrainingError {
      Console.say("\(label): \(error)")
      result.settings["failed"] = "\(error)"
      try result.write(folder: place)
      return .done
    }
    let outcome = pairs.evaluate(trainer.network)
    result.metrics = outcome.metrics
    for (name, value) in phonemes?.evaluate(trainer.network) ?? [:] { result.metrics[name] = value }
    result.metrics["parameters"] = Double(trainer.bank.valueCount)
    result.metrics["steps"] = Double(trainer.stepCount)
    result.metrics["hours"] = (trainer.secondsTrained - before) / 3600
    result.metrics["seconds"] = seconds
    if count > 0 {
      result.metrics["modalityAccuracyPhoneme"] = Double(sum.phonemeModalityAccuracy / count)
      result.metrics["modalityAccuracyUtterance"] = Double(sum.utteranceModalityAccuracy / count)
    }
    try outcome.pairs.write(folder: place)
    try outcome.embeddings.write(folder: place)
    try result.write(folder: place)
    try? FileManager.default.removeItem(atPath: checkpoint)
    return .done
  }

  /// Trains from the state of the checkpoint. - Returns: false if interrupted.
  private func train(
    _ trainer: Trainer, _ checkpoint: String, log: String, label: String,
    onStep: (Trainer.StepSummary) -> Void
  ) throws -> Bool {
    if FileManager.default.fileExists(atPath: checkpoint) {
      try trainer.restore(try Checkpoint(path: checkpoint), path: checkpoint)
    }
    let progress = ProgressLine(label, total: trainer.totalSteps, done: trainer.stepCount)
    var log = try TrainingLog(path: log, after: trainer.stepCount)
    var lastSaved = Date()
    try trainer.run { summary in
      log.add(summary)
      onStep(summary)
      progress.update(summary.step, note: log.note)
      if Date().timeIntervalSince(lastSaved) > 60 {
        try trainer.checkpoint().write(to: checkpoint)
        lastSaved = Date()
      }
      return !interruption.isRaised
    }
    try trainer.checkpoint().write(to: checkpoint)
    return trainer.stepCount >= trainer.totalSteps
  }
}

/// The tables and the report of a comparison's folder.
enum ComparisonFiles {
  /// Metrics of the task.
  static let taskColumns: [ComparisonTable.Column] = [
    .init(metric: "eerEasy", heading: "EER Easy %", scale: 100, better: .lower),
    .init(metric: "eerHard", heading: "EER Hard %", scale: 100, better: .lower),
    .init(metric: "aucEasy", heading: "AUC Easy %", scale: 100, better: .higher),
    .init(metric: "aucHard", heading: "AUC Hard %", scale: 100, better: .higher),
    .init(metric: "apHard", heading: "AP Hard %", scale: 100, decimals: 1, better: .higher),
    .init(metric: "top1AudioText", heading: "top-1 audio → text %", scale: 100, decimals: 1, better: .higher),
    .init(metric: "top1TextAudio", heading: "top-1 text → audio %", scale: 100, decimals: 1, better: .higher),
    .init(metric: "headEerEasy", heading: "with head: EER Easy %", scale: 100, better: .lower),
    .init(metric: "headEerHard", heading: "with head: EER Hard %", scale: 100, better: .lower),
  ]

  /// Metrics of single scores and of the gap between the modalities.
  static let spaceColumns: [ComparisonTable.Column] = [
    .init(metric: "utteranceEerHard", heading: "utterance alone: EER Hard %", scale: 100, decimals: 1, better: .lower),
    .init(metric: "phonemeEerEasy", heading: "phonemes alone: EER Easy %", scale: 100, decimals: 1, better: .lower),
    .init(metric: "phonemeEerHard", heading: "phonemes alone: EER Hard %", scale: 100, decimals: 1, better: .lower),
    .init(metric: "ctcEerHard", heading: "CTC alone: EER Hard %", scale: 100, decimals: 1, better: .lower),
    .init(metric: "centroidDistance", heading: "centroid distance", decimals: 3, better: .lower),
    .init(metric: "mmd", heading: "MMD", decimals: 3, better: .lower),
    .init(metric: "phonemeCentroidDistance", heading: "phoneme centroid distance", decimals: 3, better: .lower),
    .init(metric: "phonemeMmd", heading: "phoneme MMD", decimals: 3, better: .lower),
    .init(metric: "modalityAccuracyPhoneme", heading: "modality accuracy, phoneme %", scale: 100, decimals: 0),
    .init(metric: "modalityAccuracyUtterance", heading: "modality accuracy, utterance %", scale: 100, decimals: 0),
    .init(metric: "hours", heading: "hours", decimals: 1),
  ]

  /// Phoneme error rates of the corpora that were measured.
  private static func phonemeColumns(_ results: [RunResult]) -> [ComparisonTable.Column] {
    let prefix = NetworkPhonemes.metricPrefix
    return Set(results.flatMap(\.metrics.keys)).filter { $0.hasPrefix(prefix) }.sorted().map {
      .init(metric: $0, heading: "phoneme errors, \($0.dropFirst(prefix.count)) %", scale: 100, better: .lower)
    }
  }

  static func write(_ grid: ComparisonGrid, _ folder: URL, withReport: Bool = true) throws {
    let results = try RunResult.all(output: folder)
    let taskColumns = taskColumns + phonemeColumns(results)
    var markdown = ""
    for table in grid.tables {
      func comparison(_ columns: [ComparisonTable.Column]) -> ComparisonTable {
        ComparisonTable(name: table.name, cells: table.cells.map(\.name), columns: columns, results: results)
      }
      markdown += "### \(table.title)\n\n\(comparison(taskColumns).markdown)\n\(comparison(spaceColumns).markdown)\n"
      try write(
        comparison(taskColumns + spaceColumns).tabSeparated, folder.appendingPathComponent("\(table.name).tsv"))
    }
    try write(markdown, folder.appendingPathComponent("tables.md"))
    guard withReport else { return }
    let sections = grid.tables.map { table in
      ComparisonReport.Section(
        table: ComparisonTable(
          name: table.name, cells: table.cells.map(\.name), columns: taskColumns + spaceColumns, results: results),
        caption: "\(table.title); mean ± standard deviation over the seeds")
    }
    let maps = grid.maps.map { ComparisonReport.Map(table: $0.table, cell: $0.cell, caption: $0.caption) }
    let report = ComparisonReport(
      title: "Comparison of training recipes", introduction: grid.introduction, sections: sections, results: results,
      curvesTable: grid.tables.first { $0.hasCurves }?.name, maps: maps)
    for line in try report.write(output: folder) { Console.say(line) }
    Console.say("\(folder.appendingPathComponent("report/index.html").path): report")
  }

  private static func write(_ text: String, _ place: URL) throws {
    do {
      try text.replaceFile(at: place.path)
    } catch { throw UnwritableRunFile(path: place.path, reason: error.reason) }
  }
}
