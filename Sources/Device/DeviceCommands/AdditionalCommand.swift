import CommandLineOptions
import Messages

/// A command that one program has and boards do not.
package struct AdditionalCommand {
  let syntax: CommandSyntax
  let run: (CommandArguments) throws(Failure) -> Void

  package init(_ syntax: CommandSyntax, run: @escaping (CommandArguments) throws(Failure) -> Void) {
    self.syntax = syntax
    self.run = run
  }
}
