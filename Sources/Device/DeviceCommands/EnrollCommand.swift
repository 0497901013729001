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
    enrolled, keeping a pronunciation that was typed for it. It writes the whole file or nothing. Pronunciations,
    threshold and warnings go to stderr.

    To set the threshold, the command tests the phrase on running speech (NAME-background.cooee next to NAME.cooee) and
    chooses the score that gives about the false alarms allowed by --false-alarms. Without that file, the threshold is
    0.5. --threshold overrides both. --explain prints all results on stdout. With --dry-run, nothing is written.

    --from enrolls a list: one phrase per line, with options after semicolons. If a line is bad, nothing is written.

    Examples:
      cooee enroll "hey computer" --to phrases.cooeep
      cooee enroll "hey moxie" --to phrases.cooeep --pronunciation "HH EY . M AA K S IY"
      cooee enroll "Siobhan" --sounds-like "shi-vawn" --pronunciation "/ʃəˈvɔːn/"
      cooee enroll "lights out" --to phrases.cooeep --false-alarms 0.5
      cooee enroll "lights out" --explain --dry-run
      echo "hey moxie; threshold=0.7; sounds-like=hey mok-see" | cooee enroll --from -
    """,
    operand: CommandSyntax.Operand(name: "text", isRepeated: false, isOptional: true, help: "The phrase, as words."),
    options: [
      .value("to", "file", "The phrase file to add to (default: phrases.cooeep)."),
      .value("from", "file", "A list of phrases to enroll; - is standard input."),
    ] + PronunciationOptions.all + [
      .value(
        "threshold", "score",
        "The lowest score that counts as a detection, 0 to 1; higher means fewer false alarms (default: set from "
          + "--false-alarms, or 0.5 without a background)."),
      .value("false-alarms", "rate", "Allowed false alarms per hour of speech (default: 0.1)."),
      .flag(
        "explain",
        "Print words, pronunciations, false alarms per hour at each threshold, and the most similar speech."),
      .flag("dry-run", "Write nothing."), .flag("json", "Print each result as one JSON object."),
      ProgramSettings.modelOption, LanguageChoice.option, BackgroundChoice.option, TrustedKeys.option,
      ProgramSettings.configurationOption,
    ])

  private let arguments: CommandArguments
  private let settings: ProgramSettings
  private let to: String
  private let explain: Bool
  private let dryRun: Bool
  private let json: Bool
  /// The phrase, or the defaults for the lines of a list.
  private let request: EnrollmentRequest

  init(_ arguments: CommandArguments) throws(Failure) {
    self.arguments = arguments
    settings = try ProgramSettings(arguments)
    to = arguments.text("to") ?? "phrases.cooeep"
    var request = EnrollmentRequest(arguments.operands.first ?? "")
    request.pronunciation = PronunciationOptions.text(arguments)
    request.threshold = try thresholdOption(arguments)
    request.falseAlarmsPerHour = Float(
      try arguments.number("false-alarms", accepted: "values above 0, in false alarms an hour") {
        $0 > 0 && Float($0).isFinite && Float($0) > 0
      } ?? 0.1)
    self.request = request
    explain = arguments.flag("explain")
    dryRun = arguments.flag("dry-run")
    json = arguments.flag("json")
    let isList = arguments.text("from") != nil
    if isList != arguments.operands.isEmpty {
      throw .usage("give either a phrase or a list, as --from <file>", command: "enroll")
    }
    if isList, request.pronunciation != nil {
      throw .usage("with --from, the pronunciations are in the list", command: "enroll")
    }
  }

  func run() throws(Failure) {
    let list = try arguments.text("from").map { (path) throws(Failure) in
      PhraseList(try readWhole(path), name: inputName(path), defaults: request)
    }
    let book = try PhraseBook(to, arguments, settings)
    var file = try book.read()
    var requests = list.map { $0.entries.map { $0.request } } ?? [request]
    for index in requests.indices where requests[index].keepPronunciations(of: file) {
      report(
        .information(
          filled(
            "%: keeps its typed pronunciation; --pronunciation \"\" looks the words up again", requests[index].text)))
    }
    for request in requests { file.remove(request.text) }
    if let list { try check(list, requests, book, file) }
    var results: [EnrollmentResult] = []
    var warnings: [[String]] = []
    for request in requests {
      let result = try book.preview(request, besides: file.phrases)
      results.append(result)
      warnings.append(book.warnings(of: result, besides: file.phrases))
      try book.add(PhraseFile.Phrase(result.enrollment, result.report), to: &file)
    }
    // The file is read again: another program may have changed it while the phrases were tested.
    let stored = dryRun ? nil : try book.store(results)
    var output = LineWriter(descriptor: 1, flushesEachLine: false)
    for (result, warnings) in zip(results, warnings) { try print(result, warnings, &output) }
    try output.end()
    if json && list == nil { return }
    if let list { report(.information(list.summary)) }
    guard let (replacedCount, count) = stored else { return report(.information("nothing was written")) }
    let total = filled("%, which has % phrase%", to, word(count), count == 1 ? "" : "s")
    if list == nil {
      report(.information((replacedCount > 0 ? "replaced in " : "added to ") + total))
    } else {
      report(
        .information(
          filled("added % and replaced % in ", word(results.count - replacedCount), word(replacedCount)) + total))
    }
  }

  /// Reports every line of a list that cannot be enrolled, before phrases are tested, which takes longer.
  private func check(
    _ list: PhraseList, _ requests: [EnrollmentRequest], _ book: PhraseBook, _ file: PhraseFile
  ) throws(Failure) {
    var file = file
    var problems = list.problems
    for (entry, request) in zip(list.entries, requests) {
      do throws(Failure) {
        if file.index(of: request.text) != nil {
          throw Failure(.badData, filled("\"%\" is on an earlier line too; remove one of them", request.text))
        }
        let result = try book.pronounce(request, besides: [])
        try book.add(PhraseFile.Phrase(result.enrollment, result.report), to: &file)
      } catch {
        problems.append((entry.lineNumber, error.message))
      }
    }
    problems.sort { $0.lineNumber < $1.lineNumber }
    for problem in problems {
      report(.warning(filled("%, line %: %", list.name, word(problem.lineNumber), problem.message)))
    }
    guard problems.isEmpty else {
      throw Failure(
        .badData,
        filled(
          "% of % lines of % cannot be used; nothing was enrolled",
          [
            word(problems.count), word(list.entries.count + list.problems.count), list.name,
          ]))
    }
    guard !list.entries.isEmpty else {
      throw Failure(.badData, list.name + " has no phrases; write one on each line")
    }
  }

  private func print(_ result: EnrollmentResult, _ warnings: [String], _ output: inout LineWriter) throws(Failure) {
    if json {
      var object = result.json(explained: explain)
      object.add("warnings", warnings)
      if dryRun { object.addNull("file") } else { object.add("file", to) }
      try output.put(object.encoded)
    } else if explain {
      for line in result.explanation(notes: warnings) { try output.put(line.utf8) }
    } else {
      result.tell(warnings)
    }
  }
}
