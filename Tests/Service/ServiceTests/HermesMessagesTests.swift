import DetectionEvents
import JSON
import ListeningService
import ServiceSinks
import Testing

@Suite("Hermes messages")
struct HermesMessagesTests {
  private static let on = HermesMessages.toggleOnTopic
  private static let off = HermesMessages.toggleOffTopic

  private func receive(_ toggles: inout HermesToggles, _ topic: String, _ payload: String) -> HermesToggles.Outcome {
    Array(payload.utf8).withUnsafeBytes { toggles.receive(topic: topic, payload: $0) }
  }

  @Test("a detection has all members of Rhasspy's format, and a lower threshold is a higher sensitivity")
  func detected() throws {
    let event = ServiceEvent(
      detection: DetectionEvent(
        source: .device("hw:1"), phrase: "say \"hey\"\n", startSample: 16_000, endSample: 32_000, score: 0.75),
      milliseconds: 1_767_323_045_678, threshold: 0.25)
    let message = try #require(JSONValue(HermesMessages.detected(event, site: "küche", version: "1.2.3")))
    #expect(
      message
        == .object([
          "modelId": .text("say \"hey\"\n"), "modelVersion": .text("1.2.3"), "modelType": .text("universal"),
          "currentSensitivity": .number(0.75), "siteId": .text("küche"), "sessionId": .null, "sendAudioCaptured": .null,
          "lang": .null, "customEntities": .null,
        ]))
    #expect(HermesMessages.detectedTopic(phrase: "turn / on") == "hermes/hotword/turn__on/detected")
  }

  @Test("an event has the detection's members, the threshold and the Unix time, each once")
  func event() {
    let event = ServiceEvent(
      detection: DetectionEvent(
        source: .device("hw:1"), phrase: "hey", startSample: 8_000, endSample: 32_000, score: 0.5, detected: false),
      milliseconds: 1_767_323_045_678, threshold: 0.25)
    #expect(
      String(decoding: event.json.encoded, as: UTF8.self)
        == #"{"device":"hw:1","phrase":"hey","start":0.5,"end":2.0,"score":0.5,"detected":false,"threshold":0.25,"#
        + #""time":1767323045.678}"#)
  }

  @Test("detections are paused while there is a reason, and a repeated reason counts once")
  func reasons() {
    var toggles = HermesToggles(site: "kitchen")
    #expect(receive(&toggles, Self.off, #"{"siteId":"kitchen","reason":"tts"}"#) == .paused)
    #expect(receive(&toggles, Self.off, #"{"siteId":"kitchen","reason":"tts"}"#) == .unchanged)
    #expect(receive(&toggles, Self.off, #"{"siteId":"kitchen","reason":"play"}"#) == .unchanged)
    #expect(receive(&toggles, Self.on, #"{"siteId":"kitchen","reason":"tts"}"#) == .unchanged)
    #expect(receive(&toggles, Self.on, #"{"siteId":"kitchen","reason":"other"}"#) == .unchanged && toggles.isPaused)
    #expect(receive(&toggles, Self.on, #"{"siteId":"kitchen","reason":"play"}"#) == .resumed)
    #expect(receive(&toggles, Self.off, #"{"siteId":"kitchen"}"#) == .paused)
    #expect(receive(&toggles, Self.off, #"{"siteId":"kitchen","reason":"tts"}"#) == .unchanged)
    #expect(receive(&toggles, Self.on, #"{"siteId":"kitchen","reason":null}"#) == .resumed)
    #expect(toggles.reset() == .unchanged)
    #expect(receive(&toggles, Self.off, #"{"siteId":"kitchen"}"#) == .paused)
    #expect(toggles.reset() == .resumed && !toggles.isPaused)
  }

  @Test("an empty message removes the reason of the retained toggleOff and no other")
  func retained() {
    func receiveRetained(_ toggles: inout HermesToggles, _ payload: String) -> HermesToggles.Outcome {
      Array(payload.utf8).withUnsafeBytes { toggles.receive(topic: Self.off, payload: $0, isRetained: true) }
    }
    var toggles = HermesToggles(site: "kitchen")
    #expect(receive(&toggles, Self.off, "") == .unchanged && receive(&toggles, Self.on, "") == .unchanged)
    #expect(receive(&toggles, Self.off, #"{"siteId":"kitchen","reason":"tts"}"#) == .paused)
    #expect(receiveRetained(&toggles, #"{"siteId":"kitchen","reason":"night"}"#) == .unchanged)
    #expect(toggles.isPausedByRetained)
    #expect(
      String(decoding: toggles.state, as: UTF8.self)
        == #"{"state":"paused","reasons":["night","tts"],"retained":true}"#)
    #expect(receive(&toggles, Self.off, "") == .unchanged && !toggles.isPausedByRetained && toggles.isPaused)
    #expect(receive(&toggles, Self.on, #"{"siteId":"kitchen","reason":"tts"}"#) == .resumed)
    // toggleOn and a lost broker also end it.
    #expect(receiveRetained(&toggles, #"{"siteId":"kitchen"}"#) == .paused && toggles.isPausedByRetained)
    #expect(receive(&toggles, Self.on, #"{"siteId":"kitchen"}"#) == .resumed && !toggles.isPausedByRetained)
    #expect(receive(&toggles, Self.off, "") == .unchanged)
    #expect(receiveRetained(&toggles, #"{"siteId":"kitchen"}"#) == .paused)
    #expect(toggles.reset() == .resumed && !toggles.isPausedByRetained)
  }

  @Test("the state shortens long reasons")
  func longReason() {
    var toggles = HermesToggles(site: "kitchen")
    let reason = String(repeating: "x", count: 65)
    #expect(receive(&toggles, Self.off, #"{"siteId":"kitchen","reason":"\#(reason)"}"#) == .paused)
    #expect(String(decoding: toggles.state, as: UTF8.self).contains(#"["\#(reason.dropLast())…"]"#))
  }

  @Test("a missing site means the default one, and other sites are ignored")
  func sites() {
    var toggles = HermesToggles(site: "default")
    #expect(receive(&toggles, Self.off, #"{"siteId":"Default"}"#) == .unchanged)
    #expect(receive(&toggles, Self.off, "{}") == .paused)
    #expect(receive(&toggles, Self.on, #"{"siteId":"hall"}"#) == .unchanged && toggles.isPaused)
    #expect(receive(&toggles, Self.on, #"{"siteId":null}"#) == .resumed)
  }

  @Test("reasons beyond the limit also pause, and removing each one resumes")
  func manyReasons() {
    var toggles = HermesToggles(site: "kitchen")
    for round in 0..<2 {
      for index in 0..<HermesToggles.mostReasons {
        let outcome = receive(&toggles, Self.off, #"{"siteId":"kitchen","reason":"\#(index)"}"#)
        #expect(outcome == (round == 0 && index == 0 ? .paused : .unchanged))
      }
    }
    for index in 0..<HermesToggles.mostReasons {
      let outcome = receive(&toggles, Self.on, #"{"siteId":"kitchen","reason":"\#(index)"}"#)
      #expect(outcome == (index == HermesToggles.mostReasons - 1 ? .resumed : .unchanged))
    }
    for index in 0..<1_000 { _ = receive(&toggles, Self.off, #"{"siteId":"kitchen","reason":"\#(index)"}"#) }
    #expect(toggles.isPaused)
    #expect(receive(&toggles, Self.on, #"{"siteId":"kitchen"}"#) == .resumed)
  }

  @Test(
    "an invalid toggle is malformed and changes nothing",
    arguments: [
      " ", "{", "[]", "null", "\"kitchen\"", "{\"siteId\":1}", "{\"siteId\":\"kitchen\",\"reason\":[]}", "{}x",
      "{\"siteId\":\"\u{0}\"}", String(repeating: "[", count: 4_000),
      "{\"a\":\"" + String(repeating: "a", count: 4_096) + "\"}",
    ])
  func malformed(payload: String) {
    var toggles = HermesToggles(site: "kitchen")
    for topic in [Self.off, Self.on] {
      guard case .malformed(let reason) = receive(&toggles, topic, payload) else {
        Issue.record("\(payload.prefix(80)) is accepted")
        continue
      }
      #expect(!reason.isEmpty && !reason.hasSuffix("."))
    }
    #expect(!toggles.isPaused)
  }

  @Test("invalid UTF-8 and unsubscribed topics are malformed")
  func foreign() {
    var toggles = HermesToggles(site: "default")
    let bytes: [UInt8] = [0x7B, 0x22, 0xFF, 0x22, 0x3A, 0x31, 0x7D]
    guard case .malformed = bytes.withUnsafeBytes({ toggles.receive(topic: Self.off, payload: $0) }) else {
      Issue.record("bytes are accepted")
      return
    }
    #expect(receive(&toggles, Self.off, "{}") == .paused)
    guard case .malformed = receive(&toggles, "hermes/hotword/other", "{}") else {
      Issue.record("another topic is accepted")
      return
    }
    #expect(toggles.isPaused)
  }
}
