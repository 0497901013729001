import ArgumentParser
import Evaluation
import Foundation
import TextEnrollment
import Training

/// Options of `heed-train evaluate --protocol advice`.
struct AdviceEvaluationOptions: ParsableArguments {
  @Option(help: "Advice, --thresholds delivered: the background file (.heed) that thresholds come from.")
  var background: String?

  @Option(
    parsing: .upToNextOption,
    help:
      "False alarms an hour that thresholds are set for. Advice: may be several (default: 5). Quiet: one (default: 0.5)."
  )
  var rate: [Double] = []

  @Option(help: "Advice: how many phrases to draw.")
  var phrasesCount = 50

  @Option(help: "Advice: a file with a phrase a line, in place of drawn ones.")
  var phraseList: String?

  func validate() throws {
    for value in rate where !(value > 0 && value.isFinite) { throw ValidationError("--rate \(value): above 0") }
    if phrasesCount < 1 { throw ValidationError("--phrases-count \(phrasesCount): at least 1") }
  }
}

extension EvaluateCommand {
  func runAdvice(
    _ evaluated: EvaluatedModel, _ corpora: [PreparedCorpus], _ scorer: any AcousticScorer
  ) throws -> AdviceReport {
    var options = AdviceOptions()
    if !advice.rate.isEmpty { options.ratesPerHour = advice.rate }
    options.phraseCount = advice.phrasesCount
    options.seed = seed
    if let hours { options.longestHours = hours }
    if !noise.isEmpty { options.conditions = snr.map { Double($0) } }
    if let list = advice.phraseList {
      guard let text = try? String(contentsOfFile: list, encoding: .utf8) else {
        throw ValidationError("\(list): cannot be read")
      }
      options.texts = text.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
    }
    let noiseCorpora = try noise.map { try PreparedCorpus(path: $0) }
    let background = try backgroundFile(evaluated)
    var bars = ProgressLines()
    return try AdviceProtocol.run(
      background: background.speech, measured: corpora, noise: noiseCorpora, model: evaluated, scorer: scorer,
      options: options
    ) { bars.update($0, $1, of: $2) }
  }

  /// The file of --background.
  func backgroundFile(_ evaluated: EvaluatedModel) throws -> BackgroundFile {
    guard let path = advice.background else {
      throw ValidationError("give --background, a background file of the model; heed-train background makes one")
    }
    return try BackgroundFile(path: path, model: evaluated)
  }
}

/// A progress line for each kind of work, made when it is first told of.
struct ProgressLines {
  private var lines: [String: ProgressLine] = [:]

  mutating func update(_ label: String, _ done: Int, of total: Int) {
    if lines[label] == nil { lines[label] = ProgressLine(label) }
    lines[label]!.update(done, of: total)
  }
}
