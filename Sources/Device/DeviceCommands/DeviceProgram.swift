import CPlatform
import CommandLineOptions
import Messages
import Recordings

/// The device program: parses the command line, runs the command, and exits with its status.
///
/// The full program and the lean program for small boards differ in the recordings that they can read.
public enum DeviceProgram<Reader: RecordingReader & ~Copyable> {
  /// Runs the command that the command line names, and exits.
  public static func main() -> Never { main { [] } }

  /// Runs the command that the command line names, including additional ones, and exits.
  package static func main(adding commands: () -> [AdditionalCommand]) -> Never { platform_exit(exitCode(commands)) }

  // A separate function: everything is released before the program exits, so a leak detector reports only leaks.
  @inline(never)
  private static func exitCode(_ commands: () -> [AdditionalCommand]) -> Int32 {
    var words: [String] = []
    for index in 1..<max(1, platform_argument_count()) { words.append(String(cString: platform_argument(index))) }
    do throws(Failure) {
      try run(words, commands())
      return 0
    } catch {
      report(.warning(error.message))
      return error.code.rawValue
    }
  }

  private static func run(_ words: [String], _ added: [AdditionalCommand]) throws(Failure) {
    let syntaxes = syntaxes + added.map { $0.syntax }
    guard let first = words.first else { return try sayTopHelp(syntaxes) }
    let rest = Array(words.dropFirst())
    switch first {
    case "enroll": try run(EnrollCommand.syntax, rest) { a throws(Failure) in try EnrollCommand(a).run() }
    case "phrases": try run(PhrasesCommand.syntax, rest) { a throws(Failure) in try PhrasesCommand(a).run() }
    case "listen":
      try run(ListenCommand.syntax, rest) { a throws(Failure) in
        try ListenCommand(a, openDecoder: Reader.openDecoder).run()
      }
    case "spot":
      try run(SpotCommand.syntax(Reader.acceptedFormats), rest) { a throws(Failure) in
        try SpotCommand(a).run(Reader.self)
      }
    case "score": try run(ScoreCommand.syntax, rest) { a throws(Failure) in try ScoreCommand(a).run(Reader.self) }
    case "devices": try run(DevicesCommand.syntax, rest) { a throws(Failure) in try DevicesCommand(a).run() }
    case "doctor":
      try run(DoctorCommand.syntax, rest) { a throws(Failure) in
        try DoctorCommand(a, openDecoder: Reader.openDecoder).run()
      }
    case "help", "--help", "-h":
      guard let command = rest.first else { return try sayTopHelp(syntaxes) }
      guard let syntax = syntaxes.first(where: { $0.name == command }) else { throw unknown(command, syntaxes) }
      try say(syntax.help)
    case "--version": try say(programVersion)
    default:
      guard let command = added.first(where: { $0.syntax.name == first }) else { throw unknown(first, syntaxes) }
      try run(command.syntax, rest, command.run)
    }
  }

  private static func run(
    _ syntax: CommandSyntax, _ words: [String], _ body: (CommandArguments) throws(Failure) -> Void
  ) throws(Failure) {
    let arguments = try syntax.parse(words)
    if arguments.wantsHelp { return try say(syntax.help) }
    try body(arguments)
  }

  private static func unknown(_ command: String, _ syntaxes: [CommandSyntax]) -> Failure {
    let hint = suggestion(for: command, among: syntaxes.map { $0.name }, prefix: "cooee ")
    return Failure(.usage, "no command " + command + (hint.isEmpty ? ";" : hint) + " cooee --help lists the commands")
  }

  private static var syntaxes: [CommandSyntax] {
    [
      EnrollCommand.syntax, PhrasesCommand.syntax, ListenCommand.syntax, SpotCommand.syntax(Reader.acceptedFormats),
      ScoreCommand.syntax, DevicesCommand.syntax, DoctorCommand.syntax,
    ]
  }

  private static func sayTopHelp(_ syntaxes: [CommandSyntax]) throws(Failure) {
    var text = """
      Spot spoken phrases that are enrolled by typing them.

      usage: cooee <command> [options]

      All audio is processed on this machine.

      Getting started:
        cooee enroll "hey computer" --to phrases.cooeep
        cooee listen --phrases phrases.cooeep

      Commands (for details: cooee help <command>):

      """
    for syntax in syntaxes {
      text += "  " + syntax.name + String(repeating: " ", count: 10 - syntax.name.utf8.count) + syntax.abstract + "\n"
    }
    text += """

      Exit status:
        0   success
        64  invalid command line
        65  a file, a stream or a phrase cannot be used
        66  a file is missing or cannot be opened
        69  the microphone is absent, busy or failed, or this machine lacks a requested feature
        70  internal error
        73  a file cannot be written
        74  the output cannot be written

      Models are searched for in $COOEE_MODELS, in share/cooee next to the program's folder, in folders named models from
      the program's folder upward, and in ./models. The configuration is the file that --config names, otherwise
      $COOEE_CONFIG, otherwise /etc/cooee/cooee.toml if it exists. The command line overrides it.
      """
    try say(text)
  }
}
