import CPlatform
import CommandLineOptions
import DeviceSetup
import ListeningService
import Messages

/// The command line's options for the console.
package struct ConsoleOptions: Sendable {
  package static var options: [CommandSyntax.Option] {
    [
      .value(
        "console", "address:port",
        "Address of the web console; port 0 selects a free port (default: 127.0.0.1:10480). On an address that other "
          + "machines can reach, it requires a token."),
      .flag("no-console", "Turn off the web console."),
      .value(
        "console-token-file", "file",
        "The file with the console's token, created at the first start (default: none on 127.0.0.1, else "
          + "console-token in $STATE_DIRECTORY or next to the phrase file). If given, 127.0.0.1 requires it too."),
      .value(
        "console-trusted-proxy", "address",
        "The IP address of a proxy that authenticates users, such as Home Assistant's ingress, 172.30.32.2. Its requests "
          + "need no token. Do not name a proxy that anyone may use."),
    ] + PhraseBook.options
  }

  /// The default port.
  package static let standardPort = 10_480

  /// The address; nil to disable the console.
  package var endpoint: ServiceEndpoint?
  /// The token file; nil if no token is required.
  package var tokenPath: String?
  /// The proxy whose requests need no token.
  package var trustedProxy: TrustedProxy?

  /// - Throws: `usage` if an option is not accepted.
  package init(_ arguments: CommandArguments) throws(Failure) {
    let text = arguments.text("console")
    if arguments.flag("no-console") {
      guard text == nil else { throw .usage("--console and --no-console cannot be combined", command: "serve") }
      return
    }
    // Browsers cannot open Unix sockets.
    guard let endpoint = ServiceEndpoint(text ?? "127.0.0.1:\(Self.standardPort)"), endpoint.socketPath == nil else {
      throw .usage(
        "--console is \(text ?? ""); it accepts an address and a port, such as 127.0.0.1:10480 or [::1]:10480",
        command: "serve")
    }
    self.endpoint = endpoint
    if let text = arguments.text("console-trusted-proxy") {
      guard let proxy = TrustedProxy(text) else {
        throw .usage(
          "--console-trusted-proxy is \(text); it accepts an IP address, such as 172.30.32.2", command: "serve")
      }
      trustedProxy = proxy
    }
    if let path = arguments.text("console-token-file") {
      guard !path.isEmpty else { throw .usage("--console-token-file is empty; name a file", command: "serve") }
      tokenPath = path
    } else if !endpoint.isLoopback {
      tokenPath = Self.standardTokenPath(
        stateFolders: String(cString: platform_environment("STATE_DIRECTORY")),
        phrases: arguments.text("phrases") ?? "phrases.cooeep")
    }
  }

  package init(endpoint: ServiceEndpoint?, tokenPath: String? = nil, trustedProxy: TrustedProxy? = nil) {
    self.endpoint = endpoint
    self.tokenPath = tokenPath
    self.trustedProxy = trustedProxy
  }

  /// The default path of the token.
  ///
  /// - Parameter stateFolders: systemd's list, separated by colons; may be empty.
  static func standardTokenPath(stateFolders: String, phrases: String) -> String {
    if let folder = stateFolders.split(separator: ":").first { return "\(folder)/console-token" }
    guard let slash = phrases.lastIndex(of: "/") else { return "console-token" }
    return phrases[...slash] + "console-token"
  }
}
