import ArgumentParser
import Evaluation
import Foundation
import ModelFormat
import Training

struct PosteriorsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "posteriors",
    abstract: "Write the frame posteriors of a model, from which a smaller one can learn.",
    discussion: """
      Encodes every utterance of the corpus with the int8 engine, as it is, and writes the probability of each phoneme in each \
      frame, 14 MB an hour. `cooee-train train --teacher FOLDER` takes them as targets of the frame loss, cut and stretched as \
      the audio is, while the network hears it in noise and in rooms.

      With --checkpoint, the teacher is the float network of a checkpoint. It need not fit a device: it may be larger and hear \
      seconds of the future. The model then only gives the initial means of the features.

      Examples:
        cooee-train posteriors --model models/base.cooee --corpus train.cooeecorpus --output teacher
        cooee-train posteriors --model models/base.cooee --checkpoint teacher.checkpoint --corpus train.cooeecorpus --output teacher
        cooee-train train --corpus train.cooeecorpus --teacher teacher --recipe tiny.json --checkpoint tiny.checkpoint

      Exit status: 0 written, 1 a file cannot be used or written (see the message), 64 wrong usage.
      """)

  @Option(help: "Model file (.cooee).") var model: String
  @Option(help: "Checkpoint whose float network is the teacher in place of the model.") var checkpoint: String?
  @Option(help: "Language file (.cooee).") var language = "models/english.cooee"
  @Option(help: "Prepared corpus.") var corpus: String
  @Option(help: "Folder to write: teacher.bin and teacher.tsv.") var output: String

  func run() throws {
    let evaluated = try EvaluatedModel(modelPath: model, languagePath: language)
    let corpus = try PreparedCorpus(path: corpus)
    let scorer = try makeScorer(evaluated.model)
    let spoken = corpus.utterances.filter { !$0.isNoise }
    let writer = try TeacherPosteriorsWriter(folder: output)
    let bar = ProgressLine("utterances")
    for (index, utterance) in spoken.enumerated() {
      bar.update(index, of: spoken.count)
      let clip = scorer.encode(clip: corpus.samples(of: utterance))
      guard clip.frameCount > 0 else { continue }
      try writer.append(utterance, logPosteriors: clip.logPosteriors)
    }
    bar.update(spoken.count, of: spoken.count)
    try writer.finish()
    Console.say("\(output): \(spoken.count) utterances")
  }

  private func makeScorer(_ model: AcousticModel) throws -> any AcousticScorer {
    guard let checkpoint else { return Int8Scorer(model) }
    MatrixProduct.useOneThreadPerCaller()
    let network = try SpottingNetwork(restoring: try Checkpoint(path: checkpoint))
    return FloatScorer(network: network, initialMeans: Array(model.initialMeans))
  }
}
