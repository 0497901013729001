import ArgumentParser
import Evaluation
import Foundation
import Training

struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Measure a model on pairs, on a stream, after quiet, or by its words and phonemes.",
    discussion: """
      pairs     Typed phrases of 1-4 words against clips cut out of the corpus: equal error rate, area under the curve, \
      average precision, true positives at 1 % false positives; retrieval and distance between audio and text; all with 95 % \
      intervals. Cut at --alignments, or at the model's own alignment; compare models on one table only.
      stream    The phrases of --phrases, said in the running speech of --corpus under --noise: miss rate at false \
      alarms per hour, latency, how often an utterance gives one event alone, and the worst errors. With --rooms talkers are \
      in rooms, at each --distance, and noise comes from another place there.
      quiet     The phrases of --phrases after so long of digital silence, white and pink noise, recorded rooms and the \
      recording's own floor, at levels from -45 to -10 dBFS and after louder and softer talkers, against the same recordings in \
      the running speech of --corpus at the same --thresholds.
      offsets   How much the score of a phrase changes where its stream begins 0 to 39 ms later.
      delivered What a user gets: misses and false alarms at the thresholds that enrollment sets from --background, in running \
      speech, with --rooms across the room, after quiet, with and without a command right after the phrase. The first table of a \
      model's card.
      words     The commonest words of --corpus, of at least two syllables and six phonemes, said in fluent speech: how many of the \
      utterances that say them are found, at false alarms per hour; an utterance counts once.
      phonemes  Phoneme error rate of greedy decoding.
      advice    False alarms an hour that enrollment is asked for, with thresholds from --background, against those counted in the \
      running speech of --corpus, for drawn phrases that are not said there, all phrases together; and what it predicts phrase by \
      phrase.

      Results are broken down by groups of speakers too, where prepared corpora have more than one: the manifests' column \
      group, or else the corpora. A pair belongs to the group of its anchor's own recording.

      To listen to a stream's errors, --clips DIR writes the --worst misses and as many false alarms of each --snr, from a \
      second before to a second after, as 10dB-miss-01-hey-computer-1234.5s.wav: 16 kHz mono as the model heard it, named by \
      noise, kind, rank, phrase and the clip's first second on the stream. A miss of a phrase is what is not found at 0.5 \
      false alarms an hour.

      Prepare corpora with --split dev: noise clips that training hears are not in them. The same seed draws the same \
      pairs and the same stream.

      Examples:
        heed-train evaluate --protocol pairs --model heed.heed --language english.heed --corpus dev.heedcorpus \\
          --alignments dev.tsv --list pairs.tsv
        heed-train evaluate --protocol stream --model heed.heed --language english.heed --corpus dev.heedcorpus \\
          --phrases wake.heedcorpus --noise noise.heedcorpus --snr 10 --snr clean --misses misses.tsv --clips errors
        heed-train evaluate --protocol stream … --snr clean --rooms shared/rooms --distance far
        heed-train evaluate --protocol quiet --model heed.heed --language english.heed --corpus dev.heedcorpus \\
          --phrases wake.heedcorpus --noise noise.heedcorpus --thresholds delivered --background background.heed
        heed-train evaluate --protocol stream … --checkpoint base.checkpoint --compare-float --report stream-report
        heed-train evaluate --protocol phonemes --model heed.heed --language english.heed --corpus dev.heedcorpus --json

      Exit codes: 0 the results were printed, 1 they could not be made, 64 the command line is wrong.
      """)

  enum EvaluationProtocol: String, ExpressibleByArgument, CaseIterable {
    case pairs, stream, quiet, offsets, delivered, words, phonemes, advice
  }

  @Option(
    name: .customLong("protocol"),
    help: "pairs, stream, quiet, offsets, delivered, words, phonemes or advice.")
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

  @Flag(help: "Measure twice, with the float network of --checkpoint and with the engine, and print the differences.")
  var compareFloat = false

  @Option(help: "Pairs: anchors per word count.")
  var anchors = 250

  @Option(help: "Words: how many of them.")
  var wordsCount = 20

  @Option(
    help:
      "Pairs: write the pairs and their scores (log odds) to this file. Phonemes: what was decoded. Advice: each phrase's rates."
  )
  var list: String?

  @Option(
    parsing: .upToNextOption,
    help: "Stream, quiet, offsets, delivered: prepared corpora whose texts are the phrases.")
  var phrases: [String] = []

  @Option(
    parsing: .upToNextOption, help: "Stream, quiet, delivered, advice: prepared corpora of noise.")
  var noise: [String] = []

  @Option(
    parsing: .upToNextOption,
    help:
      "Decibels of speech over noise, or clean; may be repeated. Stream (default: 10); advice, delivered (default: clean 10)."
  )
  var snr: [String] = []

  @Option(
    help:
      "At most this many recordings of a phrase (default: 100; after quiet, and for offsets: 20).")
  var occurrences: Int?

  @Option(
    help: "Stream: where nothing is said around a phrase: around it, before it (a command follows at once), or none.")
  var pauses = PhrasePauses.around

  @Option(help: "At most this many hours of --corpus (default: all).")
  var hours: Double?

  @Option(help: "Stream: write every operating point to this file.")
  var det: String?

  @Option(help: "Stream: write each phrase's best false alarms, and who said what there, to this file.")
  var alarms: String?

  @Option(help: "Stream: write every miss at 0.5 false alarms an hour to this file, the worst first.")
  var misses: String?

  @Option(help: "Stream: how many misses and false alarms are listed, and written by --clips.")
  var worst = 10

  @Option(help: "Stream: write sound clips of the worst misses and false alarms into this folder.")
  var clips: String?

  @Option(help: "Stream: write a page with curves and tables into this folder.")
  var report: String?

  @OptionGroup var advice: AdviceEvaluationOptions
  @OptionGroup var quiet: QuietEvaluationOptions
  @OptionGroup var place: StreamPlaceOptions

  func validate() throws {
    for value in snr where value != "clean" && Double(value) == nil {
      throw ValidationError("--snr \(value): decibels or clean")
    }
    if anchors < 1 { throw ValidationError("--anchors \(anchors): at least 1") }
    if wordsCount < 1 { throw ValidationError("--words-count \(wordsCount): at least 1") }
    if let occurrences, occurrences < 1 { throw ValidationError("--occurrences \(occurrences): at least 1") }
    if worst < 0 { throw ValidationError("--worst \(worst): at least 0") }
    if compareFloat, checkpoint == nil {
      throw ValidationError("--compare-float needs --checkpoint, the network that the model was exported from")
    }
    if [.quiet, .offsets, .delivered].contains(evaluationProtocol) { try validatePhraseHearing() }
    guard evaluationProtocol == .stream else { return }
    if let twice = snr.first(where: { value in snr.count { $0 == value } > 1 }) {
      throw ValidationError("--snr \(twice) is given twice")
    }
    if phrases.isEmpty { throw ValidationError("--protocol stream needs --phrases") }
    if noise.isEmpty, ratios != ["clean"] {
      throw ValidationError("--protocol stream needs --noise, or --snr clean")
    }
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
    var words: WordReport?
    var phonemes: PhonemeReport?
    var streams: [StreamReport]?
    var quiet: QuietReport?
    var offsets: OffsetReport?
    var delivered: DeliveredReport?
    var floatComparison: FloatComparison?
    var advice: AdviceReport?
  }

  /// What is the same for both scorers of a comparison.
  struct Material {
    var evaluated: EvaluatedModel
    var corpora: [PreparedCorpus]
    /// Word times for the pairs, once they are known.
    var alignments: [AlignedUtterance]?
  }

  /// What --snr asks for, or the protocol's own.
  var ratios: [String] {
    if !snr.isEmpty { return snr }
    if evaluationProtocol == .stream { return ["10"] }
    return noise.isEmpty ? ["clean"] : ["clean", "10"]
  }

  func prepared(_ paths: [String]) throws -> [PreparedCorpus] {
    try paths.map { try PreparedCorpus(path: $0) }
  }

  func run() throws {
    let evaluated = try EvaluatedModel(modelPath: model, languagePath: language)
    var material = Material(evaluated: evaluated, corpora: try prepared(corpus))
    let float = try checkpoint.map { try makeFloatScorer(evaluated, checkpoint: $0) }
    let scorer: any AcousticScorer
    if let float, !compareFloat { scorer = float } else { scorer = Int8Scorer(evaluated.model) }
    var result = Output(
      evaluationProtocol: evaluationProtocol.rawValue, model: model,
      modelHash: String(evaluated.model.contentHash, radix: 16), scorer: scorer.name, corpora: corpus, seed: seed)
    var (markdown, metrics) = try measure(&material, scorer, into: &result, writesFiles: true)
    if compareFloat, let float {
      var floatResult = result
      let reference = try measure(&material, float, into: &floatResult, writesFiles: false)
      let comparison = FloatComparison(float: reference.metrics, int8: metrics)
      result.floatComparison = comparison
      markdown += "\n" + comparison.markdown
    }
    let encoded = try encodedJSON(result)
    if let output { try (encoded + "\n").replaceFile(at: output) }
    print(json ? encoded : markdown)
  }

  /// Runs the protocol with one scorer.
  ///
  /// - Parameter writesFiles: whether the files that the options name are written.
  private func measure(
    _ material: inout Material, _ scorer: any AcousticScorer, into result: inout Output, writesFiles: Bool
  ) throws -> (markdown: String, metrics: [ReportedMetric]) {
    switch evaluationProtocol {
    case .pairs:
      let outcome = try runPairs(&material, scorer, writesFiles: writesFiles)
      result.pairs = outcome.report
      result.modalities = outcome.modalities
      return (
        outcome.report.markdown + "\n" + outcome.modalities.markdown,
        outcome.report.metrics + outcome.modalities.metrics
      )
    case .words:
      let report = try runWords(material, scorer)
      result.words = report
      return (report.markdown, report.metrics)
    case .phonemes:
      let report = try runPhonemes(material, scorer, writesFiles: writesFiles)
      result.phonemes = report
      return (report.markdown, report.metrics)
    case .stream:
      let reports = try runStreams(material, scorer, writesFiles: writesFiles)
      result.streams = reports
      let overview = StreamReport.overview(reports)
      let texts = reports.map { $0.markdown(worstCount: worst) } + (overview.isEmpty ? [] : [overview])
      return (texts.joined(separator: "\n"), reports.flatMap(\.metrics))
    case .quiet:
      let report = try runQuiet(material, scorer)
      result.quiet = report
      return (report.markdown, report.metrics)
    case .offsets:
      let report = try runOffsets(material, scorer)
      result.offsets = report
      return (report.markdown, [])
    case .delivered:
      let report = try runDelivered(material, scorer)
      result.delivered = report
      return (report.markdown, report.metrics)
    case .advice:
      let report = try runAdvice(material, scorer)
      result.advice = report
      return (report.markdown, [])
    }
  }

  private func makeFloatScorer(_ evaluated: EvaluatedModel, checkpoint: String) throws -> FloatScorer {
    MatrixProduct.useOneThreadPerCaller()
    let network = try SpottingNetwork(restoring: try Checkpoint(path: checkpoint))
    return FloatScorer(network: network, model: evaluated.model)
  }
}

extension PhrasePauses: ExpressibleByArgument {}
