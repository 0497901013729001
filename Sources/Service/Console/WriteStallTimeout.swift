import NIOCore

/// Closes a connection whose peer sends requests but does not read the responses.
///
/// In each time span, the peer must read all or at least ``leastBytes`` of the pending bytes. Otherwise a peer that
/// reads a few bytes at a time could keep a connection open. This handler is next to the socket and runs on its event
/// loop.
final class WriteStallTimeout: ChannelOutboundHandler {
  typealias OutboundIn = IOData
  typealias OutboundOut = IOData

  /// An event for the channel: from now on, the sender applies its own rule for peers that do not read.
  struct OwnRule: Sendable {}

  /// Slower than any network that can still load a page.
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

  /// Checks the progress and repeats after the span while bytes are pending.
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

  /// The bytes that the system has not accepted; 0 once the channel is closed.
  private static func waitingByteCount(_ context: ChannelHandlerContext) -> Int {
    (try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
  }
}
