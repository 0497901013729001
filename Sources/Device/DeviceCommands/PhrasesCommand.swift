import CommandLineOptions
import DeviceSetup
import JSON
import KeywordSpotting
import Messages
import TextEnrollment

struct PhrasesCommand {
  static let syntax = CommandSyntax(
    "phrases", "List or remove the phrases of a phrase file.",
    """
    Prints one line per phrase: text, threshold, pronunciations and their source.

    Examples:
      cooee phrases --phrases phrases.cooeep
      cooee phrases --phrases phrases.cooeep --json
      cooee phrases --phrases phrases.cooeep --remove "hey computer"
    """,
    options: [
      phrasesOption,
      .value("remove", "text", "Remove this phrase. Repeatable.", isRepeated: true),
      .flag("json", "Print one JSON object per line: phrase, threshold, pronunciations, source."),
    ])

  private let phrases: String
  private let remove: [String]
  private let json: Bool

  init(_ arguments: CommandArguments) {
    phrases = phrasesPath(arguments)
    remove = arguments.texts("remove")
    json = arguments.flag("json")
  }

  func run() throws(Failure) {
    if !remove.isEmpty { return try removePhrases() }
    let file = try readPhrases(phrases)
    var output = LineWriter(descriptor: 1, flushesEachLine: false)
    for phrase in file.phrases { try output.put(line(for: phrase)) }
    try output.end()
  }

  private func removePhrases() throws(Failure) {
    let left = try changePhrases(phrases, orMake: nil) { (file) throws(Failure) -> Int in
      for text in remove where !file.remove(text) {
        let known = file.phrases.map { "\"\($0.enrollment.text)\"" }.joined(separator: ", ")
        throw Failure(.badData, "\(phrases) has no phrase \"\(text)\" (nothing was removed); it has: \(known)")
      }
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
