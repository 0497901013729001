import ArgumentParser
import Evaluation
import Foundation
import Training

struct AlignCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "align",
    abstract: "Align each word and phone of a corpus with the audio.",
    discussion: """
      Aligns the text of every utterance with the posteriors of the model, using the pronunciations that fit best. The output \
      is a table with utterance, tier (word or phone), start, end and label, in seconds and ARPAbet.

      With --reference, compares the word boundaries with another alignment of the same utterances.

      Examples:
        cooee-train align --model cooee.cooee --language english.cooee --corpus dev.cooeecorpus --output alignments.tsv
        cooee-train align --model cooee.cooee --language english.cooee --corpus aligned.cooeecorpus --output found.tsv \\
          --reference librispeech-aligned/alignments.tsv

      Exit status: 0 the table was written, 1 it was not, 64 the command line is wrong.
      """)

  @Option(help: "Model file (.cooee).")
  var model: String

  @Option(help: "Language file (.cooee).")
  var language: String

  @Option(parsing: .upToNextOption, help: "Prepared corpora. You can repeat the option.")
  var corpus: [String]

  @Option(help: "Table to write.")
  var output: String

  @Option(help: "Reference alignment to compare with.")
  var reference: String?

  @OptionGroup var boundaries: BoundaryOptions

  @Flag(help: "Print the comparison as JSON.")
  var json = false

  func run() throws {
    let evaluated = try EvaluatedModel(modelPath: model, languagePath: language)
    let corpora = try corpus.map { try PreparedCorpus(path: $0) }
    let expected = try reference.map { try AlignmentFile.read(path: $0) }
    let bar = ProgressLine("utterances")
    let result = CorpusAlignment(
      corpora: corpora, model: evaluated, scorer: Int8Scorer(evaluated.model),
      aligner: ForcedAligner(configuration: boundaries.configuration)
    ) { done, total in bar.update(done, of: total) }
    try AlignmentFile.text(result.utterances).replaceFile(at: output)
    let poor = result.meanLogLikelihoodRatios.count { $0 < -3 }
    Console.say("\(output): \(result.utterances.count) utterances; text and recording match poorly in \(poor) of them")
    if result.unpronounceableCount > 0 {
      Console.say("skipped \(result.unpronounceableCount) utterances with a word without pronunciation")
    }
    if result.tooShortCount > 0 { Console.say("skipped \(result.tooShortCount) too short for their text") }
    guard let expected else { return }
    let comparison = AlignmentComparison(found: result.utterances, reference: expected)
    print(json ? try encodedJSON(comparison) : comparison.markdown)
  }
}

/// Command-line options for the constants of ``ForcedAligner``.
struct BoundaryOptions: ParsableArguments {
  @Option(help: "Nats subtracted from the log posterior of the blank in the search.")
  var blankPenalty: Float = ForcedAligner.Configuration().blankPenalty

  @Option(help: "Share of a short gap between words that is assigned to the earlier word, 0…1.")
  var wordGapShare: Double = ForcedAligner.Configuration().wordGapShare

  @Option(help: "Longest gap between words that is not silence, in frames of 40 ms.")
  var longestBridgedGap: Int = ForcedAligner.Configuration().longestBridgedGapFrames

  @Option(help: "Frames of a word after its last spike, if silence follows.")
  var tail: Double = ForcedAligner.Configuration().tailFrames

  @Option(help: "Frames of a word before its first spike, if silence precedes it.")
  var lead: Double = ForcedAligner.Configuration().leadFrames

  @Option(help: "Milliseconds added to all times.")
  var offset: Double = ForcedAligner.Configuration().offsetSeconds * 1_000

  func validate() throws {
    guard (0...1).contains(wordGapShare) else { throw ValidationError("--word-gap-share \(wordGapShare): must be 0…1") }
    guard tail >= 0, lead >= 0, tail + lead <= Double(longestBridgedGap + 1) else {
      throw ValidationError("--tail and --lead: must be at least 0, and their sum at most --longest-bridged-gap plus 1")
    }
  }

  var configuration: ForcedAligner.Configuration {
    var configuration = ForcedAligner.Configuration()
    configuration.blankPenalty = blankPenalty
    configuration.wordGapShare = wordGapShare
    configuration.longestBridgedGapFrames = longestBridgedGap
    configuration.tailFrames = tail
    configuration.leadFrames = lead
    configuration.offsetSeconds = offset / 1_000
    return configuration
  }
}

/// Pretty-printed JSON with sorted keys.
func encodedJSON(_ value: some Encodable) throws -> String {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
  return String(decoding: try encoder.encode(value), as: UTF8.self)
}
