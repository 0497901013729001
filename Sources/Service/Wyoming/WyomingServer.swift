import ListeningService
import NIOCore
import NIOPosix
import Synchronization

/// A wake-word server for hubs that use the Wyoming protocol.
///
/// Each client has its own spotter on one of the server's threads. The clients of a thread take turns of 2 ms, or of
/// 0.25 s of audio if that takes longer. The server reads from a client only after all previous data is processed and
/// while the client accepts its replies, so a fast or stuck client uses a limited amount of memory. Call ``start(on:)``
/// and ``stop()`` once each, from outside the server's threads.
public final class WyomingServer: Sendable {
  /// The limits for clients.
  public struct Limits: Sendable {
    /// The most connected clients.
    public var clientCount = 64
    /// A client is closed if it sends nothing for this long; nil for never.
    public var idleSeconds: Int?
    /// A client is closed if it sends no event within this time after connecting.
    public var firstEventSeconds = 10
    /// A client that sends no event for this long may be closed for a new client when all slots are taken.
    public var silentSeconds = 30
    /// The same for a client within a stream, whose microphone may be muted.
    public var silentStreamSeconds = 300
    /// The most messages about clients per `noteSeconds`; further ones are only counted.
    public var noteCount = 10
    /// The interval in which `noteCount` messages are allowed, in seconds.
    public var noteSeconds = 60
    /// The limits for events.
    public var frames = WyomingFrameDecoder.Limits()

    /// Creates the default limits.
    public init() {}
  }

  private let service: WyomingServiceInfo
  private let limits: Limits
  private let group: MultiThreadedEventLoopGroup
  private let places: WyomingClientSlots
  /// Messages about the behavior of clients.
  private let notes: RateLimitedLog
  /// Messages about clients that were refused because all slots were taken.
  private let refusals: RateLimitedLog
  private let turns: [ObjectIdentifier: EventLoopTurns]
  private let socketFile = Mutex<SocketFile?>(nil)

  /// - Parameters:
  ///   - threadCount: The number of threads.
  ///   - note: Receives messages of one line; called from any thread.
  public init(
    _ service: WyomingServiceInfo, limits: Limits = Limits(), threadCount: Int = System.coreCount,
    note: @escaping @Sendable (String) -> Void
  ) {
    self.service = service
    self.limits = limits
    places = WyomingClientSlots(limits)
    group = MultiThreadedEventLoopGroup(numberOfThreads: threadCount)
    turns = Dictionary(
      uniqueKeysWithValues: group.makeIterator().map { (ObjectIdentifier($0), EventLoopTurns(on: $0)) })
    let (interval, loop) = (TimeAmount.seconds(Int64(limits.noteSeconds)), group.next())
    notes = RateLimitedLog(limits.noteCount, every: interval, on: loop, note: note) {
      "and \($0) more messages about clients of the Wyoming server"
    }
    refusals = RateLimitedLog(1, every: interval, on: loop, note: note) {
      "and \($0) more clients were closed because all client slots are taken"
    }
  }

  /// Opens the port and starts to serve.
  ///
  /// - Returns: The port, which the system chooses if the endpoint has port 0; 0 for a Unix socket.
  /// - Throws: An `IOError`, or an error whose description gives the reason.
  public func start(on endpoint: ServiceEndpoint) throws -> Int {
    let bootstrap = ServerBootstrap(group: group)
      .serverChannelOption(.backlog, value: 256)
      .childChannelOption(.autoRead, value: false)
      .childChannelOption(.allowRemoteHalfClosure, value: true)
      .childChannelOption(.maxMessagesPerRead, value: 1)
      .childChannelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 65_536))
      .childChannelInitializer { [self] channel in
        channel.eventLoop.makeCompletedFuture { try welcome(channel) }
      }
    if let path = endpoint.socketPath {
      let (file, descriptor) = try SocketFile.bind(path)
      socketFile.withLock { $0 = file }
      _ = try bootstrap.withBoundSocket(descriptor).wait()
      return 0
    }
    let address = try SocketAddress.makeAddressResolvingHost(endpoint.host, port: endpoint.port)
    let channel =
      try bootstrap
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelOption(.socketOption(.so_keepalive), value: 1)
      .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
      .bind(to: address).wait()
    return channel.localAddress?.port ?? endpoint.port
  }

  /// The number of connected clients.
  public var connectedCount: Int { places.count }

  /// Closes the port and all clients, and stops the threads. Removes the socket's file if it still belongs to this
  /// server.
  public func stop() throws {
    socketFile.withLock { file in
      file?.remove()
      file = nil
    }
    notes.finish()
    refusals.finish()
    try group.syncShutdownGracefully()
  }

  private func welcome(_ channel: any Channel) throws {
    let peer = channel.remoteAddress.flatMap { address in
      address.ipAddress.map { ServiceEndpoint(host: $0, port: address.port ?? 0).description }
    }
    let name = peer.map { "client \($0)" } ?? "a local client"
    guard let (place, leaving) = places.take(channel, name: name) else {
      refusals.tell("\(name): the limit of \(limits.clientCount) clients is reached; closed")
      channel.close(promise: nil)
      return
    }
    if let leaving {
      notes.tell(
        "\(leaving.place.name): silent for \(leaving.seconds) seconds, and a new client needs its slot; closed")
      leaving.place.channel.close(promise: nil)
    }
    channel.closeFuture.whenComplete { [self] _ in places.leave(place) }
    guard let turns = turns[ObjectIdentifier(channel.eventLoop)] else {
      preconditionFailure("a client's event loop is not one of the server's")
    }
    let notes = self.notes
    let connection = WyomingConnection(
      WyomingSession(service) { notes.tell("\(name): \($0)") }, limits: limits, place: place, turns: turns
    ) { notes.tell("\(name): \($0); closed") }
    if let seconds = limits.idleSeconds {
      try channel.pipeline.syncOperations.addHandler(IdleStateHandler(readTimeout: .seconds(Int64(seconds))))
    }
    try channel.pipeline.syncOperations.addHandler(connection)
  }
}
