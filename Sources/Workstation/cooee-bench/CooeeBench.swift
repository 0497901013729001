import ArgumentParser

@main
struct CooeeBench: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cooee-bench",
    abstract: "Measure the cost of listening and check that all kernel paths agree.",
    discussion: """
      Exit status:
        0   done
        1   kernel paths disagree, memory was allocated while listening, or a service lost events, grew or was late
        64  wrong usage
        65  a file is not usable
        66  a file cannot be opened
        69  PocketSphinx is not installed
      """,
    subcommands: [
      CostCommand.self, EnduranceCommand.self, FootprintCommand.self, PathsCommand.self, SignatureCommand.self,
    ])
}
