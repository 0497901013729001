import HTTPTypes
import HummingbirdCore
import JSON
import NIOCore

/// Responds to requests: checks access, routes the request, and turns errors into JSON responses.
struct ConsoleResponder: Sendable {
  let rules: AccessRules
  let api: ConsoleAPI

  func respond(to request: Request, _ channel: any Channel) async -> Response {
    let peer = channel.remoteAddress?.ipAddress ?? "?"
    var response: Response
    do {
      response = try await answer(request, channel, peer)
    } catch let error as ConsoleError {
      response = Response(error)
    } catch {
      response = Response(
        ConsoleError(
          .internalServerError, "the request failed: \(error)",
          remedy: "try again, or restart the service"))
    }
    response.headers[.xContentTypeOptions] = "nosniff"
    response.headers[.contentSecurityPolicy] = PageFiles.policy(isFramed: rules.trusts(peer))
    response.headers[.referrerPolicy] = "no-referrer"
    response.headers[.crossOriginResourcePolicy] = "same-origin"
    response.headers[.crossOriginOpenerPolicy] = "same-origin"
    if response.headers[.cacheControl] == nil { response.headers[.cacheControl] = "no-store" }
    if request.method == .head {
      return Response(status: response.status, headers: response.headers)
    }
    return response
  }

  private func answer(_ request: Request, _ channel: any Channel, _ peer: String) async throws -> Response {
    let head = request.head
    try rules.checkSource(of: head, from: peer)
    let path = request.uri.path
    // The page's files contain no secrets; the page itself asks for the token.
    if let file = PageFiles.file(path) {
      try allow([.get, .head], head, path)
      return Response(
        status: .ok, headers: [.contentType: file.type, .cacheControl: "no-cache"],
        body: ResponseBody(byteBuffer: ByteBuffer(bytes: file.bytes)))
    }
    if path == "/healthz" {
      try allow([.get, .head], head, path)
      return try api.health()
    }
    if path == "/api/session" { return try await session(request, peer) }
    try rules.checkToken(of: head, from: peer)
    if path == "/metrics" {
      try allow([.get, .head], head, path)
      return Response(
        status: .ok, headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8"],
        body: ResponseBody(byteBuffer: ByteBuffer(string: api.metrics())))
    }
    guard let route = ConsoleAPI.Route(rawValue: path) else {
      throw ConsoleError(.notFound, "there is nothing at this address", remedy: "open / for the page")
    }
    try allow(route.methods, head, path)
    return try await api.answer(route, request, channel, rules)
  }

  /// Logs in or out, or reports whether a token is required.
  private func session(_ request: Request, _ peer: String) async throws -> Response {
    try allow([.get, .post, .delete], request.head, "/api/session")
    var object = JSONObject()
    var cookie: String?
    switch request.method {
    case .post:
      let body = try await RequestBodies.object(request, rules)
      cookie = try rules.logIn(try body.text("token"), from: peer)
      object.add("needsToken", false)
    case .delete:
      cookie = rules.logOut(request.head)
      object.add("needsToken", rules.token != nil)
    default:
      var isIn = true
      do { try rules.checkToken(of: request.head, from: peer) } catch {
        guard error.status == .unauthorized else { throw error }
        isIn = false
      }
      object.add("needsToken", !isIn)
      object.add("hasToken", rules.token != nil)
    }
    var response = Response(object)
    if let cookie { response.headers[.setCookie] = cookie }
    return response
  }

  private func allow(_ methods: [HTTPRequest.Method], _ head: HTTPRequest, _ path: String) throws(ConsoleError) {
    guard !methods.contains(head.method) else { return }
    throw ConsoleError(
      .methodNotAllowed, "\(path) does not accept \(head.method.rawValue)",
      remedy: "use \(methods.map { $0.rawValue }.joined(separator: ", "))")
  }
}

extension Response {
  init(_ object: JSONObject, status: HTTPResponse.Status = .ok) {
    self.init(
      status: status, headers: [.contentType: "application/json"],
      body: ResponseBody(byteBuffer: ByteBuffer(bytes: object.encoded)))
  }

  init(_ error: ConsoleError) {
    self.init(error.json, status: error.status)
    if let seconds = error.retrySeconds { headers[.retryAfter] = "\(seconds)" }
    if error.status == .unauthorized { headers[.wwwAuthenticate] = "Bearer realm=\"cooee\"" }
  }
}

extension HTTPField.Name {
  static let referrerPolicy = Self("Referrer-Policy")!
  static let crossOriginOpenerPolicy = Self("Cross-Origin-Opener-Policy")!
}
