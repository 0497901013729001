import ArgumentParser
import CPlatform
import EventSinks
import KeywordSpotting
import TextEnrollment

struct EnrollCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "enroll",
    abstract: "Add a phrase to a phrase file by typing it.",
    discussion: """
      No recording is needed. The file is made if it does not exist; a phrase that it has already is enrolled anew. The \
      file is written whole or not at all. How the phrase will be listened for, and what may go wrong with it, is said \
      on standard error.

      The phrase is tried on running speech, NAME-background.heed beside NAME.heed, and its threshold set so that it is \
      mistaken about as often as --false-alarms says. Without that file, or with --threshold, the threshold is 0.5 or \
      the one given. --explain prints all that was found on standard output; with --dry-run nothing is written.

      Examples:
        heed enroll "hey computer" --to phrases.heedp
        heed enroll "hey moxie" --to phrases.heedp --pronunciation "HH EY . M AA K S IY"
        heed enroll "lights out" --to phrases.heedp --false-alarms 0.5
        heed enroll "lights out" --explain --dry-run
      """)

  @Argument(help: "The phrase, as words.")
  var text: String

  @Option(help: "The phrase file to add to.")
  var to = "phrases.heedp"

  @Option(
    help: ArgumentHelp(
      "How the phrase is said, instead of looking it up: ARPAbet phonemes, words parted by a full stop.",
      valueName: "phonemes"))
  var pronunciation: String?

  @Option(
    help: ArgumentHelp(
      "The score from which the phrase counts as heard, 0 to 1; higher means fewer false alarms.",
      discussion: "Default: the one for --false-alarms, or 0.5 where there is no background."))
  var threshold: Float?

  @Option(help: "How many false alarms an hour of speech are allowed.")
  var falseAlarms: Float = 0.1

  @Flag(
    help: "Print words, pronunciations, false alarms an hour at each threshold, and what the phrase is mistaken for.")
  var explain = false

  @Flag(help: "Write nothing.")
  var dryRun = false

  @Flag(help: "Print what was enrolled as one JSON object.")
  var json = false

  @OptionGroup var modelOptions: ModelOptions
  @OptionGroup var languageOptions: LanguageOptions
  @OptionGroup var backgroundOptions: BackgroundOptions

  func validate() throws {
    if let threshold {
      guard threshold >= 0, threshold <= 1 else {
        throw ValidationError("--threshold is \(threshold); accepted are values from 0 to 1.")
      }
    }
    guard falseAlarms > 0, falseAlarms.isFinite else {
      throw ValidationError("--false-alarms is \(falseAlarms); accepted are values above 0, in false alarms an hour.")
    }
  }

  func run() throws {
    try reportingFailures { () throws(Failure) in
      let model = try modelOptions.open()
      let language = try languageOptions.open()
      var file = PhraseFile(model: model.model)
      if platform_path_exists(to) != 0 {
        file = try readPhrases(to)
        try checkModel(of: file, path: to, model)
      }
      let isKnown = file.remove(text)
      let enroller = Enroller(model: model.model, language: language.language)
      var result: EnrollmentResult
      do throws(EnrollmentError) {
        let (enrollment, report) = try enroller.enroll(
          text, pronunciation: pronunciation, threshold: threshold ?? 0.5, besides: file.phrases.map(\.enrollment))
        result = EnrollmentResult(enrollment: enrollment, report: report, targetPerHour: falseAlarms)
      } catch {
        throw Failure(.badData, explanation(of: error, phrase: text))
      }
      let background = try backgroundOptions.open(for: model)
      if let background {
        try result.tryOn(background, model, isThresholdGiven: threshold != nil)
      } else {
        result.thresholdSource = threshold == nil ? .standard : .given
      }
      result.addSoundAlikes(language.language.lexicon, background?.speech)
      let warnings = result.warnings.map { explanation(of: $0, enrolled: file.phrases) }
      do throws(PhraseFileError) {
        try file.add(PhraseFile.Phrase(result.enrollment, result.report))
      } catch {
        throw Failure(.badData, explanation(of: error, path: to))
      }
      if !dryRun { try writePhrases(file, to: to) }
      try tellResult(result, warnings: warnings, isKnown: isKnown, count: file.phrases.count)
    }
  }

  private func tellResult(
    _ result: EnrollmentResult, warnings: [String], isKnown: Bool, count: Int
  ) throws(Failure) {
    var output = LineWriter(descriptor: 1, flushesEachLine: true)
    if json {
      var object = result.json(explained: explain)
      object.add("warnings", warnings)
      if dryRun { object.addNull("file") } else { object.add("file", to) }
      try output.put(object.encoded)
      return
    }
    if explain {
      for line in result.explanation(notes: warnings) { try output.put(line.utf8) }
    } else {
      let pronunciations = result.enrollment.variants.map(\.arpabet)
      tell("\(text): \(pronunciations.joined(separator: ", ")) (\(name(of: result.source)))")
      tell("\(text): \(result.thresholdSentence)")
      for warning in warnings { tell("\(text): note: \(warning)") }
    }
    if dryRun {
      tell("nothing was written")
    } else {
      tell("\(isKnown ? "enrolled anew in" : "added to") \(to), which has \(count) phrase\(count == 1 ? "" : "s")")
    }
  }
}
