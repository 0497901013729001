import AudioFiles
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
  /// One for each microphone.
  private let listeners: [LocalListener]
  private let delivery = EventDelivery()
  private let served = ServedPhrases([])
  private let metrics: ServiceMetrics
  private var server: WyomingServer?
  private var page: ConsoleServer?
  private var publisher: MQTTPublisher?
  private var webhook: RequestSink?
  private var voiceAssistant: RequestSink?
  /// One for each microphone, or none.
  private var recordings: [EventRecordings] = []
  private var metricsFile: MetricsFile?
  private var announcement: ServiceAnnouncement?

  private var watch: FileWatch
  private var lastRoundCounts: [Int]
  /// The number of streams that have ended.
  private let endedCount = Atomic<Int>(0)
  private let progress: MicrophoneTotals

  init(_ setup: ListeningSetup, _ arguments: CommandArguments, _ options: ServeOptions, version: String) {
    self.setup = setup
    firstSetup = setup
    self.options = options
    self.arguments = arguments
    self.version = version
    metrics = ServiceMetrics(version: version)
    listeners = options.hasMicrophone ? setup.sources.map { _ in LocalListener() } : []
    lastRoundCounts = listeners.map { _ in -1 }
    progress = MicrophoneTotals(count: listeners.count)
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
      for _ in listeners {
        recordings.append(try EventRecordings(options.recordings, sharing: recordings.first) { notice($0) })
      }
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
    for index in listeners.indices { try startListening(index) }
  }

  /// Stops all parts after the pending detections are delivered.
  func stop() throws(Failure) {
    announcement?.stop()
    for listener in listeners { listener.stop() }
    publisher?.stop()
    webhook?.stop()
    voiceAssistant?.stop()
    for recording in recordings { recording.stop() }
    // Last of the receivers: the reader of stdout may be stuck.
    delivery.stop()
    collectCounts()
    metricsFile?.stop()
    page?.stop()
    do { try server?.stop() } catch { throw Failure(.internalError, "the server did not stop: \(error)") }
  }

  /// Whether the input has ended and there is neither a Wyoming server nor a console.
  var isOver: Bool {
    !listeners.isEmpty && endedCount.load(ordering: .relaxed) >= listeners.count && server == nil && page == nil
  }

  /// Whether all listening threads have made progress since the last call.
  func isAlive() -> Bool {
    let counts = listeners.map { $0.roundCount }
    defer { lastRoundCounts = counts }
    return zip(counts, lastRoundCounts).allSatisfy { $0 != $1 }
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
      let settings = try ProgramSettings(arguments, openDecoder: AudioFileReader.openDecoder)
      let next = try ListeningSetup(arguments, settings)
      guard next.hasModel(of: setup), next.sources.count == setup.sources.count else {
        throw Failure(
          .badData, "a different model, kernel path or number of microphones requires a restart of cooee serve")
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
        for listener in listeners {
          if next === setup { listener.exchange(phrases) } else { listener.exchange(next, phrases) }
        }
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
    listeners.count + (options.wyoming.endpoint == nil ? 0 : options.wyoming.limits.clientCount)
  }

  /// Reports a message on stderr and to the watchers.
  private var notice: @Sendable (LogMessage) -> Void {
    { [feed] message in
      report(message)
      feed.send(.notice(message))
    }
  }

  private func startListening(_ index: Int) throws(Failure) {
    var outlets = LocalListener.Outlets()
    let (feed, delivery, metrics, publisher, progress) = (feed, delivery, metrics, publisher, progress)
    let requests = [voiceAssistant, webhook].compactMap { $0 }
    if options.recordings.folder != nil {
      let recordings = recordings[index]
      outlets.samples = { recordings.append(samples: $0) }
      outlets.detection = { recordings.keep($0) }
    }
    outlets.candidate = { event in
      if event.detection.detected {
        delivery.put(event)
        publisher?.publish(event)
        for sink in requests { sink.publish(event) }
      }
      metrics.note(event)
      feed.send(.candidate(event))
    }
    outlets.level = { level in
      let loudest = progress.note(level: level.rootMeanSquareDecibels, of: index)
      metrics.update { $0.levelDBFS = loudest }
      if index == 0 { feed.send(.level(level)) }
    }
    outlets.microphone = { state in
      let isUp = progress.note(isUp: state.condition == .listening, of: index)
      metrics.update { $0.isMicrophoneUp = isUp }
      feed.send(.microphone(state))
    }
    outlets.progress = { change in
      let total = progress.note(change, of: index)
      metrics.update { measurements in
        measurements.sampleCount = total.heardSamples
        measurements.lostSampleCount = total.counts.lostSampleCount
        measurements.droppedSampleCount = total.counts.droppedSampleCount
        measurements.overrunCount = total.counts.overrunCount
        measurements.suspendCount = total.counts.suspendCount
        measurements.reconnectCount = total.counts.reconnectCount
        measurements.processingSeconds = Double(total.spottingNanoseconds) / 1e9
      }
    }
    outlets.notice = notice
    outlets.ended = { [self] in endedCount.add(1, ordering: .relaxed) }
    let phrases = try setup.openPhrases()
    try listeners[index].start(setup, index, phrases, outlets)
    report(.information("listening on \(setup.sources[index]) for \(quotedList(phrases.texts))"))
  }

  private func startServer(_ endpoint: ServiceEndpoint) throws(Failure) -> Int {
    let info = WyomingServiceInfo(
      model: firstSetup.model, kernelPath: firstSetup.kernelPath, spotter: firstSetup.spotter, phrases: served,
      version: version)
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
      options.console, feed: feed, microphones: listeners.count == 1 ? listeners[0] : nil,
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
      if !recordings.isEmpty {
        measurements.sinkDroppedCounts["recordings"] = recordings.reduce(0) { $0 + $1.counts.droppedCount }
      }
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
