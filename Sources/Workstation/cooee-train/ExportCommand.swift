import ArgumentParser
import AudioFrontEnd
import Foundation
import KeywordSpotting
import ModelFormat
import SeededRandom
import TextEnrollment
import Training

struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Quantize a checkpoint and write a model file.",
    discussion: """
      Folds the batch normalizations, equalizes channels, chooses the 8-bit grids from calibration audio of the training \
      corpus, and fits the score heads to utterances of the corpus.

      Example:
        cooee-train export --checkpoint base.checkpoint --corpus train.cooeecorpus --output models/base.cooee

      Exit status: 0 written, 1 a file cannot be used or written (see the message), 64 wrong usage.
      """)

  @Option(help: "Checkpoint to export.") var checkpoint: String
  @Option(help: "Prepared corpus that the checkpoint was trained on.") var corpus: String
  @OptionGroup var heard: RoomOptions
  @Option(help: "Language file with the lexicon.") var language = "models/english.cooee"
  @Option(help: "Model file to write.") var output: String
  @Option(help: "Number of utterances for choosing the 8-bit grids.") var calibrationUtterances = 200
  @Option(help: "Nats subtracted from the logit of the blank, which a CTC network overestimates in noise.")
  var blankPenalty: Float = 0
  @Option(help: "Random seed of the calibration.") var seed: UInt64 = 1

  func validate() throws {
    guard calibrationUtterances > 0 else {
      throw ValidationError("--calibration-utterances \(calibrationUtterances): must be at least 1")
    }
  }

  func run() throws {
    // BLAS threads would spin against the other processes of a busy machine.
    MatrixProduct.useOneThreadPerCaller()
    let state = try Checkpoint(path: checkpoint)
    let language = try LoadedLanguage(path: language)
    let set = try TrainingSet(path: corpus, rooms: heard, language: language)
    guard !set.items.isEmpty else { throw FileProblem("\(corpus): no utterance has a known pronunciation") }
    let network = try SpottingNetwork(restoring: state)
    let exporter = ModelExporter(network: network, initialMeans: set.corpus.initialMeans)
    let provenance = provenance(state, set)
    var contents = exporter.contents(
      calibration: calibration(set), streamHead: HeadCalibration.draftStreamHead,
      pairHead: HeadCalibration.draftPairHead, provenance: provenance)
    contents.blankBias -= blankPenalty
    let draft = try contents.encoded()
    let fitted = try draft.withUnsafeBytes { bytes in
      let model = try AcousticModel(bytes, expectedFeatureContract: FeatureContract.hash)
      let calibration = HeadCalibration(set: set, model: model, language: language.file, seed: seed)
      return calibration.run { Console.say("calibrating: \($0)") }
    }
    guard let fitted else {
      throw FileProblem("\(corpus): its held-out utterances have too few phrases to fit the score heads")
    }
    contents.streamHead = fitted.stream
    contents.pairHead = fitted.pair
    let bytes = try contents.encoded()
    try Data(bytes).replaceFile(at: output)
    Console.say("\(output): \(bytes.count) bytes")
    Console.say(fitted.description)
  }

  /// Features of utterances spread over the corpus, every second one augmented.
  private func calibration(_ set: TrainingSet) -> [Matrix] {
    var generator = SplitMix64(seed: seed)
    var extractor = FeatureExtractor(initialMeans: set.corpus.initialMeans)
    var augmenter = set.augmenter()
    return (0..<calibrationUtterances).map { index in
      let item = set.items[generator.nextIndex(set.items.count)]
      let recording = set.corpus.samples(of: item.utterance)
      let samples = index % 2 == 0 ? Array(recording) : augmenter.augment(recording, using: &generator).samples
      var values: [Float] = []
      extractor.reset()
      samples.withUnsafeBufferPointer { extractor.process($0, appendingTo: &values) }
      return Matrix(rows: values.count / 40, columns: 40, values: values)
    }
  }

  private func provenance(_ state: Checkpoint, _ set: TrainingSet) -> String {
    let corpora = Swift.Set(set.items.map(\.utterance.corpus)).sorted().map { "\"\($0)\"" }.joined(separator: ", ")
    return """
      [training]
      run = '''\(state.header.run)'''
      steps = \(state.header.step)
      hours = \(String(format: "%.1f", state.header.secondsTrained / 3600))
      blank-penalty = \(blankPenalty)
      corpora = [\(corpora)]

      """
  }
}
