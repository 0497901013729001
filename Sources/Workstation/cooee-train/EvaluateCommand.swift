import ArgumentParser
import Evaluation
import Foundation
import Training

struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Evaluate a model with one of eight protocols.",
    discussion: """
      pairs     Typed phrases of 1-4 words against clips cut out of the corpus: equal error rate, area under the curve, average \
      precision, true positive rate at 1 % false positives, and retrieval and distance between audio and text, each with a \
      95 % interval. Clips are cut at --alignments or at the model's own alignment. Compare models on the same table only.
      stream    The phrases of --phrases in the running speech of --corpus with --noise: miss rate at a rate of false alarms \
      per hour, latency, events per utterance, and the worst errors. With --rooms, talkers are in rooms at each --distance, \
      and noise comes from another position in the room.
      quiet     The phrases of --phrases after digital silence, white and pink noise, recorded noise and the recording's own \
      background, at levels from -45 to -10 dBFS and after louder and softer talkers. The reference is the same recordings in \
      the running speech of --corpus at the same --thresholds.
      offsets   The change of a phrase's score if its stream begins 0 to 39 ms later.
      delivered Misses and false alarms at the thresholds that enrollment sets from --background: in running speech and \
      after quiet, with --rooms also across the room, with and without a command right after the phrase. The first table of a \
      model card.
      words     The most frequent words of --corpus with at least two syllables and six phonemes, in fluent speech: the share \
      of utterances with the word in which it is found, at a rate of false alarms per hour. An utterance counts once.
      phonemes  Phoneme error rate of greedy decoding.
      advice    Requested false alarms an hour, with thresholds from --background, against those counted in the running \
      speech of --corpus, for drawn phrases that do not occur in it, over all phrases and phrase by phrase.

      If prepared corpora have more than one group of speakers, results are also reported by group. A group is the column \
      group of the manifest, or else the corpus. A pair belongs to the group of its anchor's own recording.

      To listen to the errors of a stream, use --clips DIR. It writes the --worst misses and as many false alarms of each \
      --snr, from a second before the error to a second after, as 10dB-miss-01-hey-computer-1234.5s.wav: 16 kHz mono as the \
      model processed it. The name contains noise, kind, rank, phrase and the first second of the clip on the stream. A miss is \
      a phrase that is not found at 0.5 false alarms an hour.

      Prepare corpora with --split dev, which excludes noise clips that are used in training. The same seed draws the same \
      pairs and the same stream.

      Examples:
        cooee-train evaluate --protocol pairs --model models/base.cooee --language models/english.cooee --corpus dev.cooeecorpus \\
          --alignments dev.tsv --list pairs.tsv
        cooee-train evaluate --protocol stream --model models/base.cooee --language models/english.cooee --corpus dev.cooeecorpus \\
          --phrases wake.cooeecorpus --noise noise.cooeecorpus --snr 10 --snr clean --misses misses.tsv --clips errors
        cooee-train evaluate --protocol stream … --snr clean --rooms rooms --distance far
        cooee-train evaluate --protocol quiet --model models/base.cooee --language models/english.cooee --corpus dev.cooeecorpus \\
          --phrases wake.cooeecorpus --noise noise.cooeecorpus --thresholds delivered --background models/base-background.cooee
        cooee-train evaluate --protocol stream … --checkpoint base.checkpoint --compare-float --report stream-report
        cooee-train evaluate --protocol phonemes --model models/base.cooee --language models/english.cooee --corpus dev.cooeecorpus --json

      Exit status: 0 the results were printed, 1 the evaluation failed, 64 wrong usage.
      """)

  enum EvaluationProtocol: String, ExpressibleByArgument, CaseIterable {
    case pairs, stream, quiet, offsets, delivered, words, phonemes, advice
  }

  @Option(
    name: .customLong("protocol"),
    help: "Protocol: pairs, stream, quiet, offsets, delivered, words, phonemes or advice.")
  var evaluationProtocol: EvaluationProtocol

  @Option(help: "Model file (.cooee).")
  var model: String

  @Option(help: "Language file (.cooee).")
  var language: String

  @Option(parsing: .upToNextOption, help: "Prepared corpora of speech. For a stream, its background.")
  var corpus: [String]

  @Option(help: "Random seed.")
  var seed: UInt64 = 1

  @Flag(help: "Print JSON instead of Markdown.")
  var json = false

  @Option(help: "Also write the JSON to this file.")
  var output: String?

  @Option(help: "Pairs: table of word times, written by cooee-train align.")
  var alignments: String?

  @Option(help: "Checkpoint that the model was exported from. Scores its float network instead of the engine.")
  var checkpoint: String?

  @Flag(help: "Evaluate both the float network of --checkpoint and the engine, and print the differences.")
  var compareFloat = false

  @Option(help: "Pairs: anchors per word count.")
  var anchors = 250

  @Option(help: "Words: number of words.")
  var wordsCount = 20

  @Option(
    help:
      "Write to this file: the pairs and their scores (log odds), the decoded phonemes, or (advice) the rates of each phrase."
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
      "Signal-to-noise ratios in dB, or clean. You can repeat it. Default: stream 10; advice, delivered clean 10."
  )
  var snr: [String] = []

  @Option(
    help:
      "Maximum number of recordings per phrase (default: 100; after quiet, and for offsets: 20).")
  var occurrences: Int?

  @Option(
    help: "Stream: pauses around each phrase, only before it (a command follows immediately), or none.")
  var pauses = PhrasePauses.around

  @Option(help: "Maximum number of hours of --corpus (default: all).")
  var hours: Double?

  @Option(help: "Stream: write every operating point to this file.")
  var det: String?

  @Option(help: "Stream: write the best false alarms of each phrase, with speaker and text, to this file.")
  var alarms: String?

  @Option(help: "Stream: write every miss at 0.5 false alarms an hour to this file, worst first.")
  var misses: String?

  @Option(help: "Stream: number of misses and false alarms in the report and in --clips.")
  var worst = 10

  @Option(help: "Stream: write sound clips of the worst misses and false alarms to this folder.")
  var clips: String?

  @Option(help: "Stream: write a page with curves and tables to this folder.")
  var report: String?

  @OptionGroup var advice: AdviceEvaluationOptions
  @OptionGroup var quiet: QuietEvaluationOptions
  @OptionGroup var place: StreamPlaceOptions

  func validate() throws {
    for value in snr where value != "clean" && Double(value)?.isFinite != true {
      throw ValidationError("--snr \(value): must be decibels or clean")
    }
    if anchors < 1 { throw ValidationError("--anchors \(anchors): must be at least 1") }
    if wordsCount < 1 { throw ValidationError("--words-count \(wordsCount): must be at least 1") }
    if let occurrences, occurrences < 1 { throw ValidationError("--occurrences \(occurrences): must be at least 1") }
    let fewest = DeliveredOptions().occurrencesForMean
    if evaluationProtocol == .delivered, let occurrences, occurrences < fewest {
      throw ValidationError(
        "--occurrences \(occurrences): --protocol delivered takes its means over phrases that are heard \(fewest) times or more"
      )
    }
    if worst < 0 { throw ValidationError("--worst \(worst): must be at least 0") }
    if compareFloat, checkpoint == nil {
      throw ValidationError("--compare-float needs --checkpoint, the network behind the model")
    }
    if [.quiet, .offsets, .delivered].contains(evaluationProtocol) { try validatePhraseHearing() }
    if [.delivered, .advice].contains(evaluationProtocol), noise.isEmpty, ratios.contains(where: { $0 != "clean" }) {
      throw ValidationError("--protocol \(evaluationProtocol.rawValue) needs --noise, or --snr clean")
    }
    guard evaluationProtocol == .stream else { return }
    if let twice = snr.first(where: { value in snr.count { $0 == value } > 1 }) {
      throw ValidationError("--snr \(twice) is repeated")
    }
    if phrases.isEmpty { throw ValidationError("--protocol stream needs --phrases") }
    if noise.isEmpty, ratios != ["clean"] {
      throw ValidationError("--protocol stream needs --noise, or --snr clean")
    }
  }

  /// The JSON output: what was measured, and one of the reports.
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

  /// The material that both scorers of a comparison share.
  struct Material {
    var evaluated: EvaluatedModel
    var corpora: [PreparedCorpus]
    /// Word times for the pairs; nil until they are read or computed.
    var alignments: [AlignedUtterance]?
  }

  /// The ratios of --snr, or the protocol's defaults.
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
    print(json ? encoded : markdown)
    if let output { try (encoded + "\n").replaceFile(at: output) }
  }

  /// Runs the protocol with one scorer.
  ///
  /// - Parameter writesFiles: whether to write the files named by the options.
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
