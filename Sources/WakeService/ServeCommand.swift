import CPlatform
import DeviceCommands
import Glibc
import NIOCore

/// `heed serve`: the whole device service, in the background and for other programs.
package struct ServeCommand {
  /// For ``DeviceCommands/DeviceProgram``.
  ///
  /// - Parameter version: that of the program, told to hubs.
  package static func command(version: String) -> AdditionalCommand {
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

    Exit codes: 0 after SIGINT or SIGTERM, 64 for a wrong command line, 65 and 66 for a phrase file or model that cannot
    be used or opened, 69 where an address cannot be served, such as a port that is taken, 73 for a phrase file that
    cannot be made.
    """,
    options: [
      .value(
        "device", "name", "The microphone, by the name that heed devices prints (default: the configuration's)."),
      .flag("no-microphone", "Do not listen to this machine's microphone."),
      .flag("json", "Print detections as JSON objects, one a line, instead of lines for a person."),
    ] + WyomingOptions.options + HookOptions.options + ListeningSetup.options)

  private let arguments: CommandArguments
  private let version: String
  private let wyoming: WyomingOptions
  private let hooks: HookOptions
  private let hasMicrophone: Bool
  private let setup: ListeningSetup

  init(_ arguments: CommandArguments, version: String) throws(Failure) {
    self.arguments = arguments
    self.version = version
    wyoming = try WyomingOptions(arguments)
    hooks = try HookOptions(arguments)
    hasMicrophone = !arguments.flag("no-microphone")
    setup = try ListeningSetup(arguments)
  }

  func run() throws(Failure) {
    guard hasMicrophone || wyoming.endpoint != nil else {
      throw .usage("there is nothing to do with both --no-microphone and --no-wyoming", command: arguments.commandName)
    }
    // The service's threads leave the signals to this one, whose sleep they end.
    var signals = sigset_t()
    sigemptyset(&signals)
    for signal in [SIGINT, SIGTERM, SIGHUP] { sigaddset(&signals, signal) }
    pthread_sigmask(SIG_BLOCK, &signals, nil)
    try setup.makePhraseFile()
    let service = DeviceService(
      setup, wyoming: wyoming, hooks: hooks, output: arguments.flag("json") ? .json : .lines,
      hasMicrophone: hasMicrophone, version: version)
    platform_catch_stop_signals()
    platform_catch_reload_signal()
    try service.start()
    var manager = ServiceManager()
    manager.tellReady(service.status)
    while platform_stop_signal() == 0 && !service.isOver {
      platform_sleep_milliseconds(1_000)
      if platform_take_reload_signal() != 0 {
        manager.tellReloading()
        service.reload(arguments)
        manager.tellReady(service.status)
      } else {
        service.reloadChangedPhrases()
      }
      if service.isAlive() { manager.tellAlive() }
    }
    manager.tellStopping()
    try service.stop()
    tell("stopped")
  }
}

/// What the command line says of the Wyoming server.
package struct WyomingOptions: Sendable {
  package static let options: [CommandSyntax.Option] = [
    .value(
      "wyoming", "address:port",
      "Where to serve hubs, unix:PATH for a socket of this machine; port 0 takes a free one (default: 127.0.0.1:10400)."
    ),
    .flag("no-wyoming", "Do not serve hubs."),
    .value("clients", "count", "How many hubs may be connected at once; more are closed (default: 64)."),
    .value("idle-seconds", "count", "Close a client that has sent nothing for so long (default: never)."),
  ]

  /// Nil where hubs are not served.
  package let endpoint: ServiceEndpoint?
  private(set) var limits = WakeServer.Limits()

  package init(_ arguments: CommandArguments) throws(Failure) {
    let text = arguments.text("wyoming") ?? "127.0.0.1:10400"
    guard let endpoint = ServiceEndpoint(text) else {
      throw .usage(
        "--wyoming is \(text); accepted are an address and a port, such as 0.0.0.0:10400 or [::1]:10400",
        command: arguments.commandName)
    }
    self.endpoint = arguments.flag("no-wyoming") ? nil : endpoint
    if let count = try arguments.integer("clients", in: 1...1_024) { limits.clientCount = count }
    limits.idleSeconds = try arguments.integer("idle-seconds", in: 1...1_000_000)
  }
}
