import CommandLineOptions
import Console
import Glibc
import Listening
import ListeningService
import Messages
import Testing

@Suite("Console access")
struct AccessTests {
  @Test("every name of this machine is accepted, and other names that resolve to it are not")
  func rebinding() throws {
    let console = try TestConsole()
    for host in ["127.0.0.1:\(console.port)", "localhost:\(console.port)", "LOCALHOST", "[::1]:8080", "127.1.2.3"] {
      #expect(console.ask("GET", "/api/state", host: host).status == 200, "\(host)")
    }
    for host in ["attacker.example", "127.0.0.1.attacker.example:80", "127.attacker", "192.168.1.7:10480", "0.0.0.0"] {
      let answer = console.ask("GET", "/", host: host)
      #expect(answer.status == 421, "\(host)")
      #expect(answer.remedy?.contains("http://127.0.0.1") == true)
    }
    #expect(console.ask("GET", "/", host: "[::1").status == 400)
  }

  @Test("another site's page can neither change nor read anything")
  func crossSite() throws {
    let console = try TestConsole()
    let own = "http://127.0.0.1:\(console.port)"
    let phrase = "{\"phrase\":\"hey computer\"}"
    for field in [
      "Origin: https://attacker.example", "Origin: null", "Sec-Fetch-Site: cross-site", "Sec-Fetch-Site: same-site",
    ] {
      #expect(console.ask("POST", "/api/phrases", json: phrase, fields: [field]).status == 403, "\(field)")
      #expect(console.ask("GET", "/api/state", fields: [field]).status == 403, "\(field)")
    }
    // A form of another site could send this without asking.
    let form = console.ask("POST", "/api/phrases", fields: ["Content-Type: text/plain"], body: Array(phrase.utf8))
    #expect(form.status == 415)
    #expect(form.remedy?.contains("application/json") == true)
    #expect(console.texts == [])
    #expect(
      console.ask("POST", "/api/phrases", json: phrase, fields: ["Origin: \(own)", "Sec-Fetch-Site: same-origin"])
        .status
        == 200)
    #expect(console.texts == ["hey computer"])
    let link = console.ask("GET", "/", fields: ["Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate"])
    #expect(link.status == 200)
  }

  @Test("a console with a token serves its page, and nothing else without the token")
  func token() throws {
    let console = try TestConsole(token: "token")
    let path = console.folder + "/token"
    var status = stat()
    #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o600)
    let told = try #require(console.messages.first { $0.contains("#token=") })
    let token = String(told.split(separator: "=")[1].prefix { $0.isHexDigit })
    #expect(token.count == 64)

    #expect(console.ask("GET", "/").status == 200)
    #expect(console.ask("GET", "/healthz").status == 200)
    for path in ["/api/state", "/api/feed", "/metrics", "/api/file", "/nowhere"] {
      #expect(console.ask("GET", path).status == 401, "\(path)")
    }
    #expect(console.ask("POST", "/api/phrases", json: "{\"phrase\":\"hey computer\"}").status == 401)
    #expect(console.ask("GET", "/metrics", fields: ["Authorization: Bearer \(token)"]).text == "cooee_up 1\n")
    #expect(console.ask("GET", "/metrics", fields: ["Authorization: Bearer \(token.dropLast())"]).status == 401)
    #expect(console.ask("GET", "/api/session").json?["needsToken"] == .truth(true))

    let login = console.ask("POST", "/api/session", json: "{\"token\":\"\(token)\"}")
    #expect(login.status == 200)
    let cookie = try #require(login["set-cookie"])
    for word in ["HttpOnly", "SameSite=Strict", "Path=/"] { #expect(cookie.contains(word)) }
    let pair = cookie.prefix { $0 != ";" }
    #expect(console.ask("GET", "/api/state", fields: ["Cookie: theme=dark; \(pair)"]).status == 200)
    #expect(console.ask("GET", "/api/state", fields: ["Cookie: \(pair)0"]).status == 401)
  }

  @Test("a token survives restarts and is printed once")
  func tokenLasts() throws {
    let first = try TestConsole(token: "token")
    let token = try #require(first.messages.first?.split(separator: "=").last?.prefix { $0.isHexDigit })
    first.stop()
    let second = try TestConsole(folder: first.folder, token: "token")
    #expect(!second.messages.contains { $0.contains(token) })
    #expect(second.ask("GET", "/metrics", fields: ["Authorization: Bearer \(token)"]).status == 200)
  }

  @Test("guessing tokens is rate-limited and does not lock out the owner")
  func guessing() throws {
    let console = try TestConsole(token: "token")
    let token = try #require(console.messages.first?.split(separator: "=").last?.prefix { $0.isHexDigit })
    let statuses = (0..<12).map { console.ask("POST", "/api/session", json: "{\"token\":\"guess \($0)\"}").status }
    #expect(statuses.prefix(10).allSatisfy { $0 == 401 })
    #expect(statuses.last == 429)
    let late = console.ask("GET", "/api/state", fields: ["Authorization: Bearer guess"])
    #expect(late.status == 429)
    #expect(late["retry-after"] != nil)
    #expect(console.ask("POST", "/api/session", json: "{\"token\":\"\(token)\"}").status == 200)
    #expect(console.ask("GET", "/api/state", fields: ["Authorization: Bearer \(token)"]).status == 200)
  }

  @Test("each browser has its own session, which ends at logout and with the service")
  func sessions() throws {
    let console = try TestConsole(token: "token")
    let token = try #require(console.messages.first?.split(separator: "=").last?.prefix { $0.isHexDigit })
    func logIn() throws -> String {
      let answer = console.ask("POST", "/api/session", json: "{\"token\":\"\(token)\"}")
      return String(try #require(answer["set-cookie"]).prefix { $0 != ";" })
    }
    func status(_ cookie: String) -> Int { console.ask("GET", "/api/state", fields: ["Cookie: \(cookie)"]).status }
    let (first, second) = (try logIn(), try logIn())
    #expect(first != second && !first.contains(token))
    #expect(status(first) == 200 && status(second) == 200)
    let name = try #require(first.split(separator: "=").first)
    #expect(status("\(name)=\(token)") == 401, "the token itself is in no cookie")

    let out = console.ask("DELETE", "/api/session", fields: ["Cookie: \(first)"])
    #expect(out["set-cookie"]?.contains("Max-Age=0") == true)
    #expect(status(first) == 401)
    #expect(status(second) == 200)
    // A browser that comes back after its session guesses at nothing.
    for _ in 0..<20 { #expect(status(first) == 401) }

    console.stop()
    let later = try TestConsole(folder: console.folder, token: "token")
    #expect(later.ask("GET", "/api/state", fields: ["Cookie: \(second)"]).status == 401)
  }

  @Test("sessions end after a month, or when many newer ones exist")
  func sessionLimits() {
    let sessions = BrowserSessions()
    let nanoseconds = Int64(BrowserSessions.seconds) * 1_000_000_000
    let first = sessions.begin(now: 0)
    #expect(sessions.contains(first, now: nanoseconds - 1))
    #expect(!sessions.contains(first, now: nanoseconds))
    let later = (1...BrowserSessions.capacity).map { sessions.begin(now: Int64($0)) }
    #expect(!sessions.contains(first, now: 100))
    #expect(later.allSatisfy { sessions.contains($0, now: 100) })
    #expect(Set(later).count == later.count)
  }

  @Test(
    "requests through a proxy need the token",
    arguments: [
      "Forwarded: for=203.0.113.5", "X-Forwarded-For: 203.0.113.5", "X-Forwarded-Host: kitchen.example",
      "X-Real-IP: 203.0.113.5", "Via: 1.1 proxy",
    ])
  func proxies(_ field: String) throws {
    let open = try TestConsole()
    for path in ["/", "/api/state"] {
      let answer = open.ask("GET", path, fields: [field])
      #expect(answer.status == 403)
      #expect(answer.remedy?.contains("--console-token-file") == true)
    }
    #expect(open.ask("GET", "/api/state").status == 200)
    let closed = try TestConsole(token: "token")
    let token = try #require(closed.messages.first?.split(separator: "=").last?.prefix { $0.isHexDigit })
    #expect(closed.ask("GET", "/", host: "kitchen.example", fields: [field]).status == 200)
    #expect(closed.ask("GET", "/api/state", host: "kitchen.example", fields: [field]).status == 401)
    let fields = [field, "Authorization: Bearer \(token)", "Origin: https://kitchen.example"]
    #expect(closed.ask("GET", "/api/state", host: "kitchen.example", fields: fields).status == 200)
  }

  @Test("the trusted proxy needs no token, under any host name, and its pages may frame the console")
  func trustedProxy() throws {
    let console = try TestConsole(token: "token", proxy: "::ffff:127.0.0.1")
    // What Home Assistant's ingress sends: the browser's fields, and where the request came from.
    let ingress = [
      "X-Forwarded-For: 192.168.1.20, 172.30.32.1", "X-Forwarded-Host: home.example:8123", "X-Forwarded-Proto: https",
      "X-Ingress-Path: /api/hassio_ingress/4xzQ",
    ]
    func ask(_ method: String, _ path: String, _ host: String, _ fields: [String], json: String? = nil) -> WebAnswer {
      let type = json == nil ? [] : ["Content-Type: application/json"]
      return console.ask(method, path, host: host, fields: ingress + type + fields, body: json.map { Array($0.utf8) })
    }
    for host in ["home.example:8123", "172.30.33.7:10480"] {
      let page = ask("GET", "/", host, ["Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: iframe"])
      #expect(page.status == 200)
      #expect(page["content-security-policy"]?.hasSuffix("frame-ancestors 'self'") == true)
      #expect(ask("GET", "/api/state", host, ["Sec-Fetch-Site: same-origin"]).status == 200)
      #expect(ask("GET", "/api/session", host, []).json?["needsToken"] == .truth(false))
      let phrase = "{\"phrase\":\"hey computer\"}"
      #expect(ask("POST", "/api/phrases", host, ["Origin: https://attacker.example"], json: phrase).status == 403)
      #expect(ask("POST", "/api/phrases", host, ["Origin: https://home.example:8123"], json: phrase).status == 200)
    }
  }

  @Test("every other peer than the trusted proxy needs the token")
  func otherPeers() throws {
    let closed = try TestConsole(token: "token", proxy: "172.30.32.2")
    let ingress = ["X-Forwarded-For: 172.30.32.2", "X-Ingress-Path: /api/hassio_ingress/4xzQ"]
    #expect(closed.ask("GET", "/api/state", fields: ingress).status == 401)
    let page = closed.ask("GET", "/", fields: ingress)
    #expect(page["content-security-policy"]?.hasSuffix("frame-ancestors 'none'") == true)
    let open = try TestConsole(proxy: "172.30.32.2")
    #expect(open.ask("GET", "/api/state", fields: ingress).status == 403)
    #expect(open.ask("GET", "/api/state").status == 200)
  }

  @Test(
    "a token file that is readable by others or invalid is rejected with what to do",
    arguments: [
      (String(repeating: "a", count: 64), mode_t(0o644), "chmod 600"), ("short", mode_t(0o600), "remove it"),
      ("", mode_t(0o600), "remove it"), (String(repeating: "a b ", count: 20), mode_t(0o600), "remove it"),
    ])
  func badTokenFile(_ text: String, _ mode: mode_t, _ remedy: String) throws {
    let folder = TestConsole.newFolder()
    let file = try #require(fopen(folder + "/token", "w"))
    fputs(text, file)
    fclose(file)
    chmod(folder + "/token", mode)
    let failure = try #require(throws: Failure.self) { _ = try TestConsole(folder: folder, token: "token") }
    #expect(failure.message.contains(remedy) && failure.message.contains(folder))
  }

  @Test("an address that other machines can reach requires a token automatically")
  func options() throws {
    let syntax = CommandSyntax("serve", "", "", options: ConsoleOptions.options + ListeningSetup.options)
    func options(_ words: String...) throws -> ConsoleOptions { try ConsoleOptions(try syntax.parse(words)) }
    #expect(try options().endpoint == ServiceEndpoint(host: "127.0.0.1", port: 10_480))
    #expect(try options().tokenPath == nil)
    #expect(try options("--console", "[::1]:80").tokenPath == nil)
    #expect(try options("--console", "0.0.0.0:80", "--phrases", "/var/p.cooeep").tokenPath == "/var/console-token")
    #expect(try options("--console", "192.168.1.7:80").tokenPath == "console-token")
    #expect(try options("--console-token-file", "/run/t").tokenPath == "/run/t")
    #expect(try options("--no-console").endpoint == nil)
    #expect(try options("--console-trusted-proxy", "172.30.32.2").trustedProxy == TrustedProxy("172.30.32.2"))
    #expect(TrustedProxy("::ffff:172.30.32.2") != TrustedProxy("172.30.32.3"))
    for words in [
      ["--console", "everywhere"], ["--console", "127.0.0.1:99999"], ["--console", "unix:/run/x"],
      ["--no-console", "--console", "[::1]:1"], ["--console-trusted-proxy", "hub.local"],
      ["--console-trusted-proxy", "172.30.32.0/23"],
    ] {
      let failure = #expect(throws: Failure.self) { _ = try ConsoleOptions(try syntax.parse(words)) }
      #expect(failure?.code == .usage)
    }
  }

  @Test("rate limits apply per key")
  func rateLimit() {
    let limit = RateLimit(burst: 2, perSecond: 0.5)
    #expect(limit.take("a", now: 0) == nil)
    #expect(limit.take("a", now: 0) == nil)
    #expect(limit.take("a", now: 0) == 2)
    #expect(limit.take("b", now: 0) == nil)
    #expect(limit.take("a", now: 1_000_000_000) == 1)
    #expect(limit.take("a", now: 2_000_000_000) == nil)
    for key in 0..<1_000 { #expect(limit.take("\(key)", now: 3_000_000_000) == nil) }
  }
}
