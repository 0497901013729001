import ListeningService
import Messages
import ServiceSinks
import Testing

@Suite("Starting a Linux voice assistant")
struct VoiceAssistantTests {
  private func sink(_ port: Int, _ notes: SinkNotes, host: String = "127.0.0.1", milliseconds: Int = 3_000)
    -> RequestSink
  {
    var options = VoiceAssistantOptions(endpoint: ServiceEndpoint(host: host, port: port))
    options.limitMilliseconds = milliseconds
    options.lingerMilliseconds = 50
    return .voiceAssistant(options, note: notes.add)
  }

  @Test("each detection opens a WebSocket connection, sends one masked command, and closes it in the orderly way")
  func command() throws {
    let receiver = TestReceiver(.takesMessages)
    defer { receiver.stop() }
    let notes = SinkNotes()
    let sink = sink(receiver.port, notes, host: "localhost")
    for count in 1...2 {
      sink.publish(serviceEvent())
      #expect(waits { sink.counts.requests[.success] == count && receiver.requests.count == count }, "\(notes.all)")
    }
    sink.stop()
    for request in receiver.requests {
      #expect(request.line == "GET / HTTP/1.1" && request.body.isEmpty)
      #expect(request.fields["host"] == "localhost:\(receiver.port)" && request.fields["sec-websocket-version"] == "13")
      #expect(request.messages == [#"{"command":"start_listening"}"#])
      #expect(request.isMasked && request.isClosed)
    }
    #expect(
      notes.all == [.information("starting the voice assistant at localhost:\(receiver.port) at each detection")])
  }

  @Test(
    "an assistant that cannot be started is reported once with the reason, and works again later",
    arguments: [
      (TestReceiver.Behaviour.neverAnswers, RequestResult.timeout, "did not answer in time"),
      (.closesAtOnce, .unreachable, "closed the connection without an answer"),
      (.answers(200), .rejected, "does not accept WebSocket connections"),
      (.answers(404), .rejected, "does not accept WebSocket connections"),
      (.sendsGarbage, .rejected, "does not accept WebSocket connections"),
    ])
  func failures(behaviour: TestReceiver.Behaviour, result: RequestResult, reason: String) throws {
    let receiver = TestReceiver(behaviour)
    defer { receiver.stop() }
    let notes = SinkNotes()
    let sink = sink(receiver.port, notes, milliseconds: result == .timeout ? 300 : 3_000)
    for count in 1...2 {
      sink.publish(serviceEvent())
      #expect(waits { sink.counts.requests[result] == count }, "\(sink.counts) \(notes.all)")
    }
    #expect(notes.count(of: "the voice assistant at 127.0.0.1:\(receiver.port) \(reason)") == 1, "\(notes.all)")
    receiver.behave(.takesMessages)
    sink.publish(serviceEvent())
    #expect(waits { sink.counts.requests[.success] == 1 }, "\(notes.all)")
    sink.stop()
    #expect(notes.count(of: "works again") == 1)
  }

  @Test("a closed port is reported")
  func closedPort() {
    let notes = SinkNotes()
    let sink = sink(TestReceiver.closedPort, notes)
    sink.publish(serviceEvent())
    #expect(waits { sink.counts.requests[.unreachable] == 1 }, "\(notes.all)")
    sink.stop()
    #expect(notes.count(of: "cannot be reached: Connection refused") == 1, "\(notes.all)")
  }

  @Test("while the assistant hangs, only the last detection waits")
  func queue() {
    let receiver = TestReceiver(.neverAnswers)
    defer { receiver.stop() }
    let sink = sink(receiver.port, SinkNotes(), milliseconds: 500)
    sink.publish(serviceEvent())
    #expect(waits { receiver.connectionCount == 1 })
    for _ in 0..<5 { sink.publish(serviceEvent()) }
    receiver.behave(.takesMessages)
    #expect(waits { sink.counts.requests[.success] == 1 }, "\(sink.counts)")
    sink.stop()
    #expect(sink.counts.droppedCount == 4 && receiver.requests.count == 1)
  }
}
