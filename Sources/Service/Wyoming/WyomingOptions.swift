import CommandLineOptions
import ListeningService
import Messages

/// The command line's options for the Wyoming server.
package struct WyomingOptions: Sendable {
  package static let options: [CommandSyntax.Option] = [
    .value(
      "wyoming", "address:port",
      "Address for hubs, or unix:PATH for a Unix socket; port 0 selects a free port (default: 127.0.0.1:10400)."
    ),
    .flag("no-wyoming", "Do not serve hubs."),
    .value("clients", "count", "Maximum number of connected hubs (default: 64)."),
    .value("idle-seconds", "count", "Close a client after this many seconds without data (default: never)."),
  ]

  /// The address to serve on; nil to disable the server.
  package let endpoint: ServiceEndpoint?
  package private(set) var limits = WyomingServer.Limits()

  /// - Throws: `usage` if an option is not accepted.
  package init(_ arguments: CommandArguments) throws(Failure) {
    let text = arguments.text("wyoming") ?? "127.0.0.1:10400"
    guard let endpoint = ServiceEndpoint(text) else {
      throw .usage(
        "--wyoming is \(text); it accepts an address and a port, such as 0.0.0.0:10400 or [::1]:10400",
        command: arguments.commandName)
    }
    self.endpoint = arguments.flag("no-wyoming") ? nil : endpoint
    if let count = try arguments.integer("clients", in: 1...1_024) { limits.clientCount = count }
    limits.idleSeconds = try arguments.integer("idle-seconds", in: 1...1_000_000)
  }
}
