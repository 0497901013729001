import ListeningService
import NIOCore
import NIOPosix
import Synchronization

/// Serves wake words to hubs over TCP, in the Wyoming protocol.
///
/// Each client has a spotter of its own on one of the server's threads; clients of a thread take turns of 2 ms, or of a
/// quarter of a second of audio where that takes longer. What a client sends is read only when what it sent before has been
/// heard and it takes its answers, so a fast or stuck client costs a bounded amount of memory. ``start(on:)`` and ``stop()``
/// are called once each, from outside the server's threads.
public final class WyomingServer: Sendable {
  /// What clients may do.
  public struct Limits: Sendable {
    public var clientCount = 64
    /// A client that has sent nothing for so long is let go; nil for never.
    public var idleSeconds: Int?
    /// A client must have sent its first event by then.
    public var firstEventSeconds = 10
    /// Where all places are taken, a client that has sent no event for so long leaves for a new one.
    public var silentSeconds = 30
    /// The same for a client within a stream, whose microphone may be muted.
    public var silentStreamSeconds = 300
    /// How many lines on clients a person is told in so many seconds, at most; then how many more there were.
    public var noteCount = 10
    public var noteSeconds = 60
    public var frames = WyomingFrameDecoder.Limits()

    public init() {}
  }

  private let service: WyomingServiceInfo
  private let limits: Limits
  private let group: MultiThreadedEventLoopGroup
  private let places: WyomingClientSlots
  /// What clients did, and that there was no place for them.
  private let notes: RateLimitedLog
  private let refusals: RateLimitedLog
  private let turns: [ObjectIdentifier: EventLoopTurns]
  private let socketFile = Mutex<SocketFile?>(nil)

  /// - Parameters:
  ///   - threadCount: how many threads hear.
  ///   - note: takes messages for a person, one line each; called from any thread.
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
      "and \($0) more notes on clients of the Wyoming server"
    }
    refusals = RateLimitedLog(1, every: interval, on: loop, note: note) {
      "and \($0) more clients were closed, as there was no place for them"
    }
  }

  /// Opens the port and answers from now on.
  ///
  /// - Returns: the port, which the system chose where 0 was asked for.
  /// - Throws: an `IOError`, or another error whose description says why the address cannot be served.
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

  /// Clients that are connected now.
  public var connectedCount: Int { places.count }

  /// Closes the port and every client, and ends the threads; a socket's file is removed where it is still this server's.
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
    let name = peer.map { "client \($0)" } ?? "a client of this machine"
    guard let (place, leaving) = places.take(channel, name: name) else {
      refusals.tell("\(name): there are \(limits.clientCount) clients already, the most that are allowed; closed")
      channel.close(promise: nil)
      return
    }
    if let leaving {
      notes.tell(
        "\(leaving.place.name): silent for \(leaving.seconds) seconds, and a new client needs its place; closed")
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
