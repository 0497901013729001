import ArgumentParser
import Evaluation
import Foundation
import ModelFormat
import TextEnrollment
import Training

struct BackgroundCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "background",
    abstract: "Make the background file from which enrollment sets thresholds.",
    discussion: """
      Encodes the held-out utterances of the corpus, which training does not use, with the int8 engine of the model. Each \
      utterance is encoded in quiet, in household noise 10 dB below it, and across a room (the train responses of --rooms, or \
      simulated ones). `cooee enroll` reads NAME-background.cooee from the folder of NAME.cooee. It sets the threshold of each \
      phrase for a rate of false alarms, from the false matches of the phrase in this speech. A background file belongs to \
      one model.

      Example:
        cooee-train background --model models/base.cooee --corpus train.cooeecorpus --rooms rooms --output models/base-background.cooee

      Exit status: 0 written, 1 the file cannot be made, 64 wrong usage.
      """)

  @Option(help: "Model file (.cooee).") var model: String
  @Option(help: "Prepared corpus of running speech with text.") var corpus: String
  @OptionGroup var heard: RoomOptions
  @OptionGroup var talk: KindOptions
  @Option(help: "Language file with the lexicon.") var language = "models/english.cooee"
  @Option(help: "Background file to write.") var output: String
  @Flag(help: "Use every utterance, not only the held-out ones. For a corpus that was not used in training.")
  var all = false
  @Option(help: "Rounding step of the embedding coordinates, 0…1. A smaller step makes a larger file.")
  var step = BackgroundBuilder.Options().step
  @Option(help: "Random seed of the noise, the rooms and the reference phrases.") var seed: UInt64 = 1

  func validate() throws {
    guard step > 0, step <= 1 else { throw ValidationError("--step \(step): must be above 0, at most 1") }
  }

  func run() throws {
    let evaluated = try EvaluatedModel(modelPath: model, languagePath: language)
    let loaded = try LoadedLanguage(path: language)
    let set = try TrainingSet(path: corpus, rooms: heard, language: loaded)
    guard !set.noises.isEmpty else {
      throw FileProblem("\(corpus): it has no noise that training may use; prepare it together with a noise corpus")
    }
    let recorder = BackgroundRecorder(set: set, model: evaluated.model, kinds: talk.kinds)
    let encoding = ProgressLine("utterances encoded")
    recorder.record(all ? set.heldOut + set.items : set.heldOut, seed: seed) { encoding.update($0, of: $1) }
    var options = BackgroundBuilder.Options()
    options.step = step
    options.mix = BackgroundMix(
      kinds: talk.kinds.map { .init(name: $0.name, share: $0.share) }, conditions: BackgroundMix.home.conditions)
    options.seed = seed
    let trying = ProgressLine("utterances searched for reference phrases")
    let result = try BackgroundBuilder(model: evaluated, options: options).build(
      recorder.utterances, provenance: provenance(set)
    ) { trying.update($0, of: $1) }
    try Data(result.bytes).replaceFile(at: output)
    Console.say(
      """
      \(output): \(result.bytes.count) bytes, \(result.utteranceCount) utterances, \
      \(String(format: "%.2f", result.hours)) h, \(result.coordinateCount) of \(evaluated.model.embeddingDimension) \
      dimensions
      """)
    if recorder.leftOutCount > 0 { Console.say("skipped \(recorder.leftOutCount) too short for their text") }
    if recorder.withoutKindCount > 0 { Console.say("skipped \(recorder.withoutKindCount) of corpora without a kind") }
    if let reference = result.reference {
      Console.say(
        """
        \(result.referencePhraseCount) reference phrases, \(reference.matchLogits.count) occurrences; events per hour at a logit of \
        \(reference.levels.first), by length: \(reference.lengths.map { "\($0.mixed.ratePerHour)" }.joined(separator: ", "))
        """)
    } else {
      Console.say("note: too little speech to measure ordinary phrases; using defaults")
    }
  }

  private func provenance(_ set: TrainingSet) -> String {
    let corpora = Swift.Set((all ? set.heldOut + set.items : set.heldOut).map(\.utterance.corpus)).sorted()
    return """
      [background]
      corpora = [\(corpora.map { "\"\($0)\"" }.joined(separator: ", "))]
      utterances = "\(all ? "all" : "held out")"
      seed = \(seed)

      """
  }
}
