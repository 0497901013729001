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

/// The installer's console: a web page for setting up a device, and its API.
///
/// One thread serves browsers and another one tests phrases, so listening is never delayed. Call ``start()`` and
/// ``stop()`` once each, from outside these threads.
package final class ConsoleServer: Sendable {
  /// The limits for browsers.
  package struct Limits: Sendable {
    /// The most connections; further ones wait.
    package var connectionCount = 64
    /// The most connections per address; further ones are refused.
    package var addressConnectionCount = 32
    /// The most watching pages.
    package var watcherCount = 16
    /// A connection is closed if it is idle, if a request is incomplete, or if responses are not read for this long.
    package var idleSeconds = 30
    /// The time limit for uploading a phrase file: 16 MiB at 1.1 Mbit/s.
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
  ///   - microphones: Changes the microphone; nil if there is no choice.
  ///   - devices: Lists the available devices.
  ///   - metrics: Returns the service's metrics for Prometheus.
  ///   - answered: Receives the status of each response, such as 200; called from the server's thread.
  ///   - notice: Receives messages; called from any thread.
  /// - Throws: A failure if the options have no address, or if the token cannot be read or created.
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
      rules: AccessRules(endpoint: endpoint, token: token, proxy: options.trustedProxy),
      api: ConsoleAPI(
        version: version, feed: feed, watchers: ConsoleWatchers(capacity: limits.watcherCount),
        workbench: SerialWorkQueue(),
        desk: PhraseEditor(phrases), microphones: microphones, devices: devices, speech: SpeechSynthesis(),
        metrics: metrics))
  }

  /// Opens the port and starts to serve.
  ///
  /// - Returns: The port, which the system chooses if the endpoint has port 0.
  /// - Throws: `deviceUnavailable` if the address cannot be used.
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
    let logger = Logger(label: "cooee.console") { _ in SwiftLogNoOpLogHandler() }
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
        "cannot serve the console on \(endpoint): \(reason); choose another address of this machine or another port "
          + "with --console, or disable it with --no-console")
    }
    // Before notices are sent to pages, which must not show the token.
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

  /// Closes the port and all connections, and stops the threads. Pending changes are stored first.
  package func stop() {
    guard let running = running.withLock({ $0.take() }) else { return }
    running.feeding.cancel()
    running.beating.cancel()
    let api = responder.api
    api.watchers.close()
    api.workbench.stop()
    running.serving.cancel()
    // The last responses are written on the loop, so it must outlive them. Waiting for peers is limited.
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
    if let proxy = responder.rules.proxy {
      notice(.information("the console trusts the proxy \(proxy), whose requests need no token"))
    }
    guard let token = responder.rules.token else { return notice(.information("the console is on http://\(shown)")) }
    guard token.isNew else {
      return notice(.information("the console is on http://\(shown), with the token created at its first start"))
    }
    notice(.information("the console is on http://\(shown)/#token=\(token.text) (shown only once; keep it secret)"))
  }
}
