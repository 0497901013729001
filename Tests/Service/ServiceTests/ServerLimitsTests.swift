import Glibc
import JSON
import ListeningService
import Synchronization
import Testing
import Wyoming

@Suite("Wyoming server limits", .serialized)
struct ServerLimitsTests {
  /// A server with limits of its own, and what a person would be told.
  private final class LimitedServer: Sendable {
    let server: WyomingServer
    let port: Int
    private final class Lines: Sendable { let all = Mutex<[String]>([]) }
    private let notes = Lines()

    init(_ change: (inout WyomingServer.Limits) -> Void) throws {
      var limits = WyomingServer.Limits()
      (limits.firstEventSeconds, limits.silentSeconds) = (300, 300)
      change(&limits)
      let service = WyomingServiceInfo(
        model: TestPhrases.model, phrases: ServedPhrases(TestPhrases.enroll("hey computer", "hey scout")), version: "1")
      let notes = self.notes
      server = WyomingServer(service, limits: limits, threadCount: 1) { note in notes.all.withLock { $0.append(note) } }
      port = try server.start(on: ServiceEndpoint(host: "127.0.0.1", port: 0))
    }

    deinit { try? server.stop() }

    var told: [String] { notes.all.withLock { $0 } }

    /// A client that was answered.
    func client() -> WyomingClient {
      let client = WyomingClient(port: port)
      client.send("ping")
      #expect(client.receive()?.type == "pong")
      return client
    }

    /// How many lines were caused: those that were told, and those that others say there were.
    var causedCount: Int {
      told.reduce(0) { count, line in
        let words = line.split(separator: " ")
        return count + (words.first == "and" ? words.dropFirst().first.flatMap { Int($0) } ?? 0 : 1)
      }
    }

    /// Waits up to 20 s.
    func wait(until condition: () -> Bool) -> Bool {
      for _ in 0..<400 {
        if condition() { return true }
        usleep(50_000)
      }
      return false
    }
  }

  private let format: [String: JSONValue] = ["rate": .number(16_000), "width": .number(2), "channels": .number(1)]

  @Test("too many or too long names of detect are rejected, and a thousand are accepted")
  func detectNames() throws {
    let limited = try LimitedServer { _ in }
    let marks = "a" + String(repeating: "\u{301}\u{323}", count: 256)
    let tooMany = (0...1_000).map { JSONValue.text("\($0)") }
    for (names, part) in [
      ([.text(marks)], "1025 bytes; the limit is 1024"), (tooMany, "1001 names; the limit is 1000"),
    ] {
      let client = WyomingClient(port: limited.port)
      client.send("detect", ["names": .array(names)])
      #expect(client.receive() == nil)
      #expect(limited.told.last?.contains(part) == true, "\(limited.told)")
    }
    let client = WyomingClient(port: limited.port)
    client.send("detect", ["names": .array(tooMany.prefix(999) + [.text("hey computer")])])
    client.stream(try TestPhrases.recording("hey-computer-1.opus"))
    #expect(client.detections().map { $0.name } == ["error", "hey computer"])
  }

  @Test("a client that sends no event in time is closed and reported; later silence is allowed")
  func firstEvent() throws {
    let limited = try LimitedServer { $0.firstEventSeconds = 1 }
    let hub = limited.client()
    let silent = WyomingClient(port: limited.port)
    silent.send(bytes: Array("{\"type\":".utf8))
    #expect(silent.receive() == nil)
    #expect(limited.told.count == 1 && limited.told[0].contains("no event arrived within 1 seconds"), "\(limited.told)")
    hub.send("ping")
    #expect(hub.receive()?.type == "pong")
  }

  @Test("a silent client makes room for a new one only if all slots are taken; a streaming one stays")
  func places() throws {
    let limited = try LimitedServer { ($0.clientCount, $0.silentSeconds) = (3, 1) }
    let silent = limited.client()
    let streaming = WyomingClient(port: limited.port)
    streaming.send("audio-chunk", format, payload: [0, 0])
    streaming.send("ping")
    #expect(streaming.receive()?.type == "pong")
    usleep(1_500_000)
    let third = limited.client()
    // There was a place.
    silent.send("ping")
    #expect(silent.receive()?.type == "pong")
    var fourth: WyomingClient?
    let hasRoom = limited.wait {
      third.send("ping")
      #expect(third.receive()?.type == "pong")
      let client = WyomingClient(port: limited.port)
      client.send("ping")
      guard client.receive()?.type == "pong" else { return false }
      fourth = client
      return true
    }
    #expect(hasRoom && silent.receive() == nil)
    #expect(limited.told.contains { $0.contains("silent for") }, "\(limited.told)")
    for client in [streaming, third, fourth] {
      client?.send("ping")
      #expect(client?.receive()?.type == "pong")
    }
    #expect(limited.server.connectedCount == 3)
  }

  @Test("many clients beyond the limit cause few messages, which contain their number")
  func manyRefused() throws {
    let limited = try LimitedServer { ($0.clientCount, $0.noteSeconds) = (1, 2) }
    let hub = limited.client()
    for _ in 0..<200 { #expect(WyomingClient(port: limited.port).receive() == nil) }
    let isComplete = limited.wait { limited.causedCount >= 200 }
    #expect(isComplete && limited.causedCount == 200 && limited.told.count <= 20, "\(limited.told)")
    #expect(limited.told[0].contains("the limit of 1 clients is reached"))
    hub.send("ping")
    #expect(hub.receive()?.type == "pong")
  }

  @Test("much invalid input causes few messages, and one with the number of the others")
  func muchNonsense() throws {
    let limited = try LimitedServer { ($0.noteCount, $0.noteSeconds) = (3, 2) }
    for _ in 0..<100 {
      let client = WyomingClient(port: limited.port)
      client.send(bytes: Array("GET / HTTP/1.1\r\n\r\n".utf8))
      #expect(client.receive() == nil)
    }
    let isComplete = limited.wait { limited.causedCount >= 100 }
    #expect(isComplete && limited.causedCount == 100 && limited.told.count <= 40, "\(limited.told)")
  }

  @Test("a client with expensive events lets other clients of its thread take turns")
  func turns() throws {
    let limited = try LimitedServer { _ in }
    let other = limited.client()
    let busy = WyomingClient(port: limited.port)
    busy.send("audio-chunk", format, payload: [0, 0])
    let events = Array(repeating: WyomingEvent("detect").encoded, count: 3_600).flatMap { $0 }
    let sent = Atomic(0)
    let sender = TestThread {
      for _ in 0..<20 {
        busy.send(bytes: events)
        sent.add(1, ordering: .relaxed)
      }
    }
    let hasBegun = limited.wait { sent.load(ordering: .relaxed) > 0 }
    #expect(hasBegun)
    let clock = ContinuousClock()
    let time = clock.measure {
      for _ in 0..<5 {
        other.send("ping")
        #expect(other.receive()?.type == "pong")
      }
    }
    // Whoever waits for all that was read at once waits a second each time.
    #expect(time < .seconds(2), "\(time)")
    busy.endBoth()
    sender.join()
  }
}
