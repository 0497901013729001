import CommandLineOptions
import Console
import DeviceSetup
import Glibc
import Listening
import ListeningService
import Messages
import NIOCore
import ServiceSinks
import Synchronization
import Wyoming

/// The parts of `cooee serve` and the connections between them.
///
/// ```text
/// microphone → LocalListener ─┬→ EventDelivery → standard output, programs
///                             ├→ MQTTPublisher, RequestSinks, EventRecordings, ServiceMetrics
///                             └→ ServiceFeed → ConsoleServer ⇄ browsers
/// hubs ⇄ WyomingServer
/// phrase file → LocalListener, WyomingServer
/// ```
///
/// One thread starts it, calls ``tend()``, and stops it.
final class DeviceService: @unchecked Sendable {
  private var setup: ListeningSetup
  /// The setup at the start. The server's model borrows from it.
  private let firstSetup: ListeningSetup
  private let options: ServeOptions
  private let arguments: CommandArguments
  private let version: String

  private let feed = ServiceFeed()
  private let listener = LocalListener()
  private let delivery = EventDelivery()
  private let served = ServedPhrases([])
  private let metrics: ServiceMetrics
  private var server: WyomingServer?
  private var page: ConsoleServer?
  private var publisher: MQTTPublisher?
  private var webhook: RequestSink?
  private var voiceAssistant: RequestSink?
  private var recordings: EventRecordings?
  private var metricsFile: MetricsFile?
  private var announcement: ServiceAnnouncement?

  private var watch: FileWatch
  private var lastRoundCount = -1
  private let ended = Atomic<Bool>(false)

  init(_ setup: ListeningSetup, _ arguments: CommandArguments, _ options: ServeOptions, version: String) {
    self.setup = setup
    firstSetup = setup
    self.options = options
    self.arguments = arguments
    self.version = version
    metrics = ServiceMetrics(version: version)
    watch = FileWatch(setup.phrasesPath)
  }

  /// The state for the service manager.
  var status: String { "listening for \(quotedList(served.current.enrollments.map { $0.text }))" }

  /// Starts all parts.
  ///
  /// - Throws: A failure if a part cannot be started.
  func start() throws(Failure) {
    // First, because it reports where no thread can be started; the servers' threads do not.
    try delivery.start(options.output, options.hooks, notice: notice)
    _ = watch.hasChanged()
    let enrollments = try setup.phrases(streamCount: streamCount)
    served.replace(with: enrollments)
    if enrollments.isEmpty {
      notice(.notice(noPhrasesText(setup.phrasesPath) + (options.console.endpoint == nil ? "" : ", or in the console")))
    }
    metrics.update { for enrollment in enrollments { $0.addPhrase(enrollment.text) } }
    var announced: [ServiceAnnouncement.Service] = []
    if let endpoint = options.wyoming.endpoint {
      let port = try startServer(endpoint)
      if !endpoint.isLoopback { announced.append(.init(type: "_wyoming._tcp", port: port)) }
    }
    let notice = self.notice
    if options.mqtt.broker != nil {
      let publisher = MQTTPublisher(options.mqtt, version: version) { notice($0) }
      try publisher.start()
      self.publisher = publisher
    }
    if options.webhook.url != nil { webhook = .webhook(options.webhook, version: version) { notice($0) } }
    if options.voiceAssistant.endpoint != nil {
      voiceAssistant = .voiceAssistant(options.voiceAssistant) { notice($0) }
    }
    if options.recordings.folder != nil {
      recordings = try EventRecordings(options.recordings) { notice($0) }
    }
    if let path = options.metrics.path {
      metricsFile = try MetricsFile(path: path, metrics: metrics) { notice($0) }
    }
    // After the other parts: the console reads the counts of all of them.
    if let endpoint = options.console.endpoint {
      let port = try startConsole()
      if !endpoint.isLoopback { announced.append(.init(type: "_http._tcp", port: port, attributes: ["path=/"])) }
    }
    if options.announces, !announced.isEmpty {
      let announcement = ServiceAnnouncement(name: "Cooee on \(options.mqtt.site)", services: announced) {
        notice($0)
      }
      try announcement.start()
      self.announcement = announcement
    }
    if options.hasMicrophone { try startListening() }
  }

  /// Stops all parts after the pending detections are delivered.
  func stop() throws(Failure) {
    announcement?.stop()
    listener.stop()
    publisher?.stop()
    webhook?.stop()
    voiceAssistant?.stop()
    recordings?.stop()
    // Last of the receivers: the reader of stdout may be stuck.
    delivery.stop()
    collectCounts()
    metricsFile?.stop()
    page?.stop()
    do { try server?.stop() } catch { throw Failure(.internalError, "the server did not stop: \(error)") }
  }

  /// Whether the input has ended and there is neither a Wyoming server nor a console.
  var isOver: Bool { ended.load(ordering: .relaxed) && server == nil && page == nil }

  /// Whether the listening thread has made progress since the last call.
  func isAlive() -> Bool {
    let count = listener.roundCount
    defer { lastRoundCount = count }
    return !options.hasMicrophone || count != lastRoundCount
  }

  // MARK: Phrases and configuration

  /// Takes over changes of the phrase file. Call this about once a second.
  func tend() {
    collectCounts()
    guard watch.hasChanged() else { return }
    goOn(with: setup)
  }

  /// Reads the configuration and the phrases again.
  func reload() {
    _ = watch.hasChanged()
    watch.forgetProblem()
    do throws(Failure) {
      let next = try ListeningSetup(arguments)
      guard next.hasModel(of: setup) else {
        throw Failure(.badData, "a different model or kernel path requires a restart of cooee serve")
      }
      goOn(with: next)
    } catch {
      notice(.warning("\(error.message); keeping the previous configuration"))
      goOn(with: setup)
    }
  }

  private func goOn(with next: ListeningSetup) {
    do throws(Failure) {
      let enrollments = try next.phrases(streamCount: streamCount)
      if options.hasMicrophone {
        let phrases = try next.openPhrases()
        if next === setup { listener.exchange(phrases) } else { listener.exchange(next, phrases) }
      }
      served.replace(with: enrollments)
      metrics.update { for enrollment in enrollments { $0.addPhrase(enrollment.text) } }
      setup = next
      watch.forgetProblem()
      report(.information("now listening for \(quotedList(enrollments.map { $0.text }))"))
      feed.send(.phrases)
    } catch {
      if watch.note(error) { notice(.warning("\(error.message); keeping the previous phrases")) }
    }
  }

  // MARK: Parts

  /// The most streams at a time.
  private var streamCount: Int {
    (options.hasMicrophone ? 1 : 0) + (options.wyoming.endpoint == nil ? 0 : options.wyoming.limits.clientCount)
  }

  /// Reports a message on stderr and to the watchers.
  private var notice: @Sendable (LogMessage) -> Void {
    { [feed] message in
      report(message)
      feed.send(.notice(message))
    }
  }

  private func startListening() throws(Failure) {
    var outlets = LocalListener.Outlets()
    let (feed, delivery, metrics, publisher, recordings) = (feed, delivery, metrics, publisher, recordings)
    let requests = [voiceAssistant, webhook].compactMap { $0 }
    if let recordings { outlets.samples = { recordings.append(samples: $0) } }
    outlets.candidate = { event in
      if event.detection.detected {
        delivery.put(event)
        publisher?.publish(event)
        for sink in requests { sink.publish(event) }
      }
      metrics.note(event)
      feed.send(.candidate(event))
    }
    if let recordings { outlets.detection = { recordings.keep($0) } }
    outlets.level = { level in
      metrics.update { $0.levelDBFS = level.rootMeanSquareDecibels }
      feed.send(.level(level))
    }
    outlets.microphone = { state in
      metrics.update { $0.isMicrophoneUp = state.condition == .listening }
      feed.send(.microphone(state))
    }
    outlets.progress = { progress in
      metrics.update { measurements in
        measurements.sampleCount = progress.heardSamples
        measurements.lostSampleCount = progress.counts.lostSampleCount
        measurements.droppedSampleCount = progress.counts.droppedSampleCount
        measurements.overrunCount = progress.counts.overrunCount
        measurements.suspendCount = progress.counts.suspendCount
        measurements.reconnectCount = progress.counts.reconnectCount
        measurements.processingSeconds = Double(progress.spottingNanoseconds) / 1e9
      }
    }
    outlets.notice = notice
    outlets.ended = { [self] in ended.store(true, ordering: .relaxed) }
    let phrases = try setup.openPhrases()
    try listener.start(setup, phrases, outlets)
    report(.information("listening on \(setup.capture.device) for \(quotedList(phrases.texts))"))
  }

  private func startServer(_ endpoint: ServiceEndpoint) throws(Failure) -> Int {
    let info = WyomingServiceInfo(
      model: firstSetup.model, kernelPath: firstSetup.kernelPath, phrases: served, version: version)
    let notice = self.notice
    let server = WyomingServer(info, limits: options.wyoming.limits) { notice(.warning($0)) }
    var bound = endpoint
    do {
      bound.port = try server.start(on: endpoint)
    } catch {
      let reason = (error as? IOError).map { String(cString: strerror($0.errnoCode)) } ?? "\(error)"
      throw Failure(
        .deviceUnavailable,
        "cannot serve on \(endpoint): \(reason); choose another address of this machine or another port with --wyoming")
    }
    self.server = server
    report(
      .information(
        "serving \(quotedList(served.current.enrollments.map { $0.text })) on \(bound) (Wyoming), for up to "
          + "\(options.wyoming.limits.clientCount) clients"))
    if !endpoint.isLoopback {
      report(
        .notice(
          "anyone who can reach \(bound) can list the phrases and use this server: Wyoming has no password and "
            + "is not encrypted"))
    }
    return bound.port
  }

  private func startConsole() throws(Failure) -> Int {
    let page = try ConsoleServer(
      options.console, feed: feed, microphones: options.hasMicrophone ? listener : nil,
      phrases: try setup.phraseBook(arguments), version: version, metrics: renderedMetrics,
      answered: { [metrics] status in metrics.update { $0.httpRequestCounts[status, default: 0] += 1 } }, notice: notice
    )
    let port = try page.start()
    self.page = page
    return port
  }

  /// Copies the counts of the other parts into the metrics.
  private func collectCounts() {
    metrics.update { measurements in
      measurements.clientCount = server?.connectedCount ?? 0
      if let counts = publisher?.counts {
        measurements.isMQTTConnected = counts.isConnected
        measurements.sinkDroppedCounts["mqtt"] = counts.droppedCount
      }
      if let counts = webhook?.counts {
        measurements.webhookCounts = counts.requests
        measurements.sinkDroppedCounts["webhook"] = counts.droppedCount
      }
      if let counts = voiceAssistant?.counts {
        measurements.voiceAssistantCounts = counts.requests
        measurements.sinkDroppedCounts["voice_assistant"] = counts.droppedCount
      }
      if let counts = recordings?.counts { measurements.sinkDroppedCounts["recordings"] = counts.droppedCount }
      measurements.sinkDroppedCounts["output"] = delivery.droppedCount
    }
  }

  private var renderedMetrics: @Sendable () -> String {
    { [self] in
      collectCounts()
      return metrics.rendered
    }
  }
}
