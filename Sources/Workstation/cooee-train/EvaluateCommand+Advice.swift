import ArgumentParser
import Evaluation
import Foundation
import TextEnrollment
import Training

/// Options of `cooee-train evaluate --protocol advice`.
struct AdviceEvaluationOptions: ParsableArguments {
  @Option(help: "Advice, delivered, --thresholds delivered: background file (.cooee) for the thresholds.")
  var background: String?

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "False alarms an hour for the thresholds. Advice: one or more (default: 0.1 0.5 1). Quiet, offsets: one "
        + "(default: 0.5; --thresholds delivered: 0.1). Delivered: one (default: 0.1)."))
  var rate: [Double] = []

  @Option(help: "Advice: number of phrases to draw.")
  var phrasesCount = 200

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "Advice: kinds of speech in the order of the background's mix, with the beginnings of their corpora's names.",
      valueName: "name=share:corpus,…"))
  var kind: [String] = []

  @Option(help: "Advice: file with one phrase per line, instead of drawn phrases.")
  var phraseList: String?

  func validate() throws {
    for value in rate where !(value > 0 && value.isFinite) { throw ValidationError("--rate \(value): must be above 0") }
    for text in kind where BackgroundKind(text) == nil { throw ValidationError(KindOptions.refusal(of: text)) }
    if phrasesCount < 1 { throw ValidationError("--phrases-count \(phrasesCount): must be at least 1") }
  }
}

extension EvaluateCommand {
  func runAdvice(
    _ material: Material, _ scorer: any AcousticScorer
  ) throws -> AdviceReport {
    var options = AdviceOptions()
    if !advice.rate.isEmpty { options.ratesPerHour = advice.rate }
    options.phraseCount = advice.phrasesCount
    options.seed = seed
    if let hours { options.longestHours = hours }
    options.conditions = ratios.map { ratio in Double(ratio).map { .noise(decibels: $0) } ?? .quiet }
    options.rooms = try place.load()
    if options.rooms != nil { options.conditions.append(.room) }
    if !advice.kind.isEmpty { options.kinds = advice.kind.compactMap { BackgroundKind($0) } }
    if let list = advice.phraseList {
      guard let text = try? String(contentsOfFile: list, encoding: .utf8) else {
        throw FileProblem("\(list): cannot read the file")
      }
      options.texts = text.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
    }
    let noiseCorpora = try prepared(noise)
    let background = try backgroundFile(material.evaluated)
    var bars = ProgressLines()
    return try withExtendedLifetime(background) {
      try AdviceProtocol.run(
        background: background.speech, measured: material.corpora, noise: noiseCorpora, model: material.evaluated,
        scorer: scorer, options: options
      ) { bars.update($0, $1, of: $2) }
    }
  }

  /// The conditions of a device at home: each --snr near the microphone, and speech without noise across the room at
  /// each --distance.
  func homeConditions() throws -> [StreamCondition] {
    var conditions = ratios.map { StreamCondition(signalToNoiseDecibels: Double($0)) }
    if let responses = try place.load() {
      conditions += place.distances(in: responses).map {
        StreamCondition(rooms: responses, distance: $0)
      }
    }
    return conditions
  }

  /// Reads the file of --background.
  func backgroundFile(_ evaluated: EvaluatedModel) throws -> BackgroundFile {
    guard let path = advice.background else {
      throw ValidationError("pass --background, a background file of the model; create it with cooee-train background")
    }
    return try BackgroundFile(path: path, model: evaluated)
  }
}

/// A progress line per kind of work, created at its first update.
struct ProgressLines {
  private var lines: [String: ProgressLine] = [:]

  mutating func update(_ label: String, _ done: Int, of total: Int) {
    if lines[label] == nil { lines[label] = ProgressLine(label) }
    lines[label]!.update(done, of: total)
  }
}
