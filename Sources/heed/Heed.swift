import ArgumentParser

@main
struct Heed: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "heed",
    abstract: "Hear phrases that were enrolled by typing them.",
    discussion: """
      Everything runs on this machine; nothing is sent anywhere.

      From nothing to a detection:
        heed enroll "hey computer" --to phrases.heedp
        heed listen --phrases phrases.heedp

      Exit codes:
        0   done
        64  the command line is wrong
        65  a file or a phrase holds what cannot be used
        66  a file is missing or cannot be opened
        69  the microphone is absent, busy or failed
        70  an error in this program
        73  a file cannot be written
        74  the output cannot be written

      Models are looked for in $HEED_MODELS, in share/heed beside the program's folder, and in folders named models \
      from the program's folder upwards and in the current folder.
      """,
    version: "0.1.0",
    subcommands: [
      EnrollCommand.self, PhrasesCommand.self, ListenCommand.self, SpotCommand.self, ScoreCommand.self,
      DevicesCommand.self,
    ])
}
