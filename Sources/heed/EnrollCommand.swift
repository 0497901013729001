import ArgumentParser
import CPlatform
import EventSinks
import TextEnrollment

struct EnrollCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "enroll",
    abstract: "Add a phrase to a phrase file by typing it.",
    discussion: """
      No recording is needed. The file is made if it does not exist; a phrase that it has already is enrolled anew. The \
      file is written whole or not at all. How the phrase will be listened for, and what may go wrong with it, is said \
      on standard error.

      Examples:
        heed enroll "hey computer" --to phrases.heedp
        heed enroll "hey moxie" --to phrases.heedp --pronunciation "HH EY . M AA K S IY"
        heed enroll "lights out" --to phrases.heedp --threshold 0.7
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

  @Option(help: "The score from which the phrase counts as heard, 0 to 1; higher means fewer false alarms.")
  var threshold: Float = 0.5

  @Flag(help: "Print what was enrolled as one JSON object.")
  var json = false

  @OptionGroup var modelOptions: ModelOptions
  @OptionGroup var languageOptions: LanguageOptions

  func validate() throws {
    guard threshold >= 0, threshold <= 1 else {
      throw ValidationError("--threshold is \(threshold); accepted are values from 0 to 1.")
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
      let phrase: PhraseFile.Phrase
      let report: EnrollmentReport
      do throws(EnrollmentError) {
        let enrolled = try Enroller(model: model.model, language: language.language).enroll(
          text, pronunciation: pronunciation, threshold: threshold, besides: file.phrases.map(\.enrollment))
        phrase = PhraseFile.Phrase(enrolled.enrollment, enrolled.report)
        report = enrolled.report
      } catch {
        throw Failure(.badData, explanation(of: error, phrase: text))
      }
      let warnings = report.warnings.map { explanation(of: $0, enrolled: file.phrases) }
      do throws(PhraseFileError) {
        try file.add(phrase)
      } catch {
        throw Failure(.badData, explanation(of: error, path: to))
      }
      try writePhrases(file, to: to)
      try tellResult(phrase, warnings: warnings, isKnown: isKnown, count: file.phrases.count)
    }
  }

  private func tellResult(
    _ phrase: PhraseFile.Phrase, warnings: [String], isKnown: Bool, count: Int
  ) throws(Failure) {
    let pronunciations = phrase.enrollment.variants.map(\.arpabet)
    if json {
      var object = JSONObject()
      object.add("phrase", phrase.enrollment.text)
      object.add("pronunciations", pronunciations)
      object.add("source", name(of: phrase.source))
      object.add("threshold", phrase.enrollment.threshold)
      object.add("warnings", warnings)
      object.add("file", to)
      var output = LineWriter(descriptor: 1, flushesEachLine: true)
      try output.put(object.encoded)
    } else {
      tell("\(text): \(pronunciations.joined(separator: ", ")) (\(name(of: phrase.source)))")
      for warning in warnings { tell("\(text): note: \(warning)") }
      tell("\(isKnown ? "enrolled anew in" : "added to") \(to), which has \(count) phrase\(count == 1 ? "" : "s")")
    }
  }
}
