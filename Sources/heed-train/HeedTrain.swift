import ArgumentParser

@main
struct HeedTrain: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "heed-train",
    abstract: "Prepare corpora, train and export Heed's models.",
    subcommands: [LexiconCommand.self, GraphemeToPhonemeCommand.self])
}
