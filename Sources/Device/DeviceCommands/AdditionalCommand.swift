import CommandLineOptions
import Messages

/// A command that only the full program has.
package struct AdditionalCommand {
  let syntax: CommandSyntax
  let run: (CommandArguments) throws(Failure) -> Void

  /// - Parameter run: Runs the command with its parsed arguments.
  package init(_ syntax: CommandSyntax, run: @escaping (CommandArguments) throws(Failure) -> Void) {
    self.syntax = syntax
    self.run = run
  }
}
