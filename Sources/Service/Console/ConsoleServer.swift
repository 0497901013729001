import AudioCapture
import DeviceSetup
import Glibc
import HummingbirdCore
import ListeningService
import Logging
import Messages
import NIOCore
import NIOPosix
import Synchronization

/// The installer's console: a page with which a device is set up, and what it asks for.
///
/// Its own thread serves browsers and another tries phrases, so that listening is never held up. ``start()`` and ``stop()``
/// are called once each, from outside these threads.
package final class ConsoleServer: Sendable {
  /// What browsers may do.
  package struct Limits: Sendable {
    /// Connections at once; more wait until one is closed.
    package var connectionCount = 64
    /// Connections of one address at once; more are refused.
    package var addressConnectionCount = 32
    /// Pages that watch at once.
    package var watcherCount = 16
    /// A connection is closed after so long without a request, with a request that has not come whole, or with answers
    /// that are not taken.
    package var idleSeconds = 30
    /// How long a phrase file may take to come whole: 16 MiB at 1.1 Mbit/s.
    package var fileSeconds = 120
    package var headerBytes = 16_384
    package var headerFieldCount = 64

    package init() {}
  }

  private struct Running {
    var serving: Task<Void, Never>
    var feeding: Task<Void, Never>
    var beating: Task<Void, Never>
  }

  private let endpoint: ServiceEndpoint
  private let limits: Limits
  private let responder: ConsoleResponder
  private let notice: @Sendable (LogMessage) -> Void
  private let answered: @Sendable (Int) -> Void
  private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
  private let running = Mutex<Running?>(nil)

  /// - Parameters:
  ///   - microphones: whoever changes the microphone; nil where there is none to choose.
  ///   - devices: those to choose from.
  ///   - metrics: the service's counters as Prometheus reads them.
  ///   - answered: takes the status of each answer, such as 200; called from the server's thread.
  ///   - notice: takes messages for a person, one line each; called from any thread.
  /// - Throws: where the options name no address, or the token cannot be read or made.
  package init(
    _ options: ConsoleOptions, feed: ServiceFeed, microphones: (any MicrophoneChoosing)?, phrases: PhraseBook,
    version: String, limits: Limits = Limits(), devices: @escaping @Sendable () -> [CaptureDevice] = CaptureDevice.all,
    metrics: @escaping @Sendable () -> String, answered: @escaping @Sendable (Int) -> Void = { _ in },
    notice: @escaping @Sendable (LogMessage) -> Void
  ) throws(Failure) {
    guard let endpoint = options.endpoint else { throw Failure(.internalError, "the console has no address") }
    self.endpoint = endpoint
    self.limits = limits
    self.notice = notice
    self.answered = answered
    let token: AccessToken?
    if let path = options.tokenPath { token = try AccessToken(path: path) } else { token = nil }
    responder = ConsoleResponder(
      rules: AccessRules(endpoint: endpoint, token: token),
      api: ConsoleAPI(
        version: version, feed: feed, watchers: ConsoleWatchers(capacity: limits.watcherCount),
        workbench: SerialWorkQueue(),
        desk: PhraseEditor(phrases), microphones: microphones, devices: devices, speech: SpeechSynthesis(),
        metrics: metrics))
  }

  /// Opens the port and answers from now on.
  ///
  /// - Returns: the port, which the system chose where 0 was asked for.
  package func start() throws(Failure) -> Int {
    let opened = group.next().makePromise(of: Int.self)
    let limits = self.limits
    let channel = HTTP1Channel(
      responder: { [responder, answered] request, writer, channel in
        let response = await responder.respond(to: request, channel)
        answered(response.head.status.code)
        try await writer.write(response: response.head, body: response.body)
      },
      configuration: HTTP1Channel.Configuration(
        additionalChannelHandlers: [RequestTimeout(limits), MalformedRequests()],
        idleTimeout: .seconds(Int64(limits.idleSeconds)),
        httpDecoderConfiguration: .init(
          maxHeaderFieldSize: limits.headerBytes, maxHeaderListSize: limits.headerBytes,
          maxHeaderFieldCount: limits.headerFieldCount)))
    let logger = Logger(label: "heed.console") { _ in SwiftLogNoOpLogHandler() }
    let server = Server(
      childChannelSetup: ConsoleChannel(channel, limits),
      configuration: ServerConfiguration(
        address: .hostname(endpoint.host, port: endpoint.port),
        availableConnectionsDelegate: MaximumAvailableConnections(limits.connectionCount, logger: logger)),
      onServerRunning: { opened.succeed($0.localAddress?.port ?? 0) }, eventLoopGroup: group, logger: logger)
    let api = responder.api
    api.workbench.start()
    let executor = LoopExecutor(group.next())
    let serving = Task(executorPreference: executor) {
      do { try await server.run() } catch { opened.fail(error) }
    }
    let port: Int
    do { port = try opened.futureResult.wait() } catch {
      api.workbench.stop()
      try? group.syncShutdownGracefully()
      let reason = (error as? IOError).map { String(cString: strerror($0.errnoCode)) } ?? "\(error)"
      throw Failure(
        .deviceUnavailable,
        "cannot serve the console on \(endpoint): \(reason); name another address of this machine or another port with "
          + "--console, or turn it off with --no-console")
    }
    // Before the page's own messages begin: it need not show the token.
    tellAddress(port)
    let updates = api.feed.updates()
    let feeding = Task(executorPreference: executor) { for await update in updates { api.watchers.send(update) } }
    let beating = Task(executorPreference: executor) {
      while !Task.isCancelled {
        try? await Task.sleep(for: .seconds(ConsoleWatchers.heartbeatSeconds))
        api.watchers.beat()
      }
    }
    running.withLock { $0 = Running(serving: serving, feeding: feeding, beating: beating) }
    return port
  }

  /// Closes the port and every connection, and ends the threads. What is being stored is stored first.
  package func stop() {
    guard let running = running.withLock({ $0.take() }) else { return }
    running.feeding.cancel()
    running.beating.cancel()
    let api = responder.api
    api.watchers.close()
    api.workbench.stop()
    running.serving.cancel()
    // The last answers are written on the loop, so it must outlive them; a peer that does not close is not waited for.
    let loop = group.next()
    let ended = loop.makePromise(of: Void.self)
    let limit = loop.scheduleTask(in: .seconds(3)) { ended.succeed() }
    Task(executorPreference: LoopExecutor(loop)) {
      await running.serving.value
      ended.succeed()
    }
    try? ended.futureResult.wait()
    limit.cancel()
    try? group.syncShutdownGracefully()
  }

  private func tellAddress(_ port: Int) {
    let isAny = endpoint.host == "0.0.0.0" || endpoint.host == "::"
    let shown = ServiceEndpoint(host: isAny ? hostName() ?? "localhost" : endpoint.host, port: port)
    guard let token = responder.rules.token else { return notice(.information("the console is on http://\(shown)")) }
    guard token.isNew else {
      return notice(.information("the console is on http://\(shown), with the token from its first start"))
    }
    notice(.information("the console is on http://\(shown)/#token=\(token.text) (shown only once; keep it secret)"))
  }
}
