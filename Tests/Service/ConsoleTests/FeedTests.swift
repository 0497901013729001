import CPlatform
import Console
import KeywordSpotting
import ListeningService
import Testing

@Suite("Live updates of the console")
struct FeedTests {
  private static let watching = "GET /api/feed HTTP/1.1\r\nHost: localhost\r\n\r\n"

  /// A browser that watches, from its first message on.
  private func watcher(_ console: TestConsole) -> WebClient {
    let client = WebClient(port: console.port)
    client.send(Self.watching)
    #expect(client.read(until: "retry: 2000").contains("Content-Type: text/event-stream"))
    return client
  }

  @Test("levels, candidates, microphones, notices and changes reach every browser in order")
  func updates() throws {
    let console = try TestConsole()
    let clients = [watcher(console), watcher(console)]
    var microphone = MicrophoneState()
    microphone.device = "plughw:CARD=Seat"
    microphone.condition = .waiting("it is gone")
    microphone.verdict = LevelVerdict(text: "it delivers only zeros", isProblem: true)
    console.feed.send(.level(SoundLevel(peakDecibels: -6, rootMeanSquareDecibels: -.infinity, isClipping: true)))
    console.feed.send(.candidate(ServiceEvent("hey computer", score: 0.75, detected: true)))
    console.feed.send(.microphone(microphone))
    console.feed.send(.notice(.warning("a \"quoted\" line")))
    console.feed.send(.phrases)
    for client in clients {
      let text = client.read(until: "event: phrases\ndata: {}\n\n")
      var position = text.startIndex
      for part in [
        "event: level\ndata: {\"peak\":-6.0,\"rms\":null,\"clipping\":true}\n\n", "event: candidate\ndata: {",
        "\"score\":0.75",
        "\"threshold\":0.5", "event: microphone\ndata: {\"device\":\"plughw:CARD=Seat\",\"condition\":\"waiting\"",
        "\"advice\":\"it delivers only zeros\",\"levelProblem\":true",
        "event: notice\ndata: {\"text\":\"a \\\"quoted\\\" line\"}\n\n", "event: phrases",
      ] {
        guard let range = text[position...].firstRange(of: part) else {
          Issue.record("\(part) is missing in \(text)")
          return
        }
        position = range.upperBound
      }
    }
  }

  @Test("each of several microphones has its state, and the service is unhealthy if one cannot be used")
  func severalMicrophones() throws {
    let console = try TestConsole()
    var microphone = MicrophoneState()
    for (index, condition) in [MicrophoneState.Condition.listening, .failed("it has no such rate")].enumerated() {
      microphone.index = index
      microphone.name = "room \(index)"
      microphone.device = "hw:\(index)"
      microphone.condition = condition
      if index == 1 { #expect(console.ask("GET", "/healthz").status == 200) }
      console.feed.send(.microphone(microphone))
    }
    let state = try #require(console.ask("GET", "/api/state").json)
    guard case .array(let states) = state["microphones"] else {
      Issue.record("there is no list of microphones in \(state)")
      return
    }
    #expect(states.map { $0["name"] } == [.text("room 0"), .text("room 1")])
    #expect(states[1]["index"] == .number(1))
    #expect(state["microphone"] == states[0])
    #expect(console.ask("GET", "/healthz").status == 503)
  }

  @Test("a page that opens later gets earlier detections")
  func history() throws {
    let console = try TestConsole()
    let client = watcher(console)
    console.feed.send(.candidate(ServiceEvent("hey computer", score: 0.75, detected: true)))
    console.feed.send(.candidate(ServiceEvent("hey computer", score: 0.25, detected: false)))
    console.feed.send(.notice(.notice("once")))
    _ = client.read(until: "once")
    let state = try #require(console.ask("GET", "/api/state").json)
    func count(_ name: String) -> Int? {
      if case .array(let members) = state[name] { return members.count }
      return nil
    }
    #expect(count("history") == 1)
    #expect(count("candidates") == 2)
    #expect(state["notices"] == .array([.text("once")]))
  }

  @Test("a browser that does not read delays neither the service nor the others")
  func slowBrowser() throws {
    let console = try TestConsole()
    let stuck = WebClient(port: console.port)
    stuck.send(Self.watching)
    let other = watcher(console)
    let long = String(repeating: "long ", count: 2_000)
    let start = platform_monotonic_nanoseconds()
    // 200 MB: far more than sockets hold.
    for number in 0..<20_000 { console.feed.send(.notice(.notice("\(number) \(long)"))) }
    let seconds = Double(platform_monotonic_nanoseconds() - start) / 1e9
    #expect(seconds < 10, "sending took \(seconds) s")
    // The other one has lost messages too, receives a resync, and continues.
    #expect(other.read(until: "event: resync").contains("event: resync"))
    console.feed.send(.phrases)
    #expect(other.read(until: "event: phrases").contains("event: phrases"))
    withExtendedLifetime(stuck) {}
  }

  @Test("a slow watcher is told to resync, and a requester that does not read is closed")
  func lateBrowser() throws {
    var limits = ConsoleServer.Limits()
    limits.connectionCount = 3
    limits.idleSeconds = 1
    let console = try TestConsole(limits: limits)
    let behind = WebClient(port: console.port, takesLittle: true)
    behind.send(Self.watching)
    #expect(behind.read(until: "retry: 2000").contains(" 200 "))
    let other = watcher(console)
    // 25 MB: more than sockets hold, and more messages than wait for a watcher; none is lost on the way to the watchers.
    let long = String(repeating: "long ", count: 10_000)
    for turn in 0..<25 {
      for _ in 0..<20 { console.feed.send(.notice(.notice(long))) }
      console.feed.send(.notice(.notice("turn \(turn).")))
      #expect(other.read(until: "turn \(turn).").contains("turn \(turn)."))
    }
    let stuck = WebClient(port: console.port, takesLittle: true)
    stuck.send(String(repeating: "GET /page/phrases.js HTTP/1.1\r\nHost: localhost\r\n\r\n", count: 600))
    // Has its turn when the last one is closed.
    #expect(console.ask("GET", "/healthz").status == 200)
    #expect(behind.read(until: "event: resync").contains("event: resync"))
    withExtendedLifetime((stuck, other)) {}
  }

  @Test("watchers beyond the limit are rejected until one leaves")
  func watchers() throws {
    var limits = ConsoleServer.Limits()
    limits.watcherCount = 2
    let console = try TestConsole(limits: limits)
    let first = watcher(console)
    var second: WebClient? = watcher(console)
    #expect(console.ask("GET", "/api/feed").status == 503)
    second = nil
    _ = second
    // That it left is known when something is sent to it.
    var isWelcome = false
    for _ in 0..<2_000 where !isWelcome {
      console.feed.send(.phrases)
      let client = WebClient(port: console.port)
      client.send(Self.watching)
      isWelcome = client.read(until: "\r\n").contains(" 200 ")
      platform_sleep_milliseconds(5)
    }
    #expect(isWelcome)
    withExtendedLifetime(first) {}
  }

  @Test("stopping ends the streams of all watchers")
  func stop() throws {
    let console = try TestConsole()
    let client = watcher(console)
    console.stop()
    #expect(client.read(until: "never").hasSuffix("0\r\n\r\n") || client.read(until: "never").isEmpty)
  }

  @Test("only listed microphones can be selected")
  func microphones() throws {
    let console = try TestConsole()
    let list = try #require(console.ask("GET", "/api/microphones").json)
    #expect(list["canChoose"] == .truth(true))
    let choice = console.ask("POST", "/api/microphone", json: "{\"device\":\"plughw:CARD=Door\"}")
    #expect(choice.status == 202)
    #expect(console.chosenDevices == ["plughw:CARD=Door"])
    // ALSA would write what it records into such a file.
    let file = console.ask("POST", "/api/microphone", json: "{\"device\":\"file:/tmp/x,raw\"}")
    #expect(file.status == 422 && file.remedy?.isEmpty == false)
    #expect(console.chosenDevices.count == 1)
    let deaf = try TestConsole(hasMicrophones: false)
    #expect(deaf.ask("POST", "/api/microphone", json: "{\"device\":\"plughw:CARD=Door\"}").status == 409)
  }
}
