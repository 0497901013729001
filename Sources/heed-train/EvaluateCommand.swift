import ArgumentParser
import Evaluation
import Foundation
import Training

struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Measure a model on pairs, on a stream, or by its phonemes.",
    discussion: """
      pairs     Typed phrases of 1-4 words against clips cut out of the corpus: equal error rate, area under the curve, \
      average precision, true positives at 1 % false positives; retrieval and distance between audio and text; all with 95 % \
      intervals. Cut at --alignments, or at the model's own alignment; compare models on one table only.
      stream    The phrases of --phrases, said in the running speech of --corpus under --noise: miss rate at false \
      alarms per hour, latency.
      phonemes  Phoneme error rate of greedy decoding.
      advice    False alarms an hour that enrollment predicts from --background, against those counted in the running speech of \
      --corpus, for drawn phrases that are not said there.

      Prepare corpora with --split dev: noise clips that training hears are not in them. The same seed draws the same \
      pairs and the same stream.

      Examples:
        heed-train evaluate --protocol pairs --model heed.heed --language english.heed --corpus dev.heedcorpus \\
          --alignments dev.tsv --list pairs.tsv
        heed-train evaluate --protocol stream --model heed.heed --language english.heed --corpus dev.heedcorpus \\
          --phrases wake.heedcorpus --noise noise.heedcorpus --snr 10 --snr clean --det det.tsv
        heed-train evaluate --protocol phonemes --model heed.heed --language english.heed --corpus dev.heedcorpus --json

      Exit codes: 0 the results were printed, 1 they could not be made, 64 the command line is wrong.
      """)

  enum EvaluationProtocol: String, ExpressibleByArgument, CaseIterable { case pairs, stream, phonemes, advice }

  @Option(name: .customLong("protocol"), help: "pairs, stream, phonemes or advice.")
  var evaluationProtocol: EvaluationProtocol

  @Option(help: "The model file (.heed).")
  var model: String

  @Option(help: "The language file (.heed).")
  var language: String

  @Option(parsing: .upToNextOption, help: "Prepared corpora of speech; for a stream, its background.")
  var corpus: [String]

  @Option(help: "Seed of every draw.")
  var seed: UInt64 = 1

  @Flag(help: "Print JSON in place of Markdown.")
  var json = false

  @Option(help: "Also write the JSON to this file.")
  var output: String?

  @Option(help: "Pairs: a table of word times as heed-train align writes it.")
  var alignments: String?

  @Option(help: "Score the float network of the checkpoint that the model was exported from, in place of the engine.")
  var checkpoint: String?

  @Option(help: "Pairs: anchors per word count.")
  var anchors = 250

  @Option(help: "Pairs: write the pairs and their scores (log odds) to this file.")
  var list: String?

  @Option(parsing: .upToNextOption, help: "Stream: prepared corpora whose texts are the phrases.")
  var phrases: [String] = []

  @Option(parsing: .upToNextOption, help: "Stream: prepared corpora of noise.")
  var noise: [String] = []

  @Option(parsing: .upToNextOption, help: "Stream: decibels of speech over noise, or clean; may be repeated.")
  var snr: [String] = ["10"]

  @Option(help: "Stream: at most this many recordings of a phrase.")
  var occurrences = 100

  @Option(help: "Stream: at most this many hours of background (default: all).")
  var hours: Double?

  @Option(help: "Stream: write every operating point to this file.")
  var det: String?

  @Option(help: "Stream: write each phrase's best false alarms, and what was said there, to this file.")
  var alarms: String?

  @OptionGroup var advice: AdviceEvaluationOptions

  func validate() throws {
    for value in snr where value != "clean" && Double(value) == nil {
      throw ValidationError("--snr \(value): decibels or clean")
    }
    if anchors < 1 { throw ValidationError("--anchors \(anchors): at least 1") }
    if occurrences < 1 { throw ValidationError("--occurrences \(occurrences): at least 1") }
    guard evaluationProtocol == .stream else { return }
    if phrases.isEmpty { throw ValidationError("--protocol stream needs --phrases") }
    if noise.isEmpty, snr != ["clean"] { throw ValidationError("--protocol stream needs --noise, or --snr clean") }
  }

  /// What the JSON holds: what was measured, and one of the reports.
  private struct Output: Encodable {
    var evaluationProtocol: String
    var model: String
    /// FNV-1a-64 of the model file, hexadecimal.
    var modelHash: String
    var scorer: String
    var corpora: [String]
    var seed: UInt64
    var pairs: PairReport?
    var modalities: ModalityReport?
    var phonemes: PhonemeReport?
    var streams: [StreamReport]?
    var advice: AdviceReport?
  }

  private func makeScorer(_ evaluated: EvaluatedModel) throws -> any AcousticScorer {
    guard let checkpoint else { return Int8Scorer(evaluated.model) }
    MatrixProduct.useOneThreadPerCaller()
    let network = try SpottingNetwork(restoring: try Checkpoint(path: checkpoint))
    return FloatScorer(network: network, model: evaluated.model)
  }

  func run() throws {
    let evaluated = try EvaluatedModel(modelPath: model, languagePath: language)
    let corpora = try corpus.map { try PreparedCorpus(path: $0) }
    let scorer = try makeScorer(evaluated)
    var result = Output(
      evaluationProtocol: evaluationProtocol.rawValue, model: model,
      modelHash: String(evaluated.model.contentHash, radix: 16), scorer: scorer.name, corpora: corpus, seed: seed)
    let markdown: String
    switch evaluationProtocol {
    case .pairs:
      let outcome = try runPairs(evaluated, corpora, scorer)
      result.pairs = outcome.report
      result.modalities = outcome.modalities
      markdown = outcome.report.markdown + "\n" + outcome.modalities.markdown
    case .phonemes:
      let bar = ProgressLine("utterances")
      let report = try PhonemeProtocol.run(
        corpora: corpora, model: evaluated, scorer: scorer, bootstrap: Bootstrap(seed: seed)
      ) { done, total in bar.update(done, of: total) }
      result.phonemes = report
      markdown = report.markdown
    case .stream:
      let reports = try runStreams(evaluated, corpora, scorer)
      result.streams = reports
      markdown = reports.map(\.markdown).joined(separator: "\n")
    case .advice:
      let report = try runAdvice(evaluated, corpora, scorer)
      result.advice = report
      markdown = report.markdown
    }
    let encoded = try encodedJSON(result)
    if let output { try (encoded + "\n").write(toFile: output, atomically: true, encoding: .utf8) }
    print(json ? encoded : markdown)
  }

  private func runPairs(
    _ evaluated: EvaluatedModel, _ corpora: [PreparedCorpus], _ scorer: any AcousticScorer
  ) throws -> PairProtocol.Outcome {
    let table: [AlignedUtterance]
    if let alignments {
      table = try AlignmentFile.read(path: alignments)
    } else {
      let bar = ProgressLine("utterances aligned")
      table =
        CorpusAlignment(corpora: corpora, model: evaluated, scorer: scorer) { done, total in
          bar.update(done, of: total)
        }.utterances
    }
    var options = PairList.Options()
    options.anchorsPerWordCount = anchors
    options.seed = seed
    let bar = ProgressLine("clips")
    let outcome = try PairProtocol.run(
      corpora: corpora, alignments: table, model: evaluated, scorer: scorer, options: options,
      bootstrap: Bootstrap(resampleCount: 400, seed: seed)
    ) { done, total in bar.update(done, of: total) }
    if let list {
      try outcome.list.table(ids: outcome.utteranceIDs, scores: outcome.scores)
        .write(toFile: list, atomically: true, encoding: .utf8)
    }
    return outcome
  }

  private func runStreams(
    _ evaluated: EvaluatedModel, _ corpora: [PreparedCorpus], _ scorer: any AcousticScorer
  ) throws -> [StreamReport] {
    let phraseCorpora = try phrases.map { try PreparedCorpus(path: $0) }
    let noiseCorpora = try noise.map { try PreparedCorpus(path: $0) }
    var reports: [StreamReport] = []
    var table = ""
    var alarmTable = ""
    func extend(_ table: inout String, with part: String, _ ratio: String) {
      for (number, line) in part.split(separator: "\n").enumerated() {
        if number > 0 { table += "\(ratio)\t\(line)\n" } else if table.isEmpty { table = "snr\t\(line)\n" }
      }
    }
    for ratio in snr {
      var options = StreamOptions()
      options.signalToNoiseDecibels = Double(ratio)
      options.occurrencesPerPhrase = occurrences
      options.seed = seed
      if let hours { options.longestBackgroundHours = hours }
      let bar = ProgressLine("seconds of the stream (\(ratio == "clean" ? ratio : ratio + " dB"))")
      let report = try StreamProtocol.run(
        background: corpora, phrases: phraseCorpora, noise: noiseCorpora, model: evaluated, scorer: scorer,
        options: options, bootstrap: Bootstrap(seed: seed)
      ) { done, total in bar.update(done, of: total) }
      reports.append(report)
      extend(&table, with: report.detectionErrorTradeoffTable, ratio)
      extend(&alarmTable, with: report.falseAlarmTable, ratio)
    }
    if let det { try table.write(toFile: det, atomically: true, encoding: .utf8) }
    if let alarms { try alarmTable.write(toFile: alarms, atomically: true, encoding: .utf8) }
    return reports
  }
}
