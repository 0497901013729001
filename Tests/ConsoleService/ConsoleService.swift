import AudioFiles
import CPlatform
import DeviceCommands
import WakeConsole
import WakeService

/// A service with a console and nothing else, for tests with a browser.
@main
enum ConsoleService {
  static func main() {
    let syntax = CommandSyntax(
      "watch", "Listen, and show the console.", "For tests.",
      options: [
        .value("device", "name", "The microphone."),
        .flag("json", "Ignored."),
      ] + ConsoleServer.options + ListeningSetup.options)
    DeviceProgram<AudioFileReader>.main(
      adding: [AdditionalCommand(syntax) { arguments throws(Failure) in try run(arguments) }])
  }

  private static func run(_ arguments: CommandArguments) throws(Failure) {
    let setup = try ListeningSetup(arguments)
    try setup.makePhraseFile()
    let feed = ServiceFeed()
    let listener = LocalListener()
    let page = try ConsoleServer.page(
      arguments, setup, feed: feed, microphones: listener, version: "test", metrics: { "heed_up 1\n" },
      notice: { tell($0) })
    var outlets = LocalListener.Outlets()
    outlets.candidate = { feed.send(.candidate($0)) }
    outlets.level = { feed.send(.level($0)) }
    outlets.microphone = { feed.send(.microphone($0)) }
    outlets.notice = { tell($0); feed.send(.notice($0)) }
    platform_catch_stop_signals()
    try listener.start(setup, try setup.openPhrases(), outlets)
    _ = try page?.start()
    var watch = FileWatch(setup.phrasesPath)
    _ = watch.hasChanged()
    while platform_stop_signal() == 0 {
      platform_sleep_milliseconds(500)
      guard watch.hasChanged() else { continue }
      listener.exchange(try setup.openPhrases())
      feed.send(.phrases)
    }
    page?.stop()
    listener.stop()
  }
}
