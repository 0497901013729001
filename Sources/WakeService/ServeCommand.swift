import CPlatform
import DeviceCommands
import Glibc
import NIOCore

/// `heed serve`: a wake-word server for home-automation hubs.
package struct ServeCommand {
  /// For ``DeviceCommands/DeviceProgram``.
  ///
  /// - Parameter version: that of the program, told to hubs.
  package static func command(version: String) -> AdditionalCommand {
    AdditionalCommand(syntax) { arguments throws(Failure) in try ServeCommand(arguments, version: version).run() }
  }

  static let syntax = CommandSyntax(
    "serve", "Serve wake words to home-automation hubs.",
    """
    Listens to the audio that hubs such as Home Assistant send, in the Wyoming protocol, and tells them when an enrolled
    phrase was said. Goes on until SIGINT (control-C) or SIGTERM. Nothing is stored.

    Phrases that are enrolled or removed meanwhile count from the next time that a hub asks what there is or begins to
    listen; nothing has to be started anew.

    A client that sends what is no Wyoming, or more than the limits allow, is told of on standard error and closed; the
    others are not disturbed. The protocol has no password and is not encrypted: with an address other than 127.0.0.1,
    everybody on that network can list the phrases and use the server.

    Examples:
      heed serve --phrases phrases.heedp
      heed serve --phrases phrases.heedp --wyoming 0.0.0.0:10400
      heed serve --phrases /var/lib/heed/phrases.heedp --wyoming [::1]:10400 --clients 8 --idle-seconds 3600

    Exit codes: 0 after SIGINT or SIGTERM, 64 for a wrong command line, 65 and 66 for a phrase file or model that cannot
    be used or opened, 69 where the address cannot be served, such as a port that is taken.
    """,
    options: [
      .value("wyoming", "address:port", "Where to listen; port 0 takes a free one (default: 127.0.0.1:10400)."),
      .value("clients", "count", "How many may be connected at once; more are closed (default: 64)."),
      .value("idle-seconds", "count", "Close a client that has sent nothing for so long (default: never)."),
    ] + ListeningSetup.options)

  private let version: String
  private let endpoint: ServiceEndpoint
  private let setup: ListeningSetup
  private var limits = WakeServer.Limits()

  init(_ arguments: CommandArguments, version: String) throws(Failure) {
    let text = arguments.text("wyoming") ?? "127.0.0.1:10400"
    guard let endpoint = ServiceEndpoint(text) else {
      throw .usage(
        "--wyoming is \(text); accepted are an address and a port, such as 0.0.0.0:10400 or [::1]:10400",
        command: "serve")
    }
    self.endpoint = endpoint
    self.version = version
    if let count = try arguments.integer("clients", in: 1...1_024) { limits.clientCount = count }
    limits.idleSeconds = try arguments.integer("idle-seconds", in: 1...1_000_000)
    setup = try ListeningSetup(arguments)
  }

  func run() throws(Failure) {
    var watch = FileWatch(setup.phrasesPath)
    _ = watch.hasChanged()
    let phrases = ServedPhrases(try setup.phrases(streamCount: limits.clientCount))
    let service = WakeServiceInfo(
      model: setup.model, kernelPath: setup.kernelPath, phrases: phrases, version: version)
    // The server's threads leave the signals to this one, whose sleep they end.
    var stops = sigset_t()
    sigemptyset(&stops)
    sigaddset(&stops, SIGINT)
    sigaddset(&stops, SIGTERM)
    pthread_sigmask(SIG_BLOCK, &stops, nil)
    let server = WakeServer(service, limits: limits) { tell("heed: \($0)") }
    platform_catch_stop_signals()
    let port = try start(server)
    let served = ServiceEndpoint(host: endpoint.host, port: port)
    tell("serving \(Self.list(phrases)) on \(served) (Wyoming), for up to \(limits.clientCount) clients at once")
    if !endpoint.isLoopback {
      tell(
        "heed: note: everybody who reaches \(served) can list the phrases and use this server: Wyoming has no password and "
          + "is not encrypted")
    }
    while platform_stop_signal() == 0 {
      platform_sleep_milliseconds(1_000)
      if watch.hasChanged() { reload(phrases) }
    }
    do { try server.stop() } catch { throw Failure(.internalError, "the server did not stop: \(error)") }
    tell("stopped")
  }

  private func start(_ server: WakeServer) throws(Failure) -> Int {
    do {
      return try server.start(on: endpoint)
    } catch {
      let reason = (error as? IOError).map { String(cString: strerror($0.errnoCode)) } ?? "\(error)"
      throw Failure(
        .deviceUnavailable,
        "cannot serve on \(endpoint): \(reason); name another address of this machine or another port with --wyoming")
    }
  }

  private func reload(_ phrases: ServedPhrases) {
    do throws(Failure) {
      phrases.replace(with: try setup.phrases(streamCount: limits.clientCount))
      tell("now serving \(Self.list(phrases))")
    } catch {
      tell("heed: \(error.message); the phrases from before are still served")
    }
  }

  private static func list(_ phrases: ServedPhrases) -> String {
    let texts = phrases.current.enrollments.map { "\"\($0.text)\"" }
    guard !texts.isEmpty else { return "no phrases yet" }
    return texts.prefix(8).joined(separator: ", ") + (texts.count > 8 ? " and \(texts.count - 8) more" : "")
  }
}
