import CMosquitto
import CPlatform
import JSON
import ListeningService
import Messages
import Synchronization

/// Publishes detections by MQTT, in the Hermes format and on a plain topic, and lets hubs pause them.
///
/// A separate thread connects to the broker and retries with growing pauses. A detection counts as published once the
/// broker has confirmed all of its messages (QoS 1). Until then it is kept and sent again over the next connection. It
/// may therefore arrive twice, but none of the last ``MQTTOptions/queueEventCount`` detections is lost.
///
/// Any thread may call ``publish(_:)``, which waits only for a short lock. Notes and toggles are reported on the
/// publisher's thread.
package final class MQTTPublisher: Sendable {
  /// The state of the connection and the numbers of detections since the start.
  package struct Counts: Equatable, Sendable {
    package var isConnected = false
    package var isPaused = false
    package var publishedCount = 0
    package var droppedCount = 0
    package var queuedCount = 0
  }

  private struct State {
    var queue: MQTTQueue
    var isConnected = false
    var isPaused = false
  }

  private let options: MQTTOptions
  private let version: String
  private let note: @Sendable (LogMessage) -> Void
  private let onToggle: @Sendable (_ isPaused: Bool) -> Void
  private let state: Mutex<State>
  private let thread = WorkerThread()

  /// - Parameters:
  ///   - options: Must have a broker.
  ///   - version: The version of the program, published as that of the model.
  ///   - note: Receives messages, on the publisher's thread or the one that starts it.
  ///   - onToggle: Called when hubs pause and resume detections. While they are paused, nothing is published.
  package init(
    _ options: MQTTOptions, version: String, note: @escaping @Sendable (LogMessage) -> Void,
    onToggle: @escaping @Sendable (_ isPaused: Bool) -> Void = { _ in }
  ) {
    self.options = options
    self.version = version
    self.note = note
    self.onToggle = onToggle
    state = Mutex(State(queue: MQTTQueue(capacity: options.queueEventCount)))
  }

  /// The topic of the retained states `online` and `offline`.
  package var statusTopic: String { "\(options.topicPrefix)/\(options.site)/status" }
  /// The topic of the retained ``HermesToggles/state``.
  package var stateTopic: String { "\(options.topicPrefix)/\(options.site)/state" }
  /// The plain topic for detections.
  package var detectionTopic: String { "\(options.topicPrefix)/\(options.site)/detection" }

  /// The current counts.
  package var counts: Counts {
    state.withLock {
      Counts(
        isConnected: $0.isConnected, isPaused: $0.isPaused, publishedCount: $0.queue.publishedCount,
        droppedCount: $0.queue.droppedCount, queuedCount: $0.queue.entries.count)
    }
  }

  /// Starts the thread, which keeps the publisher alive until ``stop()``. An unavailable broker is not a failure.
  ///
  /// - Throws: `internalError` if the thread cannot be started.
  package func start() throws(Failure) {
    _ = mosquitto_lib_init()
    if options.user != nil, options.authorityPath == nil, let broker = options.broker, !broker.isLoopback {
      note(.notice("the password for \(broker) is sent unencrypted; use --mqtt-ca for TLS"))
    }
    let worker = Worker(self)
    try thread.start(name: "cooee-mqtt") { worker.run() }
  }

  /// Queues a detection unless hubs have paused them.
  package func publish(_ event: ServiceEvent) {
    let messages = [
      MQTTQueue.Message(
        topic: HermesMessages.detectedTopic(phrase: event.detection.phrase),
        payload: HermesMessages.detected(event, site: options.site, version: version)),
      MQTTQueue.Message(topic: detectionTopic, payload: event.json.encoded),
    ]
    let isQueued = state.withLock { state in
      if state.isPaused { return false }
      state.queue.append(messages)
      return true
    }
    if isQueued { thread.wake() }
  }

  /// Sends what is queued, publishes `offline` and disconnects; waits at most three seconds.
  package func stop() { thread.stop(waitMilliseconds: 3_000) }
}

extension MQTTPublisher {
  /// The work of the publisher's thread.
  private final class Worker: @unchecked Sendable {
    private let publisher: MQTTPublisher
    private var toggles: HermesToggles
    private var toldMalformed = false
    private var toldRetained = false
    /// The state that was sent over the current connection.
    private var sentState: [UInt8]?
    private var pauseMilliseconds: Int
    /// The last failure that was reported, while the broker is unavailable.
    private var told: MQTTConnection.End?
    private var wasEverConnected = false

    private var options: MQTTOptions { publisher.options }
    private var brokerName: String { "the MQTT broker \(options.broker.map { "\($0)" } ?? "")" }

    init(_ publisher: MQTTPublisher) {
      self.publisher = publisher
      toggles = HermesToggles(site: publisher.options.site)
      pauseMilliseconds = publisher.options.firstPauseMilliseconds
    }

    func run() {
      while !publisher.thread.isStopping {
        do throws(MQTTConnection.End) {
          try serve()
        } catch {
          publisher.state.withLock { $0.isConnected = false }
          forgetToggles()
          tell(error)
        }
        pause()
      }
    }

    /// Serves one connection until it ends or the publisher stops.
    private func serve() throws(MQTTConnection.End) {
      let sent = SentMessages(publisher)
      sentState = nil
      let connection = try MQTTConnection(
        options, statusTopic: publisher.statusTopic,
        receive: { [unowned self] in receive(topic: $0, payload: $1, isRetained: $2) },
        confirmed: { sent.confirm($0) })
      let start = platform_monotonic_nanoseconds()
      func elapsedMilliseconds() -> Int { Int((platform_monotonic_nanoseconds() - start) / 1_000_000) }
      var isGreeted = false
      var isTold = false
      while !publisher.thread.isStopping {
        try connection.step(wakeEvent: publisher.thread.wakeEvent, milliseconds: isTold ? 1_000 : 200)
        if connection.isAccepted {
          if !isGreeted {
            try connection.subscribe([HermesMessages.toggleOffTopic, HermesMessages.toggleOnTopic])
            _ = try connection.publish(publisher.statusTopic, Array("online".utf8), isRetained: true)
            isGreeted = true
          }
          try sent.sendNew(over: connection)
        }
        if connection.isSubscribed, !isTold {
          isTold = true
          publisher.state.withLock { $0.isConnected = true }
          tellFirstConnection()
        }
        if connection.isSubscribed { try sendState(over: connection, sent) }
        if !isTold, elapsedMilliseconds() > options.answerMilliseconds {
          throw MQTTConnection.End(reason: "it does not respond like an MQTT broker")
        }
        if isTold, elapsedMilliseconds() > options.steadyMilliseconds {
          pauseMilliseconds = options.firstPauseMilliseconds
          tellReturn()
        }
      }
      if isGreeted { try leave(connection, sent) }
    }

    /// Sends the state if it has changed, once the broker has confirmed the previous one, so that toggles cannot pile up.
    private func sendState(over connection: MQTTConnection, _ sent: SentMessages) throws(MQTTConnection.End) {
      let state = toggles.state
      guard state != sentState, sent.awaited == nil else { return }
      sent.awaited = try connection.publish(publisher.stateTopic, state, isRetained: true)
      sentState = state
    }

    /// Sends the rest, then `offline`, and disconnects once the broker has confirmed it.
    private func leave(_ connection: MQTTConnection, _ sent: SentMessages) throws(MQTTConnection.End) {
      let deadline = platform_monotonic_nanoseconds() + 2_000_000_000
      try sent.sendNew(over: connection)
      let last = try connection.publish(publisher.statusTopic, Array("offline".utf8), isRetained: true)
      sent.awaited = last
      while sent.awaited != nil || !sent.isEmpty, platform_monotonic_nanoseconds() < deadline {
        try connection.step(wakeEvent: publisher.thread.wakeEvent, milliseconds: 100)
      }
      connection.disconnect()
      publisher.state.withLock { $0.isConnected = false }
    }

    private func pause() {
      let end = platform_monotonic_nanoseconds() + Int64(pauseMilliseconds) * 1_000_000
      pauseMilliseconds = min(pauseMilliseconds * 2, options.longestPauseMilliseconds)
      while !publisher.thread.isStopping {
        let left = (end - platform_monotonic_nanoseconds()) / 1_000_000
        guard left > 0 else { return }
        publisher.thread.sleep(milliseconds: Int(left))
      }
    }

    private func tellFirstConnection() {
      guard !wasEverConnected else { return }
      wasEverConnected = true
      publisher.note(.notice("publishing detections to \(brokerName) as the site \"\(options.site)\""))
    }

    /// Reports the return only once the connection has lasted, so an unstable broker is reported once.
    private func tellReturn() {
      guard told != nil else { return }
      told = nil
      publisher.note(.notice("\(brokerName) is back"))
    }

    private func tell(_ end: MQTTConnection.End) {
      guard !publisher.thread.isStopping, told == nil || end.needsPerson && told != end else { return }
      told = end
      publisher.note(
        .warning(
          "\(brokerName) cannot be used: \(end.reason); trying again and keeping the last \(options.queueEventCount) "
            + "detections"))
    }

    // MARK: Toggles

    private func receive(topic: String, payload: UnsafeRawBufferPointer, isRetained: Bool) {
      let wasPausedByRetained = toggles.isPausedByRetained
      let outcome = toggles.receive(topic: topic, payload: payload, isRetained: isRetained)
      if case .malformed(let reason) = outcome {
        if !toldMalformed {
          publisher.note(.warning("ignoring malformed messages on \(topic): \(reason)"))
        }
        toldMalformed = true
      }
      if toggles.isPausedByRetained, !wasPausedByRetained {
        tellRetained(payload)
      } else if outcome == .paused {
        publisher.note(
          .notice(
            "\(topic)\(Self.reason(of: payload)) pauses the detections of the site \"\(options.site)\" until "
              + HermesMessages.toggleOnTopic))
      }
      if outcome == .resumed {
        toldRetained = false
        publisher.note(.notice("detections are published again"))
      }
      apply(outcome)
    }

    /// Reports a retained pause, which outlasts its sender, once; not again after each reconnection.
    private func tellRetained(_ payload: UnsafeRawBufferPointer) {
      guard !toldRetained, let broker = options.broker else { return }
      toldRetained = true
      var command = "mosquitto_pub -h \(shellQuoted(broker.host)) -p \(broker.port)"
      if let user = options.user { command += " -u \(shellQuoted(user)) -P PASSWORD" }
      if let path = options.authorityPath { command += " --cafile \(shellQuoted(path))" }
      publisher.note(
        .warning(
          "detections of the site \"\(options.site)\" are not published: \(brokerName) retains a message on "
            + "\(HermesMessages.toggleOffTopic)\(Self.reason(of: payload)), which pauses them after every start; remove it "
            + "with \(command) -t \(HermesMessages.toggleOffTopic) -r -n"))
    }

    /// The reason of a toggle in parentheses, or nothing. MQTT does not reveal who sent it.
    private static func reason(of payload: UnsafeRawBufferPointer) -> String {
      guard let text = JSONValue(payload)?["reason"]?.text, !text.isEmpty else { return "" }
      return " (reason \"\(HermesToggles.shortened(text))\")"
    }

    /// Removes all pauses, because no hub can resume them without the broker.
    private func forgetToggles() { apply(toggles.reset()) }

    private func apply(_ outcome: HermesToggles.Outcome) {
      guard outcome == .paused || outcome == .resumed else { return }
      publisher.state.withLock { $0.isPaused = outcome == .paused }
      publisher.onToggle(outcome == .paused)
    }
  }

  /// Messages that were sent over a connection and are not yet confirmed.
  private final class SentMessages {
    private static let mostUnconfirmed = 64

    private let publisher: MQTTPublisher
    private var lastNumber: UInt64 = 0
    private var entryOfMessage: [Int32: UInt64] = [:]
    private var messagesLeft: [UInt64: Int] = [:]
    /// The number of the last state or status whose confirmation is awaited.
    var awaited: Int32?

    init(_ publisher: MQTTPublisher) { self.publisher = publisher }

    var isEmpty: Bool { entryOfMessage.isEmpty }

    func sendNew(over connection: MQTTConnection) throws(MQTTConnection.End) {
      let number = lastNumber
      for entry in publisher.state.withLock({ $0.queue.entries(after: number) }) {
        // Unconfirmed messages wait in the queue, which is limited, and not in the library.
        guard entryOfMessage.count < Self.mostUnconfirmed else { return }
        lastNumber = entry.number
        for message in entry.messages {
          guard let sent = try connection.publish(message.topic, message.payload) else { continue }
          entryOfMessage[sent] = entry.number
          messagesLeft[entry.number, default: 0] += 1
        }
        if messagesLeft[entry.number] == nil { publisher.state.withLock { $0.queue.discard(entry.number) } }
      }
    }

    func confirm(_ message: Int32) {
      if message == awaited { awaited = nil }
      guard let number = entryOfMessage.removeValue(forKey: message), let left = messagesLeft[number] else { return }
      messagesLeft[number] = left > 1 ? left - 1 : nil
      if left == 1 { publisher.state.withLock { $0.queue.confirm(number) } }
    }
  }
}
