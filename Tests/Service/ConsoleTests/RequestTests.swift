import CPlatform
import Console
import ListeningService
import Testing

@Suite("Console requests")
struct RequestTests {
  private let console: TestConsole

  init() throws { console = try TestConsole() }

  @Test("the page and its parts come from the program, below any path, and all external content is forbidden")
  func page() throws {
    let page = console.ask("GET", "/")
    #expect(page.status == 200)
    #expect(page["content-type"] == "text/html; charset=utf-8")
    let policy = try #require(page["content-security-policy"])
    for word in ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'"] { #expect(policy.contains(word)) }
    #expect(!policy.contains("unsafe"))
    #expect(page["x-content-type-options"] == "nosniff")
    var parts = ["/page/service.js", "/page/trial.js"]
    for piece in page.text.split(separator: "\"") where piece.hasPrefix("page/") { parts.append("/" + piece) }
    #expect(parts.count >= 5)
    var seen: Set<String> = []
    while let part = parts.popLast() {
      guard seen.insert(part).inserted else { continue }
      let file = console.ask("GET", part)
      #expect(file.status == 200 && !file.body.isEmpty, "\(part)")
      // What a script imports must be there too.
      for piece in file.text.split(separator: "\"") where piece.hasPrefix("./") && piece.hasSuffix(".js") {
        parts.append("/page/\(piece.dropFirst(2))")
      }
      #expect(!file.text.contains("http://") || part.hasSuffix(".svg"), "\(part)")
      #expect(!file.text.contains("https://"), "\(part)")
      // Behind a proxy, the page may lie below a path, such as /api/hassio_ingress/TOKEN/.
      #expect(!file.text.contains(/["'(`]\/[a-z]/), "\(part) has an address without a host that begins with a slash")
    }
    #expect(seen.contains("/page/enroll.js"))
    #expect(!page.text.contains("=\"/"))
    let head = console.ask("HEAD", "/")
    #expect(head.status == 200 && head["content-length"].flatMap { Int($0) } ?? 0 > 1_000)
  }

  @Test("metrics and health are available to programs")
  func machines() {
    let metrics = console.ask("GET", "/metrics")
    #expect(metrics.text == "cooee_up 1\n")
    #expect(metrics["content-type"]?.hasPrefix("text/plain; version=0.0.4") == true)
    #expect(console.ask("GET", "/healthz").json?["status"]?.text == "ok")
    var microphone = MicrophoneState()
    microphone.condition = .failed("it has no capture side")
    console.feed.send(.microphone(microphone))
    #expect(console.ask("GET", "/healthz").status == 503)
  }

  @Test(
    "invalid requests get a 4xx with the problem and what to do",
    arguments: [
      ("GET", "/nowhere", nil, 404), ("GET", "/api/../etc/passwd", nil, 404), ("PUT", "/api/phrases", "{}", 405),
      ("POST", "/", "{}", 405), ("GET", "/api/sound", nil, 405), ("POST", "/api/phrases", "", 400),
      ("POST", "/api/phrases", "{\"phrase\":", 400), ("POST", "/api/phrases", "[1]", 400),
      ("POST", "/api/phrases", "{}", 400), ("POST", "/api/phrases", "{\"phrase\":7}", 400),
      ("POST", "/api/phrases", "{\"phrase\":\"a\\u0000b\"}", 400),
      ("POST", "/api/phrases", "{\"phrase\":\"hey computer\",\"threshold\":2}", 400),
      ("POST", "/api/phrases", "{\"phrase\":\"hey computer\",\"falseAlarmsPerHour\":0}", 400),
      ("POST", "/api/phrases", "{\"phrase\":\"東京\"}", 422), ("POST", "/api/pronunciation", "{\"phrase\":\"!\"}", 422),
      ("POST", "/api/phrases", "{\"phrase\":\"hey\",\"pronunciation\":\"HH XX\"}", 422),
      ("POST", "/api/threshold", "{\"phrase\":\"never enrolled\",\"threshold\":0.5}", 404),
      ("DELETE", "/api/phrases", "{\"phrase\":\"never enrolled\"}", 404),
      ("POST", "/api/restored", "{\"phrase\":\"never removed\"}", 404),
      ("POST", "/api/forecast", "{\"phrase\":\"never enrolled\"}", 404),
    ] as [(String, String, String?, Int)])
  func refused(_ method: String, _ path: String, _ body: String?, _ status: Int) {
    let answer = body.map { console.ask(method, path, json: $0) } ?? console.ask(method, path)
    #expect(answer.status == status, "\(answer.text)")
    #expect(answer.json?["error"]?.text?.isEmpty == false)
    #expect(answer.remedy?.isEmpty == false)
    #expect(console.texts == [])
  }

  @Test("bodies and header fields beyond the limits are rejected, and the next request is served")
  func limits() {
    let long = "{\"phrase\":\"" + String(repeating: "a", count: 20_000) + "\"}"
    #expect(console.ask("POST", "/api/phrases", json: long).status == 413)
    let fields = console.ask("GET", "/", fields: ["X-Long: " + String(repeating: "a", count: 40_000)])
    #expect(fields.status == 431)
    #expect(fields.remedy?.isEmpty == false)
    #expect(console.ask("GET", "/", fields: (0..<100).map { "X-\($0): a" }).status == 431)
    // A body without a declared length, in pieces.
    let client = WebClient(port: console.port)
    client.send(
      "POST /api/phrases HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    client.send("8000\r\n" + String(repeating: "a", count: 0x8000) + "\r\n0\r\n\r\n")
    #expect(client.answer().status == 413)
    #expect(console.ask("GET", "/api/state").status == 200)
  }

  @Test(
    "data that is not HTTP is rejected in JSON and the connection closed",
    arguments: [
      "GARBAGE\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "GET / HTTP/1.1\r\nHost: a b\u{1}\r\n\r\n",
      "POST /api/phrases HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n", "\u{16}\u{3}\u{1}\r\n\r\n",
    ])
  func malformed(_ request: String) {
    let client = WebClient(port: console.port)
    client.send(request)
    let answer = client.answer()
    #expect(answer.status == 400, "\(answer.text)")
    #expect(answer.remedy?.isEmpty == false)
    #expect(console.ask("GET", "/api/state").status == 200)
  }

  @Test("connections beyond the limit wait until one ends, and others are served again")
  func connections() throws {
    var limits = ConsoleServer.Limits()
    limits.connectionCount = 4
    limits.idleSeconds = 1
    let console = try TestConsole(limits: limits)
    // They say nothing, and are closed for it.
    let idle = (0..<12).map { _ in WebClient(port: console.port) }
    #expect(console.ask("GET", "/healthz").status == 200)
    withExtendedLifetime(idle) {}
  }

  @Test("a peer that reads nothing or a few bytes at a time is disconnected, others are served", arguments: [0, 16])
  func untaken(_ byteCount: Int) throws {
    var limits = ConsoleServer.Limits()
    limits.connectionCount = 2
    limits.idleSeconds = 1
    let console = try TestConsole(limits: limits)
    let requests = String(repeating: "GET /page/phrases.js HTTP/1.1\r\nHost: localhost\r\n\r\n", count: 600)
    let stuck = (0..<2).map { _ in WebClient(port: console.port, takesLittle: true) }
    for client in stuck { client.send(requests) }
    let other = WebClient(port: console.port)
    other.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
    for _ in 0..<1_000 where !other.hasMore(withinMilliseconds: 50) {
      if byteCount > 0 { for client in stuck { client.take(byteCount) } }
    }
    #expect(other.hasMore(withinMilliseconds: 0))
    #expect(other.answer().status == 200)
    withExtendedLifetime(stuck) {}
  }

  @Test("a request that arrives too slowly is rejected, with and without a token")
  func late() throws {
    var limits = ConsoleServer.Limits()
    limits.idleSeconds = 1
    let console = try TestConsole(token: "token", limits: limits)
    for path in ["/api/session", "/api/phrases"] {
      let client = WebClient(port: console.port)
      let length = "Content-Type: application/json\r\nContent-Length: 16000\r\n\r\n"
      client.send("POST \(path) HTTP/1.1\r\nHost: localhost\r\n\(length)")
      // The second is answered at once, and goes on sending.
      if path == "/api/phrases" { #expect(client.read(until: "remedy").contains(" 401 ")) }
      for _ in 0..<1_000 where !client.hasMore(withinMilliseconds: 50) { client.send("x") }
      #expect(client.hasMore(withinMilliseconds: 0))
      let text = client.read(until: "remedy")
      #expect(text.contains(" 408 ") && text.contains("within 1 s"), "\(path): \(text)")
    }
  }

  @Test("connections beyond an address's limit are rejected, and other addresses are served")
  func share() throws {
    var limits = ConsoleServer.Limits()
    limits.addressConnectionCount = 2
    let console = try TestConsole(limits: limits)
    var held = [WebClient(port: console.port), WebClient(port: console.port)]
    let refused = console.ask("GET", "/healthz")
    #expect(refused.status == 503)
    #expect(refused.remedy?.isEmpty == false && refused["retry-after"] != nil)
    let other = WebClient(port: console.port, from: "127.0.0.2")
    other.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
    #expect(other.answer().status == 200)
    held.removeLast()
    var status = 0
    for _ in 0..<2_000 where status != 200 {
      platform_sleep_milliseconds(5)
      status = console.ask("GET", "/healthz").status
    }
    #expect(status == 200)
    withExtendedLifetime(held) {}
  }

  @Test("two phrase files can be uploaded at once, and more are rejected")
  func incoming() {
    let type = "Content-Type: application/octet-stream"
    let begun = (0..<2).map { _ in WebClient(port: console.port) }
    for client in begun {
      client.send("PUT /api/file HTTP/1.1\r\nHost: localhost\r\n\(type)\r\nContent-Length: 1000\r\n\r\nhalf of it")
    }
    func answer(_ isWanted: (WebAnswer) -> Bool) -> WebAnswer {
      var answer = WebAnswer()
      for _ in 0..<400 {
        answer = console.ask("PUT", "/api/file", fields: [type], body: Array("no phrases".utf8))
        if isWanted(answer) { break }
        platform_sleep_milliseconds(50)
      }
      return answer
    }
    let refused = answer { $0.status == 503 }
    #expect(refused.status == 503)
    #expect(refused.remedy?.isEmpty == false && refused["retry-after"] != nil)
    begun[0].send(String(repeating: "x", count: 990))
    #expect(begun[0].answer().status == 422)
    #expect(answer { $0.status != 503 && $0.status != 429 }.status == 422)
    withExtendedLifetime(begun) {}
  }
}
