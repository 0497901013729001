import ArgumentParser
import AudioFrontEnd
import Foundation
import Int8Kernels
import KeywordSpotting
import ModelFormat
import TextEnrollment

struct CostCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cost",
    abstract: "Measure processor time, step time, memory and file sizes, and compare with PocketSphinx.",
    discussion: """
      Runs on one processor. Numbers of phrases are compared in turns over the same audio. With --pocketsphinx, which names a \
      Python that has the PyPI package, so is PocketSphinx's keyword mode. Other work on the machine adds to the times, so \
      minimum, median and maximum are given. The exit status is 1 if listening allocates memory.

      The phrases are a wake phrase followed by commands such as "turn on the kitchen lights". --phrases N uses the first N.

      Examples:
        cooee-bench cost
        cooee-bench cost --audio speech/ --seconds 300 --phrases 1 --phrases 100 --markdown
        cooee-bench cost --program .build/release/cooee --json
        python3 -m venv sphinx && sphinx/bin/pip install pocketsphinx
        cooee-bench cost --pocketsphinx sphinx/bin/python
      """)

  @OptionGroup var options: BenchModelOptions
  @Option(help: "Language file (default: models/english.cooee).")
  var language: String?
  @Option(help: "Kernel path: \(KernelPath.available.map(\.name).joined(separator: ", ")) on this machine.")
  var path: KernelPath = .best
  @Option(help: "Number of phrases. You can repeat the option (default: 1, 10, 100, 1000).")
  var phrases: [Int] = []
  @Option(help: "Seconds of audio.")
  var seconds = 60
  @Option(
    help: """
      A recording or a folder of recordings, looped as needed. You can repeat the option (default: the speech recordings of the \
      tests if present, otherwise noise).
      """)
  var audio: [String] = []
  @Option(help: "Number of runs per measurement.")
  var runs = 7
  @Option(help: "Program to measure as a whole, cooee or cooee-lean. You can repeat the option.")
  var program: [String] = []
  @Option(help: "Python interpreter with the package pocketsphinx, for the comparison.")
  var pocketsphinx: String?
  @Option(help: "PocketSphinx's kws_threshold.")
  var pocketsphinxThreshold = 1e-20
  @Option(help: "First phrase, used for the comparison with PocketSphinx.")
  var phrase = "hey computer"
  @Flag(help: "Print JSON.")
  var json = false
  @Flag(help: "Print tables in Markdown.")
  var markdown = false

  private var phraseCounts: [Int] { phrases.isEmpty ? [1, 10, 100, 1000] : phrases }

  func validate() throws {
    guard path.isAvailable else {
      throw ValidationError("this machine does not support the kernel path \(path.name)")
    }
    guard seconds >= 2, runs >= 5, phraseCounts.allSatisfy({ (1...1000).contains($0) }) else {
      throw ValidationError("--seconds must be at least 2, --runs at least 5, --phrases from 1 to 1000")
    }
    guard !(json && markdown) else { throw ValidationError("--json and --markdown exclude each other") }
  }

  func run() throws {
    let report = try measure()
    if json {
      try printJSON(report)
    } else {
      print(report.tables.map { markdown ? $0.markdown : $0.text }.joined(separator: "\n\n"))
    }
    if !report.isFreeOfAllocations { throw failure(1, "spotting allocated memory") }
  }

  private func measure() throws -> CostReport {
    let pinnedProcessor = ProcessUsage.stayOnOneProcessor()
    let sound = try openAudio()
    ResidentMemory.forgetPeak()
    let baseline = ResidentMemory()
    let modelPath = try options.modelPath()
    let (model, fileBytes) = try options.open()
    guard let languagePath = language ?? BenchFiles.inModels("english.cooee") else {
      throw failure(66, "models/english.cooee does not exist; pass the language file with --language")
    }
    let bench = try BenchPhrases(model: model, language: languagePath)
    let counts = phraseCounts
    func makeSpotter(_ count: Int) throws -> KeywordSpotter {
      KeywordSpotter(model: model, enrollments: try bench.enroll(count, first: phrase), kernelPath: path)
    }

    // Measure memory first, while nothing else is loaded.
    let memory = try counts.map { count in try SpottingMemory(sound.samples) { try makeSpotter(count) } }
    let spotters = try counts.map(makeSpotter)
    let loads = totalLoads(spotters, sound.samples)
    let parts = PartCosts(model, sound.samples, path: path, runs: runs)
    let spotting = counts.indices.map { index in
      let enrollments = spotters[index].enrollments
      let variants = enrollments.flatMap(\.variants)
      return SpottingCost(
        phraseCount: counts[index], variantCount: variants.count,
        phonemeCount: variants.reduce(0) { $0 + $1.phonemes.count }, totalLoad: Spread(loads[index]),
        ratioToFirst: Spread(zip(loads[index], loads[0]).map { $0 / $1 }), matching: parts.matching(enrollments),
        steps: StepTimes(spotters[index], sound.samples, runs: runs), memory: memory[index].resident,
        allocationCount: memory[index].allocationCount, detectionCount: memory[index].detectionCount)
    }
    var files = [CostReport.File(role: "model", path: modelPath, bytes: fileBytes)]
    files.append(.init(role: "language", path: languagePath, bytes: try BenchFiles.size(of: languagePath)))
    if let background = BenchFiles.background(of: modelPath) {
      files.append(.init(role: "background", path: background, bytes: try BenchFiles.size(of: background)))
    }
    return CostReport(
      processor: ProcessUsage.processorName, pinnedProcessor: pinnedProcessor, kernelPath: path.name,
      model: modelPath, operationsPerSecond: model.operationsPerEmbedding * FrameTiming.framesPerSecond,
      audioSeconds: seconds, audioSource: sound.source, runCount: runs, parts: parts, spotting: spotting,
      baseline: baseline, files: files,
      programs: try measurePrograms(model, modelPath, spotters.map(\.enrollments), sound.samples),
      pocketSphinx: try pocketsphinx.map { interpreter in
        try PocketSphinxComparison(
          interpreter: interpreter, phrase: phrase, threshold: pocketsphinxThreshold, samples: sound.samples,
          rounds: runs
        ) {
          let (model, _) = try options.open()
          let bench = try BenchPhrases(model: model, language: languagePath)
          return KeywordSpotter(model: model, enrollments: [try bench.enroll(phrase)], kernelPath: path)
        }
      })
  }

  private func openAudio() throws -> BenchAudio {
    if !audio.isEmpty { return try BenchAudio(audio, seconds: seconds) }
    guard FileManager.default.fileExists(atPath: BenchAudio.testRecordings) else {
      return BenchAudio(noiseSeconds: seconds, seed: 1)
    }
    return try BenchAudio([BenchAudio.testRecordings], seconds: seconds)
  }

  /// Processor seconds per second of audio, `[spotter][run]`. The spotters alternate.
  private func totalLoads(_ spotters: [KeywordSpotter], _ samples: [Int16]) -> [[Double]] {
    var loads = [[Double]](repeating: [], count: spotters.count)
    // The first run warms up the caches and is not counted.
    for run in 0...runs {
      for (index, spotter) in spotters.enumerated() {
        spotter.reset()
        let time = ProcessUsage.processorSeconds(of: {
          samples.withUnsafeBufferPointer { spotter.process($0, onDetection: { _ in }) }
        })
        if run > 0 { loads[index].append(time / Double(seconds)) }
      }
    }
    return loads
  }

  private func measurePrograms(
    _ model: AcousticModel, _ modelPath: String, _ enrollments: [[Enrollment]], _ samples: [Int16]
  ) throws -> [ProgramCost] {
    guard !program.isEmpty else { return [] }
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("cooee-bench-\(getpid())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let phraseFiles = try enrollments.map { enrollments in
      var file = PhraseFile(model: model)
      for enrollment in enrollments {
        try file.add(PhraseFile.Phrase(enrollment: enrollment, source: .lexicon))
      }
      let url = folder.appendingPathComponent("\(enrollments.count).cooeep")
      try Data(file.bytes()).write(to: url)
      return (path: url.path, count: enrollments.count)
    }
    return try program.map {
      try ProgramCost(path: $0, model: modelPath, phrases: phraseFiles, samples: samples)
    }
  }
}
