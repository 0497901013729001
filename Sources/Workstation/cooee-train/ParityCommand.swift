import ArgumentParser
import Evaluation
import Foundation
import Training

struct ParityCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "parity",
    abstract: "Compare a model file with its float network.",
    discussion: """
      Encodes clips with the float network, the simulated int8 encoder and the int8 engine. Reports the phoneme error rate of \
      each, the differences of log posteriors and embeddings, and the accumulated quantization noise at each layer. \
      Simulation and engine must not differ.

      Example:
        cooee-train parity --checkpoint base.checkpoint --model models/base.cooee --corpus dev.cooeecorpus --output parity.json

      Exit status: 0 the report was printed, 1 it could not be made or the simulation and the engine differ, 64 wrong usage.
      """)

  @Option(help: "Checkpoint that the model was exported from.") var checkpoint: String
  @Option(help: "Model file (.cooee).") var model: String
  @Option(help: "Language file (.cooee).") var language = "models/english.cooee"
  @Option(parsing: .upToNextOption, help: "Prepared corpora of speech that was not used in training.") var corpus:
    [String]
  @Option(help: "Maximum number of utterances, spread over the corpora.") var utterances = 300
  @Flag(help: "Print JSON instead of Markdown.") var json = false
  @Option(help: "Also write the JSON to this file.") var output: String?

  func validate() throws {
    if utterances < 1 { throw ValidationError("--utterances \(utterances): must be at least 1") }
  }

  func run() throws {
    MatrixProduct.useOneThreadPerCaller()
    let evaluated = try EvaluatedModel(modelPath: model, languagePath: language)
    let network = try SpottingNetwork(restoring: try Checkpoint(path: checkpoint))
    let bar = ProgressLine("utterances")
    let report = try ParityProtocol.run(
      corpora: try corpus.map { try PreparedCorpus(path: $0) }, model: evaluated, network: network, limit: utterances
    ) { done, total in bar.update(done, of: total) }
    let encoded = try encodedJSON(report)
    if let output { try (encoded + "\n").replaceFile(at: output) }
    print(json ? encoded : report.markdown)
    guard report.differences.last?.maximumAbsoluteDifference == 0 else {
      Console.say("\(model): the engine differs from its simulation; this is a bug, please report it")
      throw ExitCode(1)
    }
  }
}
