import HTTPTypes
import ListeningService

/// Who may ask for what.
///
/// Without a token the console is for this machine's browsers alone, and a page of somebody else's must not use it through
/// them: the request's host must be a name of this machine (a name that leads here through somebody's DNS is none), and
/// what a browser says of where a request comes from must be this page. What came through a proxy comes from anywhere, and is
/// refused. With a token, every request but those for the page's own files and for logging in must bring it as
/// `Authorization: Bearer`, or the cookie of a browser that did.
struct AccessRules: Sendable {
  static let cookieName = "heed_console"
  /// Wrong tokens that are answered: ten at once, then one in six seconds, for each address. The right one is let in
  /// meanwhile: whoever guesses at so many bits is only kept from making work, and shuts nobody out.
  static let failures = (burst: 10, perSecond: 1.0 / 6)

  let endpoint: ServiceEndpoint
  let token: AccessToken?
  private let sessions = BrowserSessions()
  private let failures = RateLimit(burst: Self.failures.burst, perSecond: Self.failures.perSecond)

  init(endpoint: ServiceEndpoint, token: AccessToken?) {
    self.endpoint = endpoint
    self.token = token
  }

  /// Refuses what comes from another site's page, or by a name that is not this machine's.
  func checkSource(of request: HTTPRequest) throws(ConsoleError) {
    guard let authority = request.authority, let host = Self.host(of: authority) else {
      throw ConsoleError(
        .badRequest, "the request names no host", remedy: "send a Host header, as every browser and curl does")
    }
    if token == nil && !Self.isLoopback(host) && host != endpoint.host {
      throw ConsoleError(
        .misdirectedRequest, "\(Self.shown(host)) is not an address of this console",
        remedy: "open it as http://127.0.0.1 or http://localhost with its port, on this machine")
    }
    let fields = request.headerFields
    if token == nil, let field = HTTPField.Name.ofProxies.first(where: { fields[$0] != nil }) {
      throw ConsoleError(
        .forbidden, "the request came through a proxy (\(field)), and this console has no token",
        remedy: "start it with --console-token-file, as anyone who reaches the proxy could use the console")
    }
    let isNavigation = request.method == .get && fields[.fetchMode] == "navigate"
    if let site = fields[.fetchSite], site != "same-origin" && site != "none" && !isNavigation { throw Self.crossSite }
    if let origin = fields[.origin], !isNavigation {
      guard origin == "http://\(authority)" || origin == "https://\(authority)" else { throw Self.crossSite }
    }
  }

  /// Refuses a change whose body is not declared as what it should be: a form of another site cannot declare that.
  func checkContent(of request: HTTPRequest, is type: String) throws(ConsoleError) {
    let given = request.headerFields[.contentType] ?? ""
    let bare = given.split(separator: ";").first.map { $0.lowercased().filter { $0 != " " } } ?? ""
    guard bare == type else {
      throw ConsoleError(
        .unsupportedMediaType,
        "the body is \(bare.isEmpty ? "of undeclared type" : Self.shown(bare)), not \(type)",
        remedy: "send it with Content-Type: \(type)")
    }
  }

  /// Refuses who does not bring the token, or the cookie of who did.
  func checkToken(of request: HTTPRequest, from peer: String) throws(ConsoleError) {
    guard let token else { return }
    if let name = Self.cookie(of: request), sessions.contains(name) { return }
    let words = (request.headerFields[.authorization] ?? "").split(separator: " ", maxSplits: 1)
    guard words.count == 2, words[0].lowercased() == "bearer" else {
      throw ConsoleError(
        .unauthorized, "this console requires a token",
        remedy: "enter the token from the file in --console-token-file, or send it as Authorization: Bearer")
    }
    try check(String(words[1]), token, peer)
  }

  /// Takes a token that somebody typed.
  ///
  /// - Returns: the cookie of a new session.
  func logIn(_ text: String, from peer: String) throws(ConsoleError) -> String {
    guard let token else {
      throw ConsoleError(.conflict, "this console requires no token", remedy: "continue without one")
    }
    try check(text, token, peer)
    return Self.cookie(sessions.begin(), seconds: BrowserSessions.seconds)
  }

  /// Ends the session of who asks.
  ///
  /// - Returns: the cookie that takes the place of its cookie.
  func logOut(_ request: HTTPRequest) -> String {
    if let name = Self.cookie(of: request) { sessions.end(name) }
    return Self.cookie("", seconds: 0)
  }

  private func check(_ given: String, _ token: AccessToken, _ peer: String) throws(ConsoleError) {
    guard !token.matches(given) else { return }
    if failures.take(peer) != nil {
      throw ConsoleError(
        .tooManyRequests, "too many wrong tokens from \(peer)", remedy: "wait a minute", retrySeconds: 60)
    }
    throw ConsoleError(
      .unauthorized, "wrong token",
      remedy: "enter the token from the file in --console-token-file on the machine that runs the service")
  }

  private static let crossSite = ConsoleError(
    .forbidden, "the request comes from another site's page", remedy: "use the console's own page")

  private static func cookie(_ name: String, seconds: Int) -> String {
    "\(cookieName)=\(name); Path=/; Max-Age=\(seconds); HttpOnly; SameSite=Strict"
  }

  private static func cookie(of request: HTTPRequest) -> String? {
    for field in request.headerFields[values: .cookie] {
      for pair in field.split(separator: ";") {
        let bare = pair.drop { $0 == " " }
        if bare.hasPrefix("\(cookieName)=") { return String(bare.dropFirst(cookieName.count + 1)) }
      }
    }
    return nil
  }

  /// The host of `HOST` or `HOST:PORT`, in lower case and without square brackets; nil where it is something else.
  static func host(of authority: String) -> String? {
    let text = authority.lowercased()
    var host = text[...]
    var rest = text[text.endIndex...]
    if host.hasPrefix("[") {
      guard let end = host.firstIndex(of: "]") else { return nil }
      rest = host[host.index(after: end)...]
      host = host[host.index(after: host.startIndex)..<end]
    } else if let colon = host.firstIndex(of: ":") {
      rest = host[colon...]
      host = host[..<colon]
    }
    guard !host.isEmpty,
      rest.isEmpty || (rest.first == ":" && rest.dropFirst().allSatisfy { $0.isASCII && $0.isNumber })
    else { return nil }
    return String(host)
  }

  private static func isLoopback(_ host: String) -> Bool {
    if host == "localhost" || host == "::1" || host.hasSuffix(".localhost") { return true }
    // By number alone: 127.example.com is a name.
    let parts = host.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
  }

  /// A text from outside, short enough for a message.
  private static func shown(_ text: String) -> String {
    text.count > 80 ? text.prefix(80) + "…" : text
  }
}

extension HTTPField.Name {
  static let fetchSite = Self("Sec-Fetch-Site")!
  static let fetchMode = Self("Sec-Fetch-Mode")!
  /// What proxies add to the requests that they pass on.
  static let ofProxies = ["Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "Via"].map { Self($0)! }
}
