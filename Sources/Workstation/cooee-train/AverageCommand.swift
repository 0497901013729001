import ArgumentParser
import Training

struct AverageCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "average",
    abstract: "Average the weights of several checkpoints.",
    discussion: """
      Use this for checkpoints of which each continues the training of another. You can export the mean and start a run from it, \
      but you cannot resume it.

      Example:
        cooee-train average stage6.checkpoint stage8.checkpoint --shares 0.4 0.6 --output mean.checkpoint

      Exit status: 0 written, 1 a file cannot be used or written (see the message), 64 wrong usage.
      """)

  @Argument(help: "Checkpoints of networks with the same shape.") var checkpoints: [String]
  @Option(parsing: .upToNextOption, help: "Share of each checkpoint, in the same order (default: equal).")
  var shares: [Float] = []
  @Option(help: "Checkpoint to write.") var output: String

  func validate() throws {
    if checkpoints.count < 2 { throw ValidationError("pass at least two checkpoints") }
    if !shares.isEmpty, shares.count != checkpoints.count {
      throw ValidationError("\(shares.count) shares for \(checkpoints.count) checkpoints; pass one each")
    }
    if let wrong = shares.first(where: { !($0 > 0 && $0.isFinite) }) {
      throw ValidationError("--shares \(wrong): must be above 0")
    }
  }

  func run() throws {
    let read = try checkpoints.map { (path: $0, checkpoint: try Checkpoint(path: $0)) }
    let shares = shares.isEmpty ? [Float](repeating: 1, count: read.count) : shares
    try Checkpoint.mean(of: read, shares: shares).write(to: output)
    Console.say("\(output): mean of \(read.count) checkpoints")
  }
}
