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
      model for words that are not in the dictionary, `cooee-train guesses` a ranking of its guesses, and `--model-of` takes over that of another file.

      Example:
        cooee-train lexicon --cmudict cmudict.dict --output models/english.cooee
      """)

  @Option(help: "CMUdict in text form.")
  var cmudict: String

  @Option(help: "Language file to write.")
  var output: String

  @Option(help: "Language file whose model for other words, with its provenance, is taken over.")
  var modelOf: String?

  func run() throws {
    let dictionary = try PronouncingDictionary(path: cmudict)
    var writer = LexiconWriter()
    for entry in dictionary.entries { try writer.add(entry.word, entry.pronunciations) }
    let lexicon = writer.bytes()
    var file = ContainerWriter(kind: .language)
    file.append(LanguageFile.lexiconSection, lexicon)
    var provenance = Array(self.provenance(dictionary).utf8)
    if let modelOf {
      let (model, ranking, modelProvenance) = try graphemeToPhoneme(of: modelOf)
      file.append(LanguageFile.graphemeToPhonemeSection, model)
      if let ranking { file.append(LanguageFile.guessRankingSection, ranking) }
      provenance += Array("\n".utf8) + modelProvenance
    }
    file.append(LanguageFile.provenanceSection, provenance)
    let bytes = file.finish()
    try Data(bytes).replaceFile(at: output)
    let pronunciationCount = dictionary.entries.reduce(0) { $0 + $1.pronunciations.count }
    Console.say(
      "\(output): \(dictionary.entries.count) words, \(pronunciationCount) pronunciations, \(bytes.count) bytes")
  }

  /// The sections of the grapheme-to-phoneme model of a file in any format of the lexicon, and their part of the provenance.
  private func graphemeToPhoneme(
    of path: String
  ) throws -> (model: [UInt8], ranking: [UInt8]?, provenance: [UInt8]) {
    let file = try LanguageSections(path: path)
    let text = try file.provenance()
    let start = text.range(of: "[grapheme-to-phoneme]")?.lowerBound ?? text.endIndex
    return (
      try file.require(LanguageFile.graphemeToPhonemeSection, from: "g2p"),
      try file.find(LanguageFile.guessRankingSection), Array(text[start...].utf8)
    )
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
