import CPlatform
import CommandLineOptions
import DeviceCommands
import Glibc
import Listening
import Messages

/// `heed serve`: the whole device service, in the background and for other programs.
struct ServeCommand {
  /// For ``DeviceCommands/DeviceProgram``.
  ///
  /// - Parameter version: that of the program, told to hubs.
  static func command(version: String) -> AdditionalCommand {
    AdditionalCommand(syntax) { arguments throws(Failure) in try ServeCommand(arguments, version: version).run() }
  }

  static let syntax = CommandSyntax(
    "serve", "Listen as a service, for hubs, programs and people.",
    """
    Listens to this machine's microphone, and to the audio that hubs such as Home Assistant send in the Wyoming protocol,
    and tells whoever wants to know when an enrolled phrase was said. Goes on until SIGINT (control-C) or SIGTERM,
    whatever becomes of microphone, hubs and receivers; or to the end of standard input (--device stdin --no-wyoming).

    Phrases that are enrolled or removed meanwhile count a second later; SIGHUP has the configuration read again too. No
    audio is lost over either. A phrase file that is not there is made, without phrases.

    A client that sends what is no Wyoming, or more than the limits allow, is told of on standard error and closed; the
    others are not disturbed. Wyoming has no password and is not encrypted: with an address other than 127.0.0.1,
    everybody on that network can list the phrases and use the server.

    Examples:
      heed serve --phrases phrases.heedp
      heed serve --phrases phrases.heedp --wyoming 0.0.0.0:10400 --no-microphone
      heed serve --phrases /var/lib/heed/phrases.heedp --device plughw:1 --json --on-detect ./lamp.sh
      heed serve --phrases phrases.heedp --mqtt hub.local:1883 --site kitchen --console 0.0.0.0:10480

    Exit codes: 0 after SIGINT or SIGTERM, 64 for a wrong command line, 65 and 66 for a phrase file or model that cannot
    be used or opened, 69 where an address cannot be served, such as a port that is taken, 73 for a phrase file that
    cannot be made.
    """,
    options: ServeOptions.options + ListeningSetup.options)

  private let arguments: CommandArguments
  private let version: String
  private let options: ServeOptions
  private let setup: ListeningSetup

  init(_ arguments: CommandArguments, version: String) throws(Failure) {
    self.arguments = arguments
    self.version = version
    options = try ServeOptions(arguments)
    setup = try ListeningSetup(arguments)
  }

  func run() throws(Failure) {
    // The service's threads leave the signals to this one, whose sleep they end.
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
    // One that is not caught, as SIGHUP at a terminal, must still do what it does.
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
