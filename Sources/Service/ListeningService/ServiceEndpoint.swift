/// The address of a server: a host and a port, or the path of a Unix socket.
public struct ServiceEndpoint: Equatable, Sendable, CustomStringConvertible {
  /// A host name or IP address.
  public var host: String
  /// The port; 0 lets the system choose one.
  public var port: Int
  /// The path of a Unix socket; nil for a network address.
  public var socketPath: String?

  /// Creates a network address.
  public init(host: String, port: Int) {
    self.host = host
    self.port = port
  }

  /// Parses `HOST:PORT`, optionally after `tcp://`, with an IPv6 host in square brackets; or `unix:PATH`, optionally
  /// with `//` before an absolute path. Nil for anything else.
  public init?(_ text: String) {
    if text.hasPrefix("unix:") {
      let path = text.hasPrefix("unix:///") ? text.dropFirst(7) : text.dropFirst(5)
      // The path must fit into a socket address.
      guard !path.isEmpty, path.utf8.count < 108, !path.hasPrefix("//") else { return nil }
      self.init(host: "", port: 0)
      socketPath = String(path)
      return
    }
    let bare = text.hasPrefix("tcp://") ? text.dropFirst(6) : text[...]
    guard let colon = bare.lastIndex(of: ":") else { return nil }
    let digits = bare[bare.index(after: colon)...]
    guard digits.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else { return nil }
    guard let port = Int(digits), port <= 65_535 else { return nil }
    var host = bare[..<colon]
    if host.hasPrefix("["), host.hasSuffix("]") {
      host = host.dropFirst().dropLast()
    } else if host.contains(":") {
      return nil
    }
    guard !host.isEmpty, !host.contains(where: { $0 == "[" || $0 == "]" }) else { return nil }
    self.init(host: String(host), port: port)
  }

  /// Whether only programs on this machine can reach it.
  public var isLoopback: Bool {
    socketPath != nil || host == "localhost" || host == "::1" || host.hasPrefix("127.")
  }

  /// The address in the form that ``init(_:)`` parses.
  public var description: String {
    if let socketPath { return "unix:\(socketPath)" }
    return host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
  }
}
