import NIOCore

/// Closes a connection whose peer asks, and does not take what it is answered.
///
/// Of the bytes that wait for the peer, all or ``leastBytes`` must go to the system in each span of time: a peer that takes
/// a few at a time holds a connection as much as one that takes none. Lies next to the socket; on its event loop.
final class WriteStallTimeout: ChannelOutboundHandler {
  typealias OutboundIn = IOData
  typealias OutboundOut = IOData

  /// Told to the channel by whoever has a rule of its own for a peer that takes nothing, from now on.
  struct OwnRule: Sendable {}

  /// Slower than any network that still serves a page.
  static let leastBytes = 16_384

  private let span: TimeAmount
  private var givenByteCount = 0
  private var nextLook: Scheduled<Void>?
  private var hasOwnRule = false

  init(seconds: Int) { span = .seconds(Int64(seconds)) }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    givenByteCount += unwrapOutboundIn(data).readableBytes
    context.write(data, promise: promise)
  }

  func flush(context: ChannelHandlerContext) {
    context.flush()
    if nextLook == nil && !hasOwnRule { look(context) }
  }

  func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
    guard event is OwnRule else { return context.triggerUserOutboundEvent(event, promise: promise) }
    hasOwnRule = true
    nextLook?.cancel()
    promise?.succeed()
  }

  func handlerRemoved(context: ChannelHandlerContext) { nextLook?.cancel() }

  /// Looks again after the span, for as long as something waits.
  private func look(_ context: ChannelHandlerContext) {
    let waiting = Self.waitingByteCount(context)
    guard waiting > 0 else { return }
    let enough = givenByteCount - waiting + min(waiting, Self.leastBytes)
    nextLook = context.eventLoop.assumeIsolated().scheduleTask(in: span) { [self] in
      nextLook = nil
      guard givenByteCount - Self.waitingByteCount(context) >= enough else { return context.close(promise: nil) }
      look(context)
    }
  }

  /// Bytes that the system has not taken; none once the channel is closed.
  private static func waitingByteCount(_ context: ChannelHandlerContext) -> Int {
    (try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
  }
}
