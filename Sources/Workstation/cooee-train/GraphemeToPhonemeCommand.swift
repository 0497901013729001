import ArgumentParser
import Foundation
import ModelFormat
import TextEnrollment
import Training

struct GraphemeToPhonemeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "g2p",
    abstract: "Train the model that predicts the pronunciation of unknown words.",
    discussion: """
      A hash of the word selects a tenth of the dictionary, which is held out and scored, and a fiftieth for `cooee-train \
      guesses`. The model is trained on the others and added to the language file that `cooee-train lexicon` wrote. To resume an interrupted run from its checkpoint, start it again with \
      the same options.

      Example:
        cooee-train g2p --cmudict cmudict.dict --language models/english.cooee
      """)

  @Option(help: "CMUdict in text form.")
  var cmudict: String

  @Option(help: "Language file to add the model to.")
  var language: String

  @Option(help: "File for the state of the run (default: the name of the language file with .g2p.checkpoint appended).")
  var checkpoint: String?

  @Option(help: "Passes over the dictionary.")
  var epochs = GraphemeToPhonemeTrainer.Schedule().epochCount

  @Option(help: "Write the model and stop after this many epochs in total. The checkpoint is kept.")
  var stopAfter: Int?

  @Option(help: "Words per step.")
  var batchSize = GraphemeToPhonemeTrainer.Schedule().batchSize

  @Option(help: "Peak learning rate.")
  var learningRate = GraphemeToPhonemeTrainer.Schedule().peakLearningRate

  @Option(help: "Units per direction of a recurrent layer.")
  var hiddenUnits = GraphemeToPhonemeConfiguration().hiddenUnits

  @Option(help: "Number of recurrent layers.")
  var layers = GraphemeToPhonemeConfiguration().layerCount

  @Option(help: "Dimension of the letter embeddings.")
  var embedding = GraphemeToPhonemeConfiguration().embeddingDimension

  @Option(help: "Dropout rate of the outputs of each recurrent layer.")
  var dropout = GraphemeToPhonemeConfiguration().dropout

  @Option(help: "Random seed of the initial weights, the word order and the dropout.")
  var seed = GraphemeToPhonemeTrainer.Schedule().seed

  func run() throws {
    let lexicon = try LanguageSections(path: language).require(LanguageFile.lexiconSection, from: "lexicon")
    let examples = GraphemeToPhonemeExamples(try PronouncingDictionary(path: cmudict))
    var schedule = GraphemeToPhonemeTrainer.Schedule()
    schedule.epochCount = epochs
    schedule.batchSize = batchSize
    schedule.peakLearningRate = learningRate
    schedule.seed = seed
    var configuration = GraphemeToPhonemeConfiguration()
    configuration.hiddenUnits = hiddenUnits
    configuration.layerCount = layers
    configuration.embeddingDimension = embedding
    configuration.dropout = dropout
    let trainer = GraphemeToPhonemeTrainer(examples, configuration: configuration, schedule: schedule)
    let checkpointPath = checkpoint ?? language + ".g2p.checkpoint"
    if FileManager.default.fileExists(atPath: checkpointPath) {
      try trainer.resume(from: checkpointPath)
      say("resuming \(checkpointPath) after \(trainer.finishedEpochCount) epochs")
    }
    say(
      "\(examples.training.count) training words, \(examples.tuning.count) for tuning, \(examples.heldOut.count) held out; "
        + "\(trainer.network.bank.valueCount) parameters, \(trainer.network.section().count) bytes")

    while trainer.finishedEpochCount < min(epochs, stopAfter ?? epochs) {
      let loss = trainer.trainEpoch(showProgress)
      try trainer.saveCheckpoint(to: checkpointPath)
      let sample = stride(from: 0, to: examples.heldOut.count, by: 8).map { examples.heldOut[$0] }
      say(
        "\repoch \(trainer.finishedEpochCount) of \(epochs): loss \(fixed(loss, 4)), \(rates(trainer.errors(on: sample)))"
      )
    }

    let float = trainer.errors(on: examples.heldOut)
    let device = try trainer.deviceErrors(on: examples.heldOut)
    say("floats: \(rates(float))")
    say("device: \(rates(device))")
    try write(trainer, lexicon: lexicon, device: device)
    if trainer.finishedEpochCount >= epochs { try? FileManager.default.removeItem(atPath: checkpointPath) }
  }

  private func write(_ trainer: GraphemeToPhonemeTrainer, lexicon: [UInt8], device: PronunciationErrors) throws {
    var file = ContainerWriter(kind: .language)
    file.append(LanguageFile.lexiconSection, lexicon)
    file.append(LanguageFile.graphemeToPhonemeSection, trainer.network.section())
    let examples = trainer.examples
    let wordCount = examples.training.count + examples.tuning.count + examples.heldOut.count
    let provenance = """
      [lexicon]
      source = "CMUdict"
      licence = "BSD-2-Clause"

      [grapheme-to-phoneme]
      source = "CMUdict"
      words = \(wordCount)
      tuning = \(examples.tuning.count)
      held-out = \(examples.heldOut.count)
      seed = \(seed)
      epochs = \(epochs)
      batch-size = \(batchSize)
      learning-rate = \(learningRate)
      dropout = \(dropout)
      phoneme-error-percent = \(fixed(100 * device.phonemeErrorRate, 2))
      word-error-percent = \(fixed(100 * device.wordErrorRate, 2))

      """
    file.append(LanguageFile.provenanceSection, Array(provenance.utf8))
    let bytes = file.finish()
    try Data(bytes).replaceFile(at: language)
    say("\(language): \(bytes.count) bytes")
  }

  private func showProgress(_ progress: GraphemeToPhonemeTrainer.Progress) {
    guard progress.batch % 50 == 0 else { return }
    let minutes = Int(progress.secondsLeft / 60)
    let text =
      "\repoch \(progress.epoch) of \(epochs), batch \(progress.batch) of \(progress.batchCount), "
      + "loss \(fixed(progress.loss, 4)), \(minutes) min \(Int(progress.secondsLeft) % 60) s left   "
    ProgressLine.tell(text)
  }

  private func rates(_ errors: PronunciationErrors) -> String {
    "\(fixed(100 * errors.phonemeErrorRate, 2)) % of phonemes and \(fixed(100 * errors.wordErrorRate, 2)) % of "
      + "\(errors.wordCount) words wrong"
  }

  private func fixed(_ value: Double, _ digits: Int) -> String { String(format: "%.\(digits)f", value) }

  private func say(_ line: String) { ProgressLine.tell(line + "\n") }
}
