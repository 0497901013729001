import DeviceCommands
import Glibc
import NIOCore
import Synchronization

/// Everything that `heed serve` runs, and how its parts are bound together.
///
/// ```text
/// microphone → LocalListener ─┬→ EventDelivery → standard output, programs
///                             └→ ServiceFeed
/// hubs ⇄ WakeServer
/// phrase file → both
/// ```
///
/// One thread starts, tends and stops it.
final class DeviceService: @unchecked Sendable {
  private var setup: ListeningSetup
  /// What was there at the start: the server's model lies in it.
  private let firstSetup: ListeningSetup
  private let wyoming: WyomingOptions
  private let hooks: HookOptions
  private let output: EventOutput
  private let hasMicrophone: Bool
  private let version: String

  private let feed = ServiceFeed()
  private let listener = LocalListener()
  private let delivery = EventDelivery()
  private let served = ServedPhrases([])
  private var server: WakeServer?
  private var watch: FileWatch
  private var lastRoundCount = -1
  private let ended = Atomic<Bool>(false)

  init(
    _ setup: ListeningSetup, wyoming: WyomingOptions, hooks: HookOptions, output: EventOutput, hasMicrophone: Bool,
    version: String
  ) {
    self.setup = setup
    firstSetup = setup
    self.wyoming = wyoming
    self.hooks = hooks
    self.output = output
    self.hasMicrophone = hasMicrophone
    self.version = version
    watch = FileWatch(setup.phrasesPath)
  }

  /// What a person reads of the service where all is well.
  var status: String { "listening for \(quotedList(served.current.enrollments.map { $0.text }))" }

  func start() throws(Failure) {
    _ = watch.hasChanged()
    served.replace(with: try setup.phrases(streamCount: streamCount))
    if let endpoint = wyoming.endpoint { try startServer(endpoint) }
    let notice = self.notice
    try delivery.start(output, hooks, notice: notice)
    guard hasMicrophone else { return }
    var outlets = LocalListener.Outlets()
    let (feed, delivery) = (feed, delivery)
    outlets.candidate = { event in
      if event.detection.detected { delivery.put(event) }
      feed.send(.candidate(event))
    }
    outlets.level = { feed.send(.level($0)) }
    outlets.microphone = { feed.send(.microphone($0)) }
    outlets.notice = notice
    outlets.ended = { [self] in ended.store(true, ordering: .relaxed) }
    let phrases = try setup.openPhrases()
    try listener.start(setup, phrases, outlets)
    tell("listening on \(setup.capture.device) for \(quotedList(phrases.texts))")
  }

  /// Ends everything, once what was heard is told.
  func stop() throws(Failure) {
    listener.stop()
    delivery.stop()
    if let path = wyoming.endpoint?.socketPath, server != nil { unlink(path) }
    do { try server?.stop() } catch { throw Failure(.internalError, "the server did not stop: \(error)") }
  }

  /// Whether the stream that is listened to is over, and hubs are not served either.
  var isOver: Bool { ended.load(ordering: .relaxed) && server == nil }

  /// Whether the listening thread did something since this was asked last.
  func isAlive() -> Bool {
    let count = listener.roundCount
    defer { lastRoundCount = count }
    return !hasMicrophone || count != lastRoundCount
  }

  // MARK: Phrases and configuration

  /// Goes on with what the phrase file has, where that became another.
  func reloadChangedPhrases() {
    guard watch.hasChanged() else { return }
    goOn(with: setup)
  }

  /// Reads the configuration again, and the phrases.
  ///
  /// - Parameter arguments: those of the start, which name the files.
  func reload(_ arguments: CommandArguments) {
    _ = watch.hasChanged()
    do throws(Failure) {
      let next = try ListeningSetup(arguments)
      guard next.hasModel(of: setup) else {
        throw Failure(.badData, "another model or kernel path takes effect when heed serve is started again")
      }
      goOn(with: next)
    } catch {
      notice("heed: \(error.message); the configuration from before goes on")
      goOn(with: setup)
    }
  }

  private func goOn(with next: ListeningSetup) {
    do throws(Failure) {
      let enrollments = try next.phrases(streamCount: streamCount)
      if hasMicrophone {
        let phrases = try next.openPhrases()
        if next === setup { listener.exchange(phrases) } else { listener.exchange(next, phrases) }
      }
      served.replace(with: enrollments)
      setup = next
      tell("now listening for \(quotedList(enrollments.map { $0.text }))")
      feed.send(.phrases)
    } catch {
      notice("heed: \(error.message); the phrases from before are still listened for")
    }
  }

  // MARK: Parts

  /// Streams that are listened to at once, at most.
  private var streamCount: Int {
    (hasMicrophone ? 1 : 0) + (wyoming.endpoint == nil ? 0 : wyoming.limits.clientCount)
  }

  /// Says something on standard error and to those who watch.
  private var notice: @Sendable (String) -> Void {
    { [feed] message in
      tell(message)
      feed.send(.notice(message))
    }
  }

  private func startServer(_ endpoint: ServiceEndpoint) throws(Failure) {
    let info = WakeServiceInfo(
      model: firstSetup.model, kernelPath: firstSetup.kernelPath, phrases: served, version: version)
    let notice = self.notice
    let server = WakeServer(info, limits: wyoming.limits) { notice("heed: \($0)") }
    let bound: ServiceEndpoint
    do {
      var served = endpoint
      served.port = try server.start(on: endpoint)
      bound = served
    } catch {
      let reason = (error as? IOError).map { String(cString: strerror($0.errnoCode)) } ?? "\(error)"
      throw Failure(
        .deviceUnavailable,
        "cannot serve on \(endpoint): \(reason); name another address of this machine or another port with --wyoming")
    }
    self.server = server
    tell(
      "serving \(quotedList(served.current.enrollments.map { $0.text })) on \(bound) (Wyoming), for up to "
        + "\(wyoming.limits.clientCount) clients at once")
    if !endpoint.isLoopback {
      tell(
        "heed: note: everybody who reaches \(bound) can list the phrases and use this server: Wyoming has no password and "
          + "is not encrypted")
    }
  }
}
