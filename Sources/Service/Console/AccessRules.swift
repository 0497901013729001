import HTTPTypes
import ListeningService

/// The access rules of the console.
///
/// Without a token, only browsers on this machine may use the console, and pages of other sites must not use it through
/// them. Therefore the request's host must be a name of this machine, which excludes names that point here through DNS,
/// and the origin that the browser reports must be this page. Requests through a proxy may come from anywhere and are
/// refused.
///
/// With a token, every request must contain it as `Authorization: Bearer`, or the cookie of a browser that logged in
/// with it. Exceptions are the page's own files and logging in.
///
/// Requests from the trusted proxy need no token and may be for any host name, because the proxy has authenticated the
/// user. The origin must still be the page, under the name that the browser used.
struct AccessRules: Sendable {
  static let cookieName = "cooee_console"
  /// The number of wrong tokens that are checked per address: ten, then one every six seconds. The right token is
  /// always accepted. The limit only reduces load: the token has too many bits to guess.
  static let failures = (burst: 10, perSecond: 1.0 / 6)

  let endpoint: ServiceEndpoint
  let token: AccessToken?
  let proxy: TrustedProxy?
  private let sessions = BrowserSessions()
  private let failures = RateLimit(burst: Self.failures.burst, perSecond: Self.failures.perSecond)

  init(endpoint: ServiceEndpoint, token: AccessToken?, proxy: TrustedProxy? = nil) {
    self.endpoint = endpoint
    self.token = token
    self.proxy = proxy
  }

  /// Whether a peer is the trusted proxy.
  func trusts(_ peer: String) -> Bool { proxy?.isPeer(peer) == true }

  /// Refuses requests from pages of other sites, and under names that are not this machine's.
  func checkSource(of request: HTTPRequest, from peer: String) throws(ConsoleError) {
    let isTrusted = trusts(peer)
    guard let authority = request.authority, let host = Self.host(of: authority) else {
      throw ConsoleError(
        .badRequest, "the request has no Host header", remedy: "send one, as browsers and curl do")
    }
    if token == nil && !isTrusted && !Self.isLoopback(host) && host != endpoint.host {
      throw ConsoleError(
        .misdirectedRequest, "this console does not have the name \(Self.shown(host))",
        remedy: "on this machine, open http://127.0.0.1 or http://localhost with its port")
    }
    let fields = request.headerFields
    if token == nil, !isTrusted, let field = HTTPField.Name.ofProxies.first(where: { fields[$0] != nil }) {
      throw ConsoleError(
        .forbidden, "the request came through a proxy (\(field)), and this console requires no token",
        remedy: "start the service with --console-token-file, because anyone behind the proxy could use the console")
    }
    let isNavigation = request.method == .get && fields[.fetchMode] == "navigate"
    if let site = fields[.fetchSite], site != "same-origin" && site != "none" && !isNavigation { throw Self.crossSite }
    if let origin = fields[.origin], !isNavigation {
      let names = [authority] + (isTrusted ? fields[values: .forwardedHost] : [])
      guard names.contains(where: { origin == "http://\($0)" || origin == "https://\($0)" }) else {
        throw Self.crossSite
      }
    }
  }

  /// Refuses a change with another content type: forms of other sites cannot set this type.
  func checkContent(of request: HTTPRequest, is type: String) throws(ConsoleError) {
    let given = request.headerFields[.contentType] ?? ""
    let bare = given.split(separator: ";").first.map { $0.lowercased().filter { $0 != " " } } ?? ""
    guard bare == type else {
      throw ConsoleError(
        .unsupportedMediaType,
        "the content type is \(bare.isEmpty ? "missing" : Self.shown(bare)), and not \(type)",
        remedy: "send it with Content-Type: \(type)")
    }
  }

  /// Refuses requests without the token or a session's cookie.
  func checkToken(of request: HTTPRequest, from peer: String) throws(ConsoleError) {
    guard let token, !trusts(peer) else { return }
    if let name = Self.cookie(of: request), sessions.contains(name) { return }
    let words = (request.headerFields[.authorization] ?? "").split(separator: " ", maxSplits: 1)
    guard words.count == 2, words[0].lowercased() == "bearer" else {
      throw ConsoleError(
        .unauthorized, "this console requires its token",
        remedy: "enter it from the file that --console-token-file names, or send it as Authorization: Bearer")
    }
    try check(String(words[1]), token, peer)
  }

  /// Logs in with a token.
  ///
  /// - Returns: The cookie of a new session.
  /// - Throws: An error if the token is wrong or not required.
  func logIn(_ text: String, from peer: String) throws(ConsoleError) -> String {
    guard let token else {
      throw ConsoleError(.conflict, "this console requires no token", remedy: "continue without one")
    }
    try check(text, token, peer)
    return Self.cookie(sessions.begin(), seconds: BrowserSessions.seconds)
  }

  /// Ends the session of a request.
  ///
  /// - Returns: The cookie that replaces the session's cookie.
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
      .unauthorized, "this is not the console's token",
      remedy: "copy it from the file that --console-token-file names, on the machine that runs the service")
  }

  private static let crossSite = ConsoleError(
    .forbidden, "the request comes from a page of another site", remedy: "use the console's own page")

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

  /// The host of `HOST` or `HOST:PORT`, in lowercase and without square brackets; nil if the text is something else.
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
    // Only as a number: 127.example.com is a name.
    let parts = host.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
  }

  /// External text, shortened for a message.
  private static func shown(_ text: String) -> String {
    text.count > 80 ? text.prefix(80) + "…" : text
  }
}

extension HTTPField.Name {
  static let fetchSite = Self("Sec-Fetch-Site")!
  static let fetchMode = Self("Sec-Fetch-Mode")!
  static let forwardedHost = Self("X-Forwarded-Host")!
  /// The header fields that proxies add.
  static let ofProxies = ["Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "Via"].map { Self($0)! }
}
