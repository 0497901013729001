import Glibc
import JSON
import KeywordSpotting
import ListeningService
import Synchronization
import Testing
import Wyoming

@Suite("A Wyoming server", .serialized)
final class WyomingServerTests {
  private let phrases = ServedPhrases(TestPhrases.enroll("hey computer", "hey scout"))
  private let server: WyomingServer
  private let port: Int
  private let notes = Notes()

  /// What a person would be told.
  private final class Notes: Sendable {
    let lines = Mutex<[String]>([])
    var all: [String] { lines.withLock { $0 } }
  }

  init() throws {
    var limits = WyomingServer.Limits()
    limits.clientCount = 60
    // Nobody is too slow here.
    (limits.firstEventSeconds, limits.silentSeconds) = (300, 300)
    let service = WyomingServiceInfo(model: TestPhrases.model, phrases: phrases, version: "1.2.3")
    let notes = self.notes
    server = WyomingServer(service, limits: limits, threadCount: 2) { note in notes.lines.withLock { $0.append(note) } }
    port = try server.start(on: ServiceEndpoint(host: "127.0.0.1", port: 0))
  }

  deinit { try? server.stop() }

  private func modelNames(_ info: WyomingEvent?, member: String = "name") -> [String?] {
    guard case .array(let programs)? = info?["wake"], case .array(let models)? = programs.first?["models"] else {
      return []
    }
    return models.map { $0[member]?.text }
  }

  @Test("describe lists each phrase as a model, including later ones, and ping is answered")
  func describe() {
    let client = WyomingClient(port: port)
    client.send("some-later-event", ["x": .number(1)], payload: [1, 2, 3])
    client.send("describe")
    let info = client.receive()
    #expect(info?.type == "info")
    for member in ["name", "phrase", "description"] {
      #expect(modelNames(info, member: member) == ["hey computer", "hey scout"], "\(member)")
    }
    phrases.replace(with: TestPhrases.enroll("hey computer", "hey scout", "railway station"))
    client.send("describe")
    #expect(modelNames(client.receive()) == ["hey computer", "hey scout", "railway station"])
    client.send("ping", ["text": .text("é")])
    #expect(client.receive() == WyomingEvent("pong", ["text": .text("é")]))
  }

  @Test("detections and their times are those of the spotter", arguments: [80, 160, 1_280, 40_000])
  func sameTimes(chunkFrames: Int) throws {
    let samples = try TestPhrases.recording("hey-computer-1.opus") + TestPhrases.recording("hey-scout-1.opus")
    let expected = TestPhrases.offline(samples, phrases.current.enrollments)
    #expect(expected.map { $0.name } == ["hey computer", "hey scout"])
    let client = WyomingClient(port: port)
    for start in [0, 5_000] {
      client.send("detect", ["names": .null])
      client.stream(samples, chunkFrames: chunkFrames, startMilliseconds: start)
      let found = client.detections()
      #expect(found.map { $0.name } == expected.map { $0.name })
      for (one, other) in zip(found, expected) { #expect(one.milliseconds == other.milliseconds + start) }
    }
  }

  @Test(
    "other rates and channel counts work, within a frame of 40 ms",
    arguments: [(8_000, 1), (48_000, 2), (16_000, 3)])
  func otherFormats(hertz: Int, channels: Int) throws {
    let samples = try TestPhrases.recording("hey-computer-1.opus")
    let expected = TestPhrases.offline(samples, phrases.current.enrollments)
    let count = samples.count * hertz / 16_000
    // Linear interpolation, another way than the server's.
    let other = (0..<count).flatMap { index -> [Int16] in
      let place = Double(index) * 16_000 / Double(hertz)
      let first = Double(samples[Int(place)])
      let second = Double(samples[min(samples.count - 1, Int(place) + 1)])
      return Array(repeating: Int16(first + (second - first) * (place - place.rounded(.down))), count: channels)
    }
    let client = WyomingClient(port: port)
    client.stream(other, hertz: hertz, channels: channels)
    let found = client.detections()
    #expect(found.map { $0.name } == ["hey computer"])
    #expect(abs((found.first?.milliseconds ?? -1) - expected[0].milliseconds) <= 40)
  }

  @Test("only the requested phrases are detected, and a stream without any ends with not-detected")
  func subset() throws {
    let samples = try TestPhrases.recording("hey-computer-1.opus")
    let client = WyomingClient(port: port)
    client.send("detect", ["names": .array([.text("hey scout"), .text("hey nobody")])])
    client.stream(samples)
    #expect(client.detections().map { $0.name } == ["error", "not-detected"])
    #expect(notes.all.count == 1 && notes.all[0].contains("\"hey nobody\""), "\(notes.all)")
    client.send("detect", ["names": .array([.text("hey computer")])])
    client.stream(samples)
    #expect(client.detections().map { $0.name } == ["hey computer"])
  }

  @Test(
    "a name finds the phrase that differs in case, blanks, underscores or hyphens, and the detection has that name",
    arguments: ["hey_scout", "HEY SCOUT", "hey-scout", "  Hey  Scout ", "Hey_-_SCOUT", "Hey Scout"])
  func foldedNames(name: String) throws {
    phrases.replace(with: TestPhrases.enroll("hey computer", "Hey Scout"))
    let client = WyomingClient(port: port)
    client.send("detect", ["names": .array([.text(name)])])
    client.stream(
      try TestPhrases.recording("hey-computer-1.opus") + TestPhrases.recording("hey-scout-1.opus"))
    #expect(client.detections().map { $0.name } == [name])
    #expect(notes.all.isEmpty, "\(notes.all)")
  }

  @Test("a name that is a phrase as typed stands for that phrase alone, and any other for all that fold to it")
  func exactName() throws {
    var twins = TestPhrases.enroll("hey computer", "Hey Computer")
    // The second one is never detected.
    twins[1].threshold = 2
    phrases.replace(with: twins)
    let client = WyomingClient(port: port)
    for (name, found) in [
      ("hey computer", "hey computer"), ("Hey Computer", "not-detected"), ("HEY_COMPUTER", "HEY_COMPUTER"),
    ] {
      client.send("detect", ["names": .array([.text(name)])])
      client.stream(try TestPhrases.recording("hey-computer-1.opus"))
      #expect(client.detections().map { $0.name } == [found])
    }
  }

  @Test("an unknown name is answered and reported once, with the nearest phrase")
  func unknownName() {
    phrases.replace(with: TestPhrases.enroll("hey computer", "Hey Scout"))
    let client = WyomingClient(port: port)
    let asked: [JSONValue] = ["hey_skout", "computer", "hey computer"].map { .text($0) }
    for _ in 0..<2 { client.send("detect", ["names": .array(asked)]) }
    let answer = client.receive()
    let list = #""hey_skout" (the nearest phrase is "Hey Scout"), "computer" (the nearest phrase is "hey computer")"#
    #expect(
      answer?.type == "error" && answer?["text"]?.text == "not enrolled: \(list)", "\(String(describing: answer))")
    #expect(client.detections().isEmpty)
    #expect(notes.all.count == 1 && notes.all[0].contains("asks for \(list), which is not enrolled"), "\(notes.all)")
    phrases.replace(with: [])
    let other = WyomingClient(port: port)
    other.send("detect", ["names": .array([.text("hey")])])
    #expect(other.receive()?["text"]?.text == #"not enrolled: "hey""#)
  }

  @Test("a phrase enrolled during a stream is detected from the next detect, within the stream")
  func enrolledMeanwhile() throws {
    phrases.replace(with: TestPhrases.enroll("hey scout"))
    let samples = try TestPhrases.recording("hey-computer-1.opus")
    let expected = TestPhrases.offline(samples, TestPhrases.enroll("hey computer"))
    let payload = samples.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8(truncatingIfNeeded: $0 >> 8)] }
    let format: [String: JSONValue] = ["rate": .number(16_000), "width": .number(2), "channels": .number(1)]
    let client = WyomingClient(port: port)
    client.send("audio-chunk", format, payload: payload)
    #expect(client.detections().isEmpty)
    phrases.replace(with: TestPhrases.enroll("hey computer"))
    client.send("audio-chunk", format, payload: payload)
    #expect(client.detections().isEmpty)
    client.send("detect")
    client.send("audio-chunk", format, payload: payload)
    client.send("audio-stop")
    let found = client.detections()
    #expect(found.map { $0.name } == ["hey computer"])
    #expect(found.first?.milliseconds == expected[0].milliseconds + samples.count * 2 / 16)
  }

  @Test("of two phrases of which one begins the other, only the spoken one is reported")
  func phraseWithinPhrase() throws {
    phrases.replace(with: TestPhrases.enroll("railway station", "railway station to telegraph"))
    let client = WyomingClient(port: port)
    for (recording, phrase) in [
      ("railway-station-2.opus", "railway station to telegraph"), ("railway-station-3.opus", "railway station"),
    ] {
      client.stream(try TestPhrases.recording(recording))
      #expect(client.detections().map { $0.name } == [phrase])
    }
  }

  @Test("fifty simultaneous clients all get their detection")
  func fiftyClients() throws {
    let samples = try TestPhrases.recording("hey-computer-1.opus")
    let expected = TestPhrases.offline(samples, phrases.current.enrollments)
    let clients = (0..<50).map { _ in WyomingClient(port: port) }
    for client in clients { client.stream(samples) }
    for (index, client) in clients.enumerated() {
      let found = client.detections()
      #expect(found.map { $0.name } == ["hey computer"], "client \(index)")
      #expect(found.map { $0.milliseconds } == expected.map { $0.milliseconds }, "client \(index)")
    }
  }

  @Test("clients that vanish or send invalid data affect no others, and each is reported once")
  func badClients() throws {
    let samples = try TestPhrases.recording("hey-computer-1.opus")
    let good = WyomingClient(port: port)
    good.send("detect")
    do {
      let vanishing = WyomingClient(port: port)
      vanishing.resetAtClose()
      vanishing.send(
        "audio-chunk", ["rate": .number(16_000), "width": .number(2), "channels": .number(1)], payload: [0, 0])
    }
    let format: [String: JSONValue] = ["rate": .number(16_000), "width": .number(2), "channels": .number(1)]
    let bad: [([UInt8], String)] = [
      (Array("GET / HTTP/1.1\r\n\r\n".utf8), "not a JSON object"),
      (Array("{\"type\":\"a\",\"payload_length\":99999999}\n".utf8), "99999999"),
      (WyomingEvent("audio-chunk", format, payload: [0]).encoded, "not a multiple"),
      (WyomingEvent("audio-start", format.merging(["rate": .number(96_000)]) { $1 }).encoded, "rate"),
      (WyomingEvent("audio-start", format.merging(["width": .number(4)]) { $1 }).encoded, "width"),
      (WyomingEvent("detect", ["names": .text("all")]).encoded, "names"),
      (WyomingEvent("audio-chunk", format.merging(["timestamp": .number(1e300)]) { $1 }).encoded, "timestamp"),
    ]
    for (bytes, part) in bad {
      let before = notes.all.count
      let client = WyomingClient(port: port)
      client.send(bytes: bytes)
      #expect(client.receive() == nil)
      let told = notes.all.dropFirst(before)
      #expect(told.count == 1 && told.first?.contains(part) == true, "\(told)")
    }
    let cut = WyomingClient(port: port)
    cut.send(bytes: Array("{\"type\":".utf8))
    cut.endInput()
    #expect(cut.receive() == nil)
    #expect(notes.all.last?.contains("within an event") == true)
    good.stream(samples)
    #expect(good.detections().map { $0.name } == ["hey computer"])
    #expect(notes.all.count == bad.count + 1, "\(notes.all)")
  }

  @Test("a client that ends its side first still gets its answers")
  func halfClosed() throws {
    let client = WyomingClient(port: port)
    client.stream(try TestPhrases.recording("hey-computer-1.opus"))
    client.endInput()
    #expect(client.receive()?["name"]?.text == "hey computer")
    #expect(client.receive() == nil)
  }

  @Test("a client that does not read its answers is not read forever, and the others continue")
  func stuckClient() throws {
    let stuck = WyomingClient(port: port)
    let text = String(repeating: "x", count: 60_000)
    let ping = WyomingEvent("ping", ["text": .text(text)]).encoded
    let sent = Atomic(0)
    let sender = TestThread {
      for _ in 0..<1_000 {
        stuck.send(bytes: ping)
        sent.add(1, ordering: .relaxed)
      }
    }
    let good = WyomingClient(port: port)
    good.stream(try TestPhrases.recording("hey-computer-1.opus"))
    #expect(good.detections().map { $0.name } == ["hey computer"])
    // 60 MB do not fit into the sockets' own buffers.
    var before = -1
    while sent.load(ordering: .relaxed) != before {
      before = sent.load(ordering: .relaxed)
      usleep(500_000)
    }
    #expect(before < 1_000)
    for _ in 0..<1_000 { #expect(stuck.receive()?["text"]?.text?.utf8.count == text.utf8.count) }
    sender.join()
  }

  @Test("a client idle beyond the limit is closed and reported; an active one is not")
  func idleClient() throws {
    var limits = WyomingServer.Limits()
    limits.idleSeconds = 1
    let notes = Notes()
    let service = WyomingServiceInfo(model: TestPhrases.model, phrases: phrases, version: "1")
    let server = WyomingServer(service, limits: limits, threadCount: 1) { note in
      notes.lines.withLock { $0.append(note) }
    }
    defer { try? server.stop() }
    let port = try server.start(on: ServiceEndpoint(host: "127.0.0.1", port: 0))
    let idle = WyomingClient(port: port)
    let talking = WyomingClient(port: port)
    for _ in 0..<8 {
      talking.send("ping")
      #expect(talking.receive()?.type == "pong")
      usleep(250_000)
    }
    #expect(idle.receive() == nil)
    #expect(notes.all.count == 1 && notes.all[0].contains("no data arrived for 1 seconds"), "\(notes.all)")
  }

  @Test("clients beyond the limit are closed and reported, and there is room again when one leaves")
  func clientLimit() {
    var clients = (0..<60).map { _ in WyomingClient(port: port) }
    for client in clients {
      client.send("ping")
      #expect(client.receive()?.type == "pong")
    }
    #expect(WyomingClient(port: port).receive() == nil)
    #expect(notes.all.count == 1 && notes.all[0].contains("60 clients"), "\(notes.all)")
    clients.removeLast(30)
    var isWelcome = false
    for _ in 0..<100 where !isWelcome {
      let client = WyomingClient(port: port)
      client.send("ping")
      isWelcome = client.receive()?.type == "pong"
      if !isWelcome { usleep(50_000) }
    }
    #expect(isWelcome)
  }
}
