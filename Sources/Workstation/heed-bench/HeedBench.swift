import ArgumentParser

@main
struct HeedBench: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "heed-bench",
    abstract: "Measure what listening costs, and prove that every kernel path computes the same.",
    discussion: """
      Without --model an untrained model of the released size is measured: it costs what a trained one costs, but hears nothing.

      Exit codes:
        0   done
        1   kernel paths disagree, memory was allocated while listening, or a service lost, grew or was late
        64  the command line is wrong
        65  a file holds what cannot be used
        66  a file cannot be opened
        69  PocketSphinx is not there
      """,
    subcommands: [
      CostCommand.self, EnduranceCommand.self, FootprintCommand.self, PathsCommand.self, SignatureCommand.self,
    ])
}
