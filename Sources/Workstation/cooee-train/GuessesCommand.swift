import ArgumentParser
import Foundation
import ModelFormat
import TextEnrollment
import Training

struct GuessesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "guesses",
    abstract: "Train the ranking of the guesses of a language file.",
    discussion: """
      The language file must have a model that `cooee-train g2p` trained on the same dictionary. The ranking gives each guess a \
      probability from that model, from a second model of sounds, and from related words of the lexicon. It is added to the \
      file. Weights are fitted to the tuning words, and the held-out words are scored with a lexicon of the training words.

      Example:
        cooee-train guesses --cmudict cmudict.dict --language models/english.cooee

      Exit status: 0 written, 1 a file cannot be used or written (see the message), 64 wrong usage.
      """)

  @Option(help: "CMUdict in text form.")
  var cmudict: String

  @Option(help: "Language file to add the ranking to.")
  var language: String

  @Option(help: "Number of weights of the model of sounds, at most 65,535; each takes two bytes.")
  var weights = SoundModelTrainer.Schedule().weightCount

  func validate() throws {
    if !(1...65_535).contains(weights) { throw ValidationError("--weights \(weights): must be 1 to 65535") }
  }

  func run() throws {
    let examples = GraphemeToPhonemeExamples(try PronouncingDictionary(path: cmudict))
    let (lexicon, model, provenance) = try sections()
    var schedule = SoundModelTrainer.Schedule()
    schedule.weightCount = weights
    let sounds = SoundModelTrainer(examples.training, schedule: schedule)
    sounds.train { epoch, count, loss in say("epoch \(epoch) of \(count): \(fixed(loss, 4)) nats per word") }

    let trainer = try GuessRankingTrainer(modelSection: model, examples)
    let ranking = try trainer.section(sounds: sounds.section())
    say("model alone: \(summary(try trainer.accuracy(on: examples.heldOut, ranking: nil)))")
    let accuracy = try trainer.accuracy(on: examples.heldOut, ranking: ranking)
    say("ranked: \(summary(accuracy))")
    for (tenth, bin) in accuracy.bins.enumerated() where bin.count > 0 {
      let probability = 100 * bin.probabilitySum / Double(bin.count)
      let right = 100 * Double(bin.rightCount) / Double(bin.count)
      say(
        "  probability \(10 * tenth)-\(10 * tenth + 10) %: \(bin.count) guesses, mean \(fixed(probability, 1)) %, "
          + "right \(fixed(right, 1)) %")
    }
    try write(lexicon, model, ranking, provenance, accuracy)
  }

  private func sections() throws -> (lexicon: [UInt8], model: [UInt8], provenance: String) {
    let file = try LanguageSections(path: language)
    let text = try file.provenance()
    return (
      try file.require(LanguageFile.lexiconSection, from: "lexicon"),
      try file.require(LanguageFile.graphemeToPhonemeSection, from: "g2p"),
      String(text[..<(text.range(of: "\n[guesses]")?.lowerBound ?? text.endIndex)])
    )
  }

  private func write(
    _ lexicon: [UInt8], _ model: [UInt8], _ ranking: [UInt8], _ provenance: String, _ accuracy: GuessAccuracy
  ) throws {
    var file = ContainerWriter(kind: .language)
    file.append(LanguageFile.lexiconSection, lexicon)
    file.append(LanguageFile.graphemeToPhonemeSection, model)
    file.append(LanguageFile.guessRankingSection, ranking)
    let (first, two, three) = (percent(accuracy, 0), percent(accuracy, 1), percent(accuracy, 2))
    let ranked = """

      [guesses]
      source = "CMUdict"
      sound-weights = \(weights)
      word-error-percent = \(fixed(100 - first, 2))
      first-two-right-percent = \(fixed(two, 2))
      first-three-right-percent = \(fixed(three, 2))

      """
    file.append(LanguageFile.provenanceSection, Array((provenance + ranked).utf8))
    let bytes = file.finish()
    try Data(bytes).replaceFile(at: language)
    say("\(language): \(bytes.count) bytes, of which the ranking \(ranking.count)")
  }

  private func percent(_ accuracy: GuessAccuracy, _ rank: Int) -> Double {
    100 * Double(accuracy.rightCounts[rank]) / Double(max(accuracy.wordCount, 1))
  }

  private func summary(_ accuracy: GuessAccuracy) -> String {
    let phonemes = 100 * Double(accuracy.phonemeErrors.wrong) / Double(max(accuracy.phonemeErrors.all, 1))
    return "\(fixed(phonemes, 2)) % of phonemes and \(fixed(100 - percent(accuracy, 0), 2)) % of \(accuracy.wordCount) "
      + "words wrong; right among the first 1, 2, 3: \(fixed(percent(accuracy, 0), 2)), \(fixed(percent(accuracy, 1), 2)), "
      + "\(fixed(percent(accuracy, 2), 2)) %; calibration error \(fixed(100 * accuracy.calibrationError, 2)) %; "
      + "\(accuracy.alternativeCount) second and third guesses likely enough, \(accuracy.rightAlternativeCount) of them right; "
      + "\(fixed(accuracy.milliseconds, 2)) ms per word"
  }

  private func fixed(_ value: Double, _ digits: Int) -> String { String(format: "%.\(digits)f", value) }

  private func say(_ line: String) { ProgressLine.tell(line + "\n") }
}
