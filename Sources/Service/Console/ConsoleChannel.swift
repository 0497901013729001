import HummingbirdCore
import Logging
import NIOCore

/// A browser's HTTP connection, with limits for connections per address and for responses that are not read.
struct ConsoleChannel: ServerChildChannel {
  let http: HTTP1Channel
  let limits: ConsoleServer.Limits
  private let shares: ConcurrencyLimit

  init(_ http: HTTP1Channel, _ limits: ConsoleServer.Limits) {
    self.http = http
    self.limits = limits
    shares = ConcurrencyLimit(limits.addressConnectionCount)
  }

  func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<HTTP1Channel.Value> {
    channel.eventLoop.makeCompletedFuture {
      try channel.pipeline.syncOperations.addHandler(WriteStallTimeout(seconds: limits.idleSeconds))
    }.flatMap { http.setup(channel: channel, logger: logger) }
  }

  func handle(value: HTTP1Channel.Value, logger: Logger) async {
    let peer = value.channel.remoteAddress?.ipAddress ?? "?"
    guard shares.enter(peer) else {
      let answer = ConsoleError(
        .serviceUnavailable, "\(peer) already has \(limits.addressConnectionCount) connections",
        remedy: "close some of them", retrySeconds: limits.idleSeconds)
      // The peer may already be gone.
      try? await value.executeThenClose { _, outbound in try await outbound.write(contentsOf: answer.closing) }
      return
    }
    defer { shares.leave(peer) }
    await http.handle(value: value, logger: logger)
  }
}
