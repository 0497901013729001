import ArgumentParser
import Foundation
import ModelFormat
import TextEnrollment
import Training

struct LexiconCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lexicon",
    abstract: "Compile a pronouncing dictionary into a language file.",
    discussion: """
      Reads the text form of CMUdict (github.com/cmusphinx/cmudict, file cmudict.dict; BSD license). `cooee-train g2p` adds a \
      model for words that are not in the dictionary.

      Example:
        cooee-train lexicon --cmudict cmudict.dict --output models/english.cooee
      """)

  @Option(help: "CMUdict in text form.")
  var cmudict: String

  @Option(help: "Language file to write.")
  var output: String

  func run() throws {
    let dictionary = try PronouncingDictionary(path: cmudict)
    var writer = LexiconWriter()
    for entry in dictionary.entries { try writer.add(entry.word, entry.pronunciations) }
    let lexicon = writer.bytes()
    var file = ContainerWriter(kind: .language)
    file.append(LanguageFile.lexiconSection, lexicon)
    file.append(LanguageFile.provenanceSection, Array(provenance(dictionary).utf8))
    let bytes = file.finish()
    try Data(bytes).replaceFile(at: output)
    let pronunciationCount = dictionary.entries.reduce(0) { $0 + $1.pronunciations.count }
    Console.say(
      "\(output): \(dictionary.entries.count) words, \(pronunciationCount) pronunciations, \(bytes.count) bytes")
  }

  private func provenance(_ dictionary: PronouncingDictionary) -> String {
    """
    [lexicon]
    source = "CMUdict"
    licence = "BSD-2-Clause"
    words = \(dictionary.entries.count)
    """ + "\n"
  }
}
