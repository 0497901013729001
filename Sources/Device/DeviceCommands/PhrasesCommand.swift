import CommandLineOptions
import DeviceSetup
import JSON
import KeywordSpotting
import Messages
import TextEnrollment

struct PhrasesCommand {
  static let syntax = CommandSyntax(
    "phrases", "List, change or remove the phrases of a phrase file.",
    """
    Prints one line per phrase: text, threshold, pronunciations and their source.

    --phrase names a phrase to change: its threshold, its pronunciations, or its text. What is not given stays as it is.
    After a change, programs that are listening use it within a second.

    Examples:
      cooee phrases --phrases phrases.cooeep
      cooee phrases --phrases phrases.cooeep --json
      cooee phrases --phrases phrases.cooeep --phrase "hey computer" --threshold 0.7
      cooee phrases --phrases phrases.cooeep --phrase "hey Siobhan" --sounds-like "hey shi-vawn"
      cooee phrases --phrases phrases.cooeep --phrase "lights on" --rename "kitchen lights on"
      cooee phrases --phrases phrases.cooeep --remove "hey computer"
    """,
    options: [
      phrasesOption,
      .value("phrase", "text", "The phrase to change, or the only one to list."),
      .value("threshold", "score", "The new threshold, 0 to 1."),
    ] + PronunciationOptions.all + [
      .value("rename", "text", "The new text. The pronunciations stay."),
      .value("remove", "text", "Remove this phrase.", isRepeated: true),
      .flag("json", "Print one JSON object per line: phrase, threshold, pronunciations, source."),
      ProgramSettings.modelOption, LanguageChoice.option, BackgroundChoice.option, TrustedKeys.option,
      ProgramSettings.configurationOption,
    ])

  private let arguments: CommandArguments
  private let phrases: String
  private let phrase: String?
  private let change: PhraseChange
  private let remove: [String]
  private let json: Bool

  init(_ arguments: CommandArguments) throws(Failure) {
    self.arguments = arguments
    phrases = phrasesPath(arguments)
    phrase = arguments.text("phrase")
    var change = PhraseChange()
    change.text = arguments.text("rename")
    change.threshold = try thresholdOption(arguments)
    change.pronunciation = PronunciationOptions.text(arguments)
    self.change = change
    remove = arguments.texts("remove")
    json = arguments.flag("json")
    guard phrase != nil || change.isEmpty else {
      throw .usage("--phrase <text> is missing: the phrase to change", command: "phrases")
    }
    guard phrase == nil || remove.isEmpty else {
      throw .usage("either --phrase or --remove is accepted", command: "phrases")
    }
  }

  func run() throws(Failure) {
    if !remove.isEmpty { return try removePhrases() }
    var output = LineWriter(descriptor: 1, flushesEachLine: false)
    if let phrase {
      try output.put(line(for: change.isEmpty ? enrolled(phrase) : changed(phrase)))
    } else {
      for phrase in try readPhrases(phrases).phrases { try output.put(line(for: phrase)) }
    }
    try output.end()
  }

  private func enrolled(_ text: String) throws(Failure) -> PhraseFile.Phrase {
    let file = try readPhrases(phrases)
    return file.phrases[try index(of: text, in: file, path: phrases)]
  }

  /// Changes a phrase, and gives it as it is then.
  private func changed(_ text: String) throws(Failure) -> PhraseFile.Phrase {
    let phrase: PhraseFile.Phrase
    if change.pronunciation != nil {
      // Only new pronunciations need the model.
      let book = try PhraseBook(phrases, arguments, try ProgramSettings(arguments))
      let changed = try book.change(text, change)
      changed.result?.tell(changed.warnings)
      phrase = changed.phrase
    } else {
      phrase = try changePhrases(phrases, orMake: nil) { (file) throws(Failure) in
        try change.apply(to: text, in: &file, path: phrases)
      }
    }
    report(.information(filled("changed \"%\" in %", text, phrases)))
    return phrase
  }

  private func removePhrases() throws(Failure) {
    let left = try changePhrases(phrases, orMake: nil) { (file) throws(Failure) -> Int in
      for text in remove { file.remove(file.phrases[try index(of: text, in: file, path: phrases)].enrollment.text) }
      return file.phrases.count
    }
    report(.information("removed \(remove.count) from \(phrases), which has \(left) left"))
  }

  private func line(for phrase: PhraseFile.Phrase) -> [UInt8] {
    let enrollment = phrase.enrollment
    let pronunciations = enrollment.variants.map { $0.arpabet }
    guard json else {
      let threshold = scoreText(enrollment.threshold)
      let spoken = pronunciations.joined(separator: ", ")
      return Array("\(enrollment.text)\t\(threshold)\t\(spoken)\t\(name(of: phrase.source))".utf8)
    }
    var object = JSONObject()
    object.add("phrase", enrollment.text)
    object.add("threshold", enrollment.threshold)
    object.add("pronunciations", pronunciations)
    object.add("source", name(of: phrase.source))
    return object.encoded
  }
}
