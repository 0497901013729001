import CommandLineOptions
import DeviceSetup
import JSON
import KeywordSpotting
import Messages
import TextEnrollment

struct EnrollCommand {
  static let syntax = CommandSyntax(
    "enroll", "Add a typed phrase to a phrase file.",
    """
    No recording is needed. The command creates the file if it does not exist and replaces a phrase that is already
    enrolled. It writes the whole file or nothing. Pronunciations, threshold and warnings go to stderr.

    To set the threshold, the command tests the phrase on running speech (NAME-background.cooee next to NAME.cooee) and
    chooses the score that gives about the false alarms allowed by --false-alarms. Without that file, the threshold is
    0.5. --threshold overrides both. --explain prints all results on stdout. With --dry-run, nothing is written.

    Examples:
      cooee enroll "hey computer" --to phrases.cooeep
      cooee enroll "hey moxie" --to phrases.cooeep --pronunciation "HH EY . M AA K S IY"
      cooee enroll "lights out" --to phrases.cooeep --false-alarms 0.5
      cooee enroll "lights out" --explain --dry-run
    """,
    operand: CommandSyntax.Operand(name: "text", isRepeated: false, help: "The phrase, as words."),
    options: [
      .value("to", "file", "The phrase file to add to (default: phrases.cooeep)."),
      .value(
        "pronunciation", "phonemes",
        "The pronunciation to use instead of the dictionary's: ARPAbet phonemes, words separated by a period."),
      .value(
        "threshold", "score",
        "The lowest score that counts as a detection, 0 to 1; higher means fewer false alarms (default: set from "
          + "--false-alarms, or 0.5 without a background)."),
      .value("false-alarms", "rate", "Allowed false alarms per hour of speech (default: 0.1)."),
      .flag(
        "explain",
        "Print words, pronunciations, false alarms per hour at each threshold, and the most similar speech."),
      .flag("dry-run", "Write nothing."), .flag("json", "Print the result as one JSON object."),
      ProgramSettings.modelOption, LanguageChoice.option, BackgroundChoice.option, TrustedKeys.option,
      ProgramSettings.configurationOption,
    ])

  private let arguments: CommandArguments
  private let settings: ProgramSettings
  private let text: String
  private let to: String
  private let pronunciation: String?
  private let threshold: Float?
  private let falseAlarms: Float
  private let explain: Bool
  private let dryRun: Bool
  private let json: Bool

  init(_ arguments: CommandArguments) throws(Failure) {
    self.arguments = arguments
    settings = try ProgramSettings(arguments)
    text = arguments.operands[0]
    to = arguments.text("to") ?? "phrases.cooeep"
    pronunciation = arguments.text("pronunciation")
    threshold = try arguments.number("threshold", accepted: "values from 0 to 1") { $0 >= 0 && $0 <= 1 }.map {
      Float($0)
    }
    falseAlarms = Float(
      try arguments.number("false-alarms", accepted: "values above 0, in false alarms an hour") {
        $0 > 0 && Float($0).isFinite && Float($0) > 0
      } ?? 0.1)
    explain = arguments.flag("explain")
    dryRun = arguments.flag("dry-run")
    json = arguments.flag("json")
  }

  func run() throws(Failure) {
    let model = try settings.openModel()
    let language = try LanguageChoice.open(arguments, settings)
    let book = PhraseBook(
      to, model: model, language: .success(language),
      background: try BackgroundChoice.open(arguments, for: model, settings), settings, place: .commandLine)
    var request = EnrollmentRequest(text)
    request.pronunciation = pronunciation
    request.threshold = threshold
    request.falseAlarmsPerHour = falseAlarms
    var file = try book.read()
    file.remove(text)
    let result = try book.preview(request, besides: file.phrases)
    let warnings = book.warnings(of: result, besides: file.phrases)
    // The file is read again: another program may have changed it while the phrase was tested.
    let stored = dryRun ? nil : try book.store(result)
    try tellResult(result, warnings: warnings, stored)
  }

  private func tellResult(
    _ result: EnrollmentResult, warnings: [String], _ stored: (isKnown: Bool, count: Int)?
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
      let pronunciations = result.enrollment.variants.map { $0.arpabet }
      report(.information("\(text): \(pronunciations.joined(separator: ", ")) (\(name(of: result.source)))"))
      report(.information("\(text): \(result.thresholdSentence)"))
      for warning in warnings { report(.information("\(text): note: \(warning)")) }
    }
    if let (isKnown, count) = stored {
      report(
        .information(
          "\(isKnown ? "replaced in" : "added to") \(to), which has \(count) phrase\(count == 1 ? "" : "s")"))
    } else {
      report(.information("nothing was written"))
    }
  }
}
