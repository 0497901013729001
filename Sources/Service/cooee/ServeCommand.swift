import AudioFiles
import CPlatform
import CommandLineOptions
import DeviceCommands
import DeviceSetup
import Glibc
import Listening
import Messages

/// `cooee serve`: the device service.
struct ServeCommand {
  /// The command for ``DeviceCommands/DeviceProgram``.
  ///
  /// - Parameter version: The version of the program, for hubs.
  static func command(version: String) -> AdditionalCommand {
    AdditionalCommand(syntax) { arguments throws(Failure) in try ServeCommand(arguments, version: version).run() }
  }

  static let syntax = CommandSyntax(
    "serve", "Run the service: microphone, hubs, web console, MQTT.",
    """
    Detects enrolled phrases in audio from this machine's microphone and from hubs, such as Home Assistant, that use the
    Wyoming protocol. Reports detections to stdout, hubs, programs, MQTT, a webhook, a Linux voice assistant, and the web
    console. Runs until SIGINT (control-C) or SIGTERM, even if the microphone, hubs, or receivers fail. With --device
    stdin --no-wyoming --no-console, it exits at the end of stdin.

    Phrases can be enrolled and removed while it runs; changes take effect within a second. SIGHUP rereads the
    configuration and the phrases. Neither loses audio. The phrase file is created, without phrases, if it is missing.

    If a client sends invalid Wyoming data or exceeds a limit, the service reports it on stderr and closes that client
    only. Wyoming has no password and no encryption: on an address other than 127.0.0.1, everyone on that network can
    list the phrases and use the server.

    Examples:
      cooee serve --phrases phrases.cooeep
      cooee serve --phrases phrases.cooeep --wyoming 0.0.0.0:10400 --no-microphone
      cooee serve --phrases /var/lib/cooee/phrases.cooeep --device plughw:1 --json --on-detect ./lamp.sh
      cooee serve --phrases phrases.cooeep --webhook http://hub.local:8123/api/webhook/NAME
      cooee serve --phrases phrases.cooeep --mqtt hub.local:1883 --site kitchen --console 0.0.0.0:10480

    Exit status: 0 after SIGINT or SIGTERM; 64 for an invalid command line; 65 if a phrase file or model cannot be used;
    66 if it cannot be opened; 69 if an address is not available, such as a port in use; 73 if the phrase file cannot be
    created.
    """,
    options: ServeOptions.options + ListeningSetup.options)

  private let arguments: CommandArguments
  private let version: String
  private let options: ServeOptions
  private let setup: ListeningSetup

  init(_ arguments: CommandArguments, version: String) throws(Failure) {
    self.arguments = arguments
    self.version = version
    let settings = try ProgramSettings(arguments, openDecoder: AudioFileReader.openDecoder)
    options = try ServeOptions(arguments, settings.configuration)
    setup = try ListeningSetup(arguments, settings)
  }

  func run() throws(Failure) {
    // The service's threads block these signals, so they interrupt the sleep of this thread.
    var signals = sigset_t()
    sigemptyset(&signals)
    for signal in [SIGINT, SIGTERM, SIGHUP] { sigaddset(&signals, signal) }
    pthread_sigmask(SIG_BLOCK, &signals, nil)
    try setup.makePhraseFile()
    let service = DeviceService(setup, arguments, options, version: version)
    try service.start()
    platform_catch_stop_signals()
    platform_ignore_broken_pipes()
    platform_catch_reload_signal()
    // Signals that are not caught, such as SIGHUP at a terminal, keep their default effect.
    pthread_sigmask(SIG_UNBLOCK, &signals, nil)
    var manager = ServiceManager()
    manager.tellReady(service.status)
    while platform_stop_signal() == 0 && !service.isOver {
      platform_sleep_milliseconds(1_000)
      if platform_take_reload_signal() != 0 {
        manager.tellReloading()
        service.reload()
        manager.tellReady(service.status)
      } else {
        service.tend()
      }
      if service.isAlive() { manager.tellAlive() }
    }
    manager.tellStopping()
    try service.stop()
    report(.information("stopped"))
  }
}
