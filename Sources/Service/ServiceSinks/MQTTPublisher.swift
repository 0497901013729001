import CMosquitto
import CPlatform
import ListeningService
import Messages
import Synchronization

/// Publishes detections by MQTT, in the Hermes form and on a plain topic, and lets hubs pause them.
///
/// A thread of its own speaks with the broker and tries it again when it is away, after growing pauses. A detection counts as
/// published once the broker has confirmed each of its messages (QoS 1); until then it is kept, and sent again over the next
/// connection, so that one may arrive twice but none is lost of the last ``MQTTOptions/queueEventCount``.
///
/// ``publish(_:)`` may be called by any thread and waits for nothing but a short lock. Notes and toggles come on the thread of
/// the publisher.
package final class MQTTPublisher: Sendable {
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
  ///   - options: with a broker.
  ///   - version: that of the program, told as the model's.
  ///   - note: called on the thread of the publisher, or the one that starts it.
  ///   - onToggle: called when hubs begin to want no detections, and when they want them again. Meanwhile none is published.
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

  package var statusTopic: String { "\(options.topicPrefix)/\(options.site)/status" }
  package var detectionTopic: String { "\(options.topicPrefix)/\(options.site)/detection" }

  package var counts: Counts {
    state.withLock {
      Counts(
        isConnected: $0.isConnected, isPaused: $0.isPaused, publishedCount: $0.queue.publishedCount,
        droppedCount: $0.queue.droppedCount, queuedCount: $0.queue.entries.count)
    }
  }

  /// Starts the thread, which keeps the publisher until ``stop()``; a broker that is away is no failure.
  package func start() throws(Failure) {
    _ = mosquitto_lib_init()
    if options.user != nil, options.authorityPath == nil, let broker = options.broker, !broker.isLoopback {
      note(.notice("the password at \(broker) is sent unencrypted; --mqtt-ca has TLS used"))
    }
    let worker = Worker(self)
    try thread.start(name: "heed-mqtt") { worker.run() }
  }

  /// Hands on a detection, unless hubs paused them.
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

  /// Gives what is queued a second, says `offline` and goodbye; waits at most three seconds.
  package func stop() { thread.stop(waitMilliseconds: 3_000) }
}

extension MQTTPublisher {
  /// What the thread of the publisher does.
  private final class Worker: @unchecked Sendable {
    private let publisher: MQTTPublisher
    private var toggles: HermesToggles
    private var toldMalformed = false
    private var pauseMilliseconds: Int
    /// What the person was told while the broker is away.
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

    /// Holds one connection until it ends, or until the publisher is stopped.
    private func serve() throws(MQTTConnection.End) {
      let sent = SentMessages(publisher)
      let connection = try MQTTConnection(
        options, statusTopic: publisher.statusTopic, receive: { [unowned self] in receive(topic: $0, payload: $1) },
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
        if !isTold, elapsedMilliseconds() > options.answerMilliseconds {
          throw MQTTConnection.End(reason: "it does not answer as an MQTT broker does")
        }
        if isTold, elapsedMilliseconds() > options.steadyMilliseconds {
          pauseMilliseconds = options.firstPauseMilliseconds
          tellReturn()
        }
      }
      if isGreeted { try leave(connection, sent) }
    }

    /// Sends what is left, then `offline`, and says goodbye once the broker has it.
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

    /// Once the connection lasts: a broker that comes and goes is told of once.
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
          "\(brokerName) cannot be used: \(end.reason); trying again, and the last \(options.queueEventCount) detections "
            + "are kept"))
    }

    // MARK: Toggles

    private func receive(topic: String, payload: UnsafeRawBufferPointer) {
      let outcome = toggles.receive(topic: topic, payload: payload)
      if case .malformed(let reason) = outcome {
        if !toldMalformed {
          publisher.note(.warning("a message on \(topic) is ignored, as are others like it: \(reason)"))
        }
        toldMalformed = true
      }
      apply(outcome)
    }

    /// Without the broker nobody could resume what was paused.
    private func forgetToggles() { apply(toggles.reset()) }

    private func apply(_ outcome: HermesToggles.Outcome) {
      guard outcome == .paused || outcome == .resumed else { return }
      publisher.state.withLock { $0.isPaused = outcome == .paused }
      publisher.onToggle(outcome == .paused)
    }
  }

  /// Messages that were sent over a connection and not yet confirmed.
  private final class SentMessages {
    private static let mostUnconfirmed = 64

    private let publisher: MQTTPublisher
    private var lastNumber: UInt64 = 0
    private var entryOfMessage: [Int32: UInt64] = [:]
    private var messagesLeft: [UInt64: Int] = [:]
    /// A message of no entry that is waited for.
    var awaited: Int32?

    init(_ publisher: MQTTPublisher) { self.publisher = publisher }

    var isEmpty: Bool { entryOfMessage.isEmpty }

    func sendNew(over connection: MQTTConnection) throws(MQTTConnection.End) {
      let number = lastNumber
      for entry in publisher.state.withLock({ $0.queue.entries(after: number) }) {
        // What a broker never confirms waits in the queue, whose length is limited, and not in the library.
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
