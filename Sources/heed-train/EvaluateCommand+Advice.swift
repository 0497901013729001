import ArgumentParser
import Evaluation
import Foundation
import TextEnrollment
import Training

/// Options of `heed-train evaluate --protocol advice`.
struct AdviceEvaluationOptions: ParsableArguments {
  @Option(help: "Advice: the background file (.heed) that thresholds come from.")
  var background: String?

  @Option(parsing: .upToNextOption, help: "Advice: false alarms an hour that thresholds are set for; may be several.")
  var rate: [Double] = [0.1, 0.5, 1]

  @Option(help: "Advice: how many phrases to draw.")
  var phrasesCount = 200

  @Option(
    help: ArgumentHelp(
      "Advice: measure across rooms too, heard through the dev responses of this folder (rooms.tsv).",
      valueName: "folder"))
  var adviceRooms: String?

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "Advice: kinds of speech, in the order of the background's mix, with how their corpora's names begin.",
      valueName: "name=share:corpus,…"))
  var kind: [String] = []

  @Option(help: "Advice: a file with a phrase a line, in place of drawn ones.")
  var phraseList: String?

  func validate() throws {
    for value in rate where !(value > 0 && value.isFinite) { throw ValidationError("--rate \(value): above 0") }
    for text in kind where BackgroundKind(text) == nil { throw ValidationError(KindOptions.refusal(of: text)) }
    if phrasesCount < 1 { throw ValidationError("--phrases-count \(phrasesCount): at least 1") }
  }
}

extension EvaluateCommand {
  func runAdvice(
    _ evaluated: EvaluatedModel, _ corpora: [PreparedCorpus], _ scorer: any AcousticScorer
  ) throws -> AdviceReport {
    guard let path = advice.background else {
      throw ValidationError("--protocol advice needs --background; heed-train background makes one")
    }
    guard let data = FileManager.default.contents(atPath: path) else {
      throw ValidationError("\(path): cannot be read")
    }
    var options = AdviceOptions()
    options.ratesPerHour = advice.rate
    options.phraseCount = advice.phrasesCount
    options.seed = seed
    if let hours { options.longestHours = hours }
    if !noise.isEmpty {
      options.conditions = snr.map { ratio in Double(ratio).map { .noise(decibels: $0) } ?? .quiet }
    }
    if let folder = advice.adviceRooms {
      options.rooms = try RoomResponses(folder: folder, split: "dev")
      options.conditions.append(.room)
    }
    if !advice.kind.isEmpty { options.kinds = advice.kind.compactMap { BackgroundKind($0) } }
    if let list = advice.phraseList {
      guard let text = try? String(contentsOfFile: list, encoding: .utf8) else {
        throw ValidationError("\(list): cannot be read")
      }
      options.texts = text.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
    }
    let noiseCorpora = try noise.map { try PreparedCorpus(path: $0) }
    // The reader borrows the bytes.
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: max(data.count, 1), alignment: 64)
    defer { memory.deallocate() }
    data.copyBytes(to: memory)
    let speech = try BackgroundSpeech(UnsafeRawBufferPointer(rebasing: memory[..<data.count]))
    var bars: [String: ProgressLine] = [:]
    return try AdviceProtocol.run(
      background: speech, measured: corpora, noise: noiseCorpora, model: evaluated, scorer: scorer, options: options
    ) { label, done, total in
      if bars[label] == nil { bars[label] = ProgressLine(label) }
      bars[label]!.update(done, of: total)
    }
  }
}
