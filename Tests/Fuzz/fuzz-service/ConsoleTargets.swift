import Console
import FuzzDriver
import HTTPTypes
import JSON
import ListeningService

@testable import Console

extension FuzzTarget {
  /// The fields and the body of a request: a line each for host, origin, site, content type, cookie, authorization,
  /// proxies and path, then the body.
  ///
  /// Requests from other hosts and sites, and those without the token, are never accepted.
  static let http = FuzzTarget(
    "http", mostBytes: 1_024,
    words: jsonWords + [
      "localhost:10401", "127.0.0.1", "[::1]", "evil.example", "http://", "same-origin", "cross-site",
      "application/json",
      "cooee_console=", "Bearer ", token.text, "phrase", "pronunciation", "threshold", "/api/phrases",
      "/page/console.js",
    ],
    seeds: [
      "localhost:10401\nhttp://localhost:10401\nsame-origin\napplication/json; charset=utf-8\na=b; cooee_console=\(token.text)\n"
        + "Bearer \(token.text)\n\n/api/phrases\n{\"phrase\":\"hey computer\",\"threshold\":0.5}",
      "[::1]:1\n\n\n\n\n\nfor=\"[::1]\"\n/\n",
      "127.0.0.1\nnull\nnone\ntext/plain\ncooee_console=\nBasic eA==\n\n/page/console.js\n[]",
    ].map { Array($0.utf8) }
  ) { bytes in
    var input = InputCursor(bytes)
    var request = HTTPRequest(method: .post, scheme: "http", authority: input.line().text, path: "/")
    // Characters that no field can contain are already removed, as they are from network requests.
    let authority = request.authority ?? ""
    for name in [HTTPField.Name.origin, .fetchSite, .contentType, .cookie, .authorization, .ofProxies[0]] {
      let value = input.line().text
      if !value.isEmpty { request.headerFields.append(HTTPField(name: name, value: value)) }
    }
    _ = PageFiles.file(input.line().text)
    let endpoint = ServiceEndpoint(host: "127.0.0.1", port: 10_401)
    let open = AccessRules(endpoint: endpoint, token: nil)
    let closed = AccessRules(endpoint: endpoint, token: token)

    if (try? open.checkSource(of: request, from: "peer")) != nil {
      let host = AccessRules.host(of: authority) ?? ""
      let isHere = host == "localhost" || host.hasSuffix(".localhost") || host == "::1" || host.hasPrefix("127.")
      require(isHere, "\(host) is a name of this machine")
      let site = request.headerFields[.fetchSite]
      require(site == nil || site == "same-origin" || site == "none", "the request comes from no other site")
      let origin = request.headerFields[.origin]
      require(origin == nil || origin?.hasSuffix("://" + authority) == true, "the request comes from this page")
      require(request.headerFields[.ofProxies[0]] == nil, "the request comes through no proxy")
    }
    _ = try? closed.checkSource(of: request, from: "peer")
    try? open.checkContent(of: request, is: "application/json")
    if (try? closed.checkToken(of: request, from: "peer")) != nil {
      let given = request.headerFields[values: .authorization]
      require(given.contains { $0.contains(token.text) }, "an accepted request has the token")
    }
    let body = input.rest()
    if (try? closed.logIn(body.text, from: "peer")) != nil {
      require(body.text == token.text, "an accepted login has the token")
    }
    guard let value = JSONValue(body), case .object = value else { return }
    if let phrase = try? value.text("phrase") {
      require(!phrase.isEmpty && phrase.utf8.count <= PhraseEditor.mostTextBytes, "a phrase keeps to its limit")
      require(!phrase.utf8.contains { $0 < 0x20 }, "a phrase has no control characters")
    }
    _ = try? value.optionalText("pronunciation")
    if let threshold = try? value.optionalNumber("threshold", in: 0...1) {
      require((0...1).contains(threshold), "a threshold keeps to its range")
    }
  }

  private static let token = AccessToken(text: "0123456789abcdef0123456789abcdef")
}
