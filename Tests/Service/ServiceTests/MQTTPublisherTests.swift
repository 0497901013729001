import Foundation
import ListeningService
import Messages
import ServiceSinks
import Testing

@Suite("Publishing to misbehaving MQTT brokers")
struct MQTTPublisherTests {
  private func options(port: Int) -> MQTTOptions {
    var options = MQTTOptions()
    options.broker = ServiceEndpoint(host: "127.0.0.1", port: port)
    options.site = "kitchen"
    options.firstPauseMilliseconds = 20
    options.longestPauseMilliseconds = 40
    options.answerMilliseconds = 500
    return options
  }

  private func seconds(_ body: () -> Void) -> Double {
    let start = ContinuousClock.now
    body()
    return (ContinuousClock.now - start) / .seconds(1)
  }

  @Test(
    "the publisher retries, reports once, keeps detections, and stops in time",
    arguments: [FalseBroker.Behaviour.closesAtOnce, .neverAnswers, .sendsGarbage, .sendsHugePacket])
  func falseBroker(behaviour: FalseBroker.Behaviour) throws {
    let broker = FalseBroker(behaviour)
    defer { broker.stop() }
    let notes = SinkNotes()
    let publisher = MQTTPublisher(options(port: broker.port), version: "1", note: notes.add)
    try publisher.start()
    #expect(waits { broker.connectionCount >= 3 }, "\(broker.connectionCount) connections")
    publisher.publish(serviceEvent())
    #expect(notes.count(of: "cannot be used") == 1 && notes.count(of: "is back") == 0, "\(notes.all)")
    #expect(seconds { publisher.stop() } < 3.5)
    #expect(notes.count(of: "cannot be used") == 1, "\(notes.all)")
    let counts = publisher.counts
    #expect(counts.publishedCount + counts.queuedCount == 1 && counts.droppedCount == 0)
  }

  @Test("a packet that announces 256 MB is not received over a network")
  func hugePacket() throws {
    let broker = FalseBroker(.sendsHugePacket)
    defer { broker.stop() }
    let notes = SinkNotes()
    let publisher = MQTTPublisher(options(port: broker.port), version: "1", note: notes.add)
    try publisher.start()
    #expect(waits { broker.connectionCount >= 2 })
    // More than the limit for what waits in the kernel's buffers, on both sides of each connection.
    #expect(broker.hugeByteCount < 8_000_000 * broker.connectionCount, "\(broker.hugeByteCount) bytes")
    #expect(notes.count(of: "it sends a packet that is too large") == 1, "\(notes.all)")
    publisher.stop()
  }

  @Test("a broker that accepts TLS connections and never answers is reported, and does not delay the end")
  func silentTLS() throws {
    let folder = try SinkFolder()
    let broker = FalseBroker(.neverAnswers)
    defer { broker.stop() }
    let notes = SinkNotes()
    var options = options(port: broker.port)
    options.authorityPath = folder.write("ca.pem", SinkFolder.certificate)
    let publisher = MQTTPublisher(options, version: "1", note: notes.add)
    try publisher.start()
    #expect(waits { broker.connectionCount >= 2 }, "\(notes.all)")
    #expect(notes.count(of: "cannot be used") == 1, "\(notes.all)")
    #expect(seconds { publisher.stop() } < 3.5)
  }

  @Test("a phrase that continues another is published alone")
  func phraseWithinPhrase() throws {
    let broker = FalseBroker(.answers)
    defer { broker.stop() }
    let publisher = MQTTPublisher(options(port: broker.port), version: "1", note: SinkNotes().add)
    let heard = TestPhrases.offline(
      try TestPhrases.recording("railway-station-2.opus"),
      TestPhrases.enroll("railway station", "railway station to telegraph"))
    for phrase in heard { publisher.publish(serviceEvent(phrase.name)) }
    try publisher.start()
    #expect(waits { publisher.counts.publishedCount == heard.count })
    publisher.stop()
    let topics = broker.messages.map { $0.topic }.filter { $0.hasSuffix("/detected") }
    #expect(topics == ["hermes/hotword/railway_station_to_telegraph/detected"])
  }

  @Test("without a broker the oldest detections are dropped and counted, and the rest arrive later in order")
  func queue() throws {
    let broker = FalseBroker(.answers)
    defer { broker.stop() }
    let notes = SinkNotes()
    let publisher = MQTTPublisher(options(port: broker.port), version: "1", note: notes.add)
    for index in 0..<130 { publisher.publish(serviceEvent("phrase \(index)")) }
    #expect(publisher.counts.queuedCount == 100 && publisher.counts.droppedCount == 30)
    try publisher.start()
    #expect(waits { publisher.counts.publishedCount == 100 }, "\(publisher.counts)")
    publisher.stop()
    #expect(publisher.counts.queuedCount == 0 && publisher.counts.droppedCount == 30)
    let topics = broker.messages.map { $0.topic }.filter { $0.hasSuffix("/detected") }
    #expect(topics == (30..<130).map { "hermes/hotword/phrase_\($0)/detected" })
    #expect(broker.messages.filter { $0.topic == "cooee/kitchen/detection" }.count == 100)
    #expect(broker.messages.first { $0.topic == "cooee/kitchen/status" }?.payload == "online")
    #expect(broker.messages.last { $0.topic == "cooee/kitchen/status" }?.payload == "offline")
    #expect(
      notes.all == [
        .notice("publishing detections to the MQTT broker 127.0.0.1:\(broker.port) as the site \"kitchen\"")
      ])
  }

  /// The payloads of the retained state, in order.
  private func states(_ broker: FalseBroker) -> [String] {
    broker.messages.filter { $0.topic == "cooee/kitchen/state" && $0.isRetained }.map { $0.payload }
  }

  @Test("a retained toggleOff is reported once with the command that removes it, and the state is published, retained")
  func retainedToggle() throws {
    let topic = HermesMessages.toggleOffTopic
    let broker = FalseBroker(.retains(topic: topic, payload: #"{"siteId":"kitchen","reason":"tts"}"#))
    defer { broker.stop() }
    let notes = SinkNotes()
    var options = options(port: broker.port)
    (options.user, options.password) = ("me and you", "secret")
    let publisher = MQTTPublisher(options, version: "1", note: notes.add)
    try publisher.start()
    let paused = #"{"state":"paused","reasons":["tts"],"retained":true}"#
    #expect(waits { states(broker).last == paused }, "\(broker.messages)")
    #expect(publisher.counts.isPaused)
    let command = "mosquitto_pub -h 127.0.0.1 -p \(broker.port) -u 'me and you' -P PASSWORD -t \(topic) -r -n"
    let told = notes.all.filter { $0.severity == .warning }.map { $0.text }
    #expect(told.count == 1 && told[0].hasSuffix(command) && told[0].contains("\"kitchen\""), "\(told)")
    #expect(told.first?.contains("\(topic) (reason \"tts\")") == true, "\(told)")
    publisher.publish(serviceEvent("never heard"))
    // What that command makes the broker send.
    broker.publish(topic, "")
    #expect(waits { states(broker).last == #"{"state":"listening","reasons":[],"retained":false}"# })
    #expect(notes.count(of: "detections are published again") == 1)
    publisher.publish(serviceEvent("hey computer"))
    #expect(waits { publisher.counts.publishedCount == 1 })
    publisher.stop()
    #expect(
      broker.messages.filter { $0.topic.hasSuffix("/detected") }.map { $0.topic }
        == ["hermes/hotword/hey_computer/detected"])
    #expect(!notes.all.contains { $0.text.contains("secret") })
  }

  @Test("a retained toggleOff of another site changes nothing and is not reported")
  func retainedToggleOfOthers() throws {
    let broker = FalseBroker(.retains(topic: HermesMessages.toggleOffTopic, payload: #"{"siteId":"hall"}"#))
    defer { broker.stop() }
    let notes = SinkNotes()
    let publisher = MQTTPublisher(options(port: broker.port), version: "1", note: notes.add)
    try publisher.start()
    publisher.publish(serviceEvent())
    #expect(waits { publisher.counts.publishedCount == 1 })
    publisher.stop()
    #expect(states(broker) == [#"{"state":"listening","reasons":[],"retained":false}"#])
    #expect(notes.count(of: "toggleOff") == 0, "\(notes.all)")
  }

  @Test("a pause by a message that is not retained is reported with its topic and reason, and so is its end")
  func pause() throws {
    let broker = FalseBroker(.answers)
    defer { broker.stop() }
    let notes = SinkNotes()
    let publisher = MQTTPublisher(options(port: broker.port), version: "1", note: notes.add)
    try publisher.start()
    #expect(waits { states(broker).count == 1 })
    broker.publish(HermesMessages.toggleOffTopic, #"{"siteId":"kitchen","reason":"ttsSay"}"#)
    #expect(waits { states(broker).last == #"{"state":"paused","reasons":["ttsSay"],"retained":false}"# })
    broker.publish(HermesMessages.toggleOnTopic, #"{"siteId":"kitchen"}"#)
    #expect(waits { states(broker).count == 3 })
    publisher.stop()
    #expect(notes.all.filter { $0.severity == .warning }.isEmpty, "\(notes.all)")
    #expect(notes.count(of: "hermes/hotword/toggleOff (reason \"ttsSay\") pauses") == 1, "\(notes.all)")
    #expect(notes.count(of: "detections are published again") == 1)
  }

  @Test("an unresponsive broker gets a limited number of messages, and the oldest others are dropped")
  func neverConfirmed() throws {
    let broker = FalseBroker(.neverConfirms)
    defer { broker.stop() }
    let publisher = MQTTPublisher(options(port: broker.port), version: "1", note: SinkNotes().add)
    try publisher.start()
    #expect(waits { publisher.counts.isConnected })
    for index in 0..<500 { publisher.publish(serviceEvent("phrase \(index)")) }
    #expect(publisher.counts.queuedCount == 100 && publisher.counts.droppedCount == 400)
    #expect(seconds { publisher.stop() } < 3.5)
    #expect(broker.messages.count < 80, "\(broker.messages.count)")
    #expect(publisher.counts.publishedCount == 0)
  }
}
