import Foundation
import ListeningService
import Messages
import ServiceSinks
import Testing

@Suite("Posting detections to a webhook")
struct WebhookTests {
  private func sink(
    _ port: Int, _ notes: SinkNotes, target: String = "", user: String = "", milliseconds: Int = 5_000
  ) throws -> RequestSink {
    var options = WebhookOptions(url: try WebhookURL("http://\(user)127.0.0.1:\(port)\(target)"))
    options.limitMilliseconds = milliseconds
    return .webhook(options, version: "1.2.3", note: notes.add)
  }

  private func phrases(_ receiver: TestReceiver) -> [String] {
    receiver.requests.map { request in
      let object = try? JSONSerialization.jsonObject(with: Data(request.body)) as? [String: Any]
      return object?["phrase"] as? String ?? "?"
    }
  }

  @Test("each detection is posted as JSON, in order, and the secrets of the URL are sent and not logged")
  func posts() throws {
    let receiver = TestReceiver(.answers(204))
    defer { receiver.stop() }
    let notes = SinkNotes()
    let sink = try sink(receiver.port, notes, target: "/hook/s3cr3t?token=s3cr3t", user: "m%65:s3cr3t%40@")
    for index in 0..<10 { sink.publish(serviceEvent("phrase \(index)")) }
    #expect(waits { sink.counts.requests[.success] == 10 }, "\(sink.counts)")
    sink.stop()
    #expect(phrases(receiver) == (0..<10).map { "phrase \($0)" })
    let first = try #require(receiver.requests.first)
    #expect(first.line == "POST /hook/s3cr3t?token=s3cr3t HTTP/1.1")
    #expect(first.fields["host"] == "127.0.0.1:\(receiver.port)")
    #expect(first.fields["content-type"] == "application/json" && first.fields["user-agent"] == "cooee/1.2.3")
    #expect(first.fields["authorization"] == "Basic " + Data("me:s3cr3t@".utf8).base64EncodedString())
    #expect(first.fields["transfer-encoding"] == nil && first.fields["content-length"] == "\(first.body.count)")
    #expect(first.body == serviceEvent("phrase 0").json.encoded)
    #expect(notes.all == [.information("posting detections to the webhook http://127.0.0.1:\(receiver.port)/…")])
  }

  @Test(
    "a request that fails is counted by its kind, reported once with the reason, and not repeated; so is the recovery",
    arguments: [
      (TestReceiver.Behaviour.neverAnswers, RequestResult.timeout, "did not answer in time"),
      (.answersSlowly, .timeout, "did not answer in time"),
      (.closesAtOnce, .unreachable, "closed the connection without an answer"),
      (.sendsGarbage, .rejected, "sends data that cannot be understood"),
      (.answers(301), .rejected, "redirects (301 Moved Permanently); give the address"),
      (.answers(401), .rejected, "answers 401 Unauthorized; check the password or token"),
      (.answers(404), .rejected, "answers 404 Not Found; check the path"),
      (.answers(500), .rejected, "answers 500 Internal Server Error;"),
    ])
  func failures(behaviour: TestReceiver.Behaviour, result: RequestResult, reason: String) throws {
    let receiver = TestReceiver(behaviour)
    defer { receiver.stop() }
    let notes = SinkNotes()
    let sink = try sink(receiver.port, notes, target: "/s3cr3t", milliseconds: result == .timeout ? 300 : 5_000)
    for _ in 0..<2 { sink.publish(serviceEvent()) }
    #expect(waits { sink.counts.requests[result] == 2 }, "\(sink.counts) \(notes.all)")
    #expect(receiver.connectionCount == 2)
    let told = notes.all.filter { $0.severity == .warning }.map { $0.text }
    #expect(
      told.count == 1 && told[0].hasPrefix("the webhook http://127.0.0.1:\(receiver.port)/… \(reason)"), "\(told)")
    receiver.behave(.answers(200))
    sink.publish(serviceEvent())
    #expect(waits { sink.counts.requests[.success] == 1 }, "\(sink.counts)")
    sink.stop()
    #expect(notes.count(of: "works again") == 1)
    #expect(notes.count(of: "s3cr3t") + notes.count(of: "secret") == 0, "\(notes.all)")
    #expect(sink.counts.requests.values.reduce(0, +) == 3 && sink.counts.droppedCount == 0)
  }

  @Test("a closed port and an unknown host are reported as such", arguments: [true, false])
  func unreachable(isPort: Bool) throws {
    let notes = SinkNotes()
    let port = TestReceiver.closedPort
    let url = try WebhookURL(isPort ? "http://localhost:\(port)/s3cr3t" : "http://nowhere.invalid/s3cr3t")
    let sink = RequestSink.webhook(WebhookOptions(url: url), version: "1", note: notes.add)
    sink.publish(serviceEvent())
    #expect(waits { sink.counts.requests[.success] == 0 && sink.counts.requests.values.contains(1) }, "\(notes.all)")
    sink.stop()
    let reason = isPort ? "cannot be reached: Connection refused" : "cannot be found: unknown host name"
    #expect(notes.count(of: reason) == 1 && sink.counts.requests[.unreachable] == 1, "\(notes.all)")
  }

  @Test("a receiver that hangs does not pile up detections: the oldest are dropped, counted and reported")
  func queue() throws {
    let receiver = TestReceiver(.neverAnswers)
    defer { receiver.stop() }
    let notes = SinkNotes()
    let sink = try sink(receiver.port, notes, milliseconds: 1_000)
    sink.publish(serviceEvent("first"))
    #expect(waits { receiver.connectionCount == 1 })
    let start = ContinuousClock.now
    for index in 0..<100 { sink.publish(serviceEvent("phrase \(index)")) }
    #expect(ContinuousClock.now - start < .milliseconds(500))
    #expect(sink.counts.droppedCount == 84)
    receiver.behave(.answers(200))
    #expect(waits { sink.counts.requests[.success] == 16 }, "\(sink.counts)")
    sink.stop()
    #expect(phrases(receiver) == (84..<100).map { "phrase \($0)" })
    #expect(sink.counts.requests[.timeout] == 1 && sink.counts.droppedCount == 84)
    #expect(notes.count(of: "dropped 84 detections because the webhook") == 1, "\(notes.all)")
  }

  @Test("stopping sends what waits, and takes at most about three seconds if the receiver hangs")
  func stops() throws {
    let receiver = TestReceiver(.answers(200))
    defer { receiver.stop() }
    let sink = try sink(receiver.port, SinkNotes())
    for _ in 0..<5 { sink.publish(serviceEvent()) }
    sink.stop()
    #expect(receiver.requests.count == 5)
    receiver.behave(.neverAnswers)
    let stuck = try self.sink(receiver.port, SinkNotes(), milliseconds: 60_000)
    for _ in 0..<5 { stuck.publish(serviceEvent()) }
    let start = ContinuousClock.now
    stuck.stop()
    #expect(ContinuousClock.now - start < .seconds(4))
    #expect(stuck.counts.droppedCount == 4)
    stuck.publish(serviceEvent())
    #expect(stuck.counts.droppedCount == 4)
  }

  @Test(
    "a URL is read with its usual port, and its description has no secrets",
    arguments: [
      ("http://hub.local", "hub.local:80", ""), ("HTTP://hub.local/", "hub.local:80", ""),
      ("http://hub.local:8123/api/webhook/s3cr3t", "hub.local:8123", "…"), ("http://hub?s3cr3t", "hub:80", "…"),
      ("http://[::1]:81/s3cr3t", "[::1]:81", "…"), ("http://me:s3cr3t@hub", "hub:80", ""),
      ("http://s3c@r3t@hub:1", "hub:1", ""), ("http://[fe80::1]", "[fe80::1]:80", ""),
    ])
  func urls(text: String, endpoint: String, rest: String) throws {
    let url = try WebhookURL(text)
    #expect(url.endpoint.description == endpoint)
    #expect(url.description == "http://\(endpoint)/\(rest)")
  }

  @Test(
    "a bad URL is refused with the reason and without its secrets",
    arguments: [
      ("https://hub/s3cr3t", "only http:// is supported"), ("hub.local/s3cr3t", "does not begin with http://"),
      ("", "does not begin with http://"), ("ftp://hub/s3cr3t", "does not begin with http://"),
      ("http:///s3cr3t", "has no host"), ("http://", "has no host"), ("http://me:s3cr3t@", "has no host"),
      ("http://hub:0/s3cr3t", "not valid"), ("http://hub:65536/s3cr3t", "not valid"),
      ("http://::1/s3cr3t", "not valid"),
      ("http://unix:/s3cr3t", "not valid"), ("http://hub/s3 cr3t", "has a blank"), ("http://hüb/s3cr3t", "has a blank"),
      ("http://hub/s3cr3t#x", "has a #"), ("http://me%2@hub/s3cr3t", "has a %"), ("http://hub/s3cr3t\n", "has a blank"),
    ])
  func badURLs(text: String, reason: String) {
    let fault = #expect(throws: WebhookURL.Fault.self) { try WebhookURL(text) }
    #expect(
      fault?.reason.contains(reason) == true && fault?.reason.contains("cr3t") == false, "\(String(describing: fault))")
  }
}
