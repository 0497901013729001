import ArgumentParser
import EventSinks
import TextEnrollment

struct PhrasesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "phrases",
    abstract: "List or remove the phrases of a phrase file.",
    discussion: """
      Prints a phrase a line: its text, its threshold, how it is said, and where that came from.

      Examples:
        heed phrases --phrases phrases.heedp
        heed phrases --phrases phrases.heedp --json
        heed phrases --phrases phrases.heedp --remove "hey computer"
      """)

  @Option(help: "The phrase file.")
  var phrases = "phrases.heedp"

  @Option(help: ArgumentHelp("Remove this phrase; may be given several times.", valueName: "text"))
  var remove: [String] = []

  @Flag(help: "Print one JSON object a line: phrase, threshold, pronunciations, source.")
  var json = false

  func run() throws {
    try reportingFailures { () throws(Failure) in
      var file = try readPhrases(phrases)
      for text in remove where !file.remove(text) {
        let known = file.phrases.map { "\"\($0.enrollment.text)\"" }.joined(separator: ", ")
        throw Failure(.badData, "\(phrases) has no phrase \"\(text)\", and nothing was removed; it has: \(known)")
      }
      if !remove.isEmpty {
        try writePhrases(file, to: phrases)
        tell("removed \(remove.count) from \(phrases), which has \(file.phrases.count) left")
        return
      }
      var output = LineWriter(descriptor: 1, flushesEachLine: false)
      for phrase in file.phrases { try output.put(line(for: phrase)) }
      try output.end()
    }
  }

  private func line(for phrase: PhraseFile.Phrase) -> [UInt8] {
    let enrollment = phrase.enrollment
    let pronunciations = enrollment.variants.map(\.arpabet)
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
