import NIOCore

/// Connects a client's channel with its session: bytes in, bytes out.
///
/// Reads from the channel only after all previous events are processed and while the client accepts its replies.
final class WyomingConnection: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  /// How long a client's work may take before other clients get a turn.
  private static let turn = TimeAmount.milliseconds(2)

  private let session: WyomingSession
  private var decoder: WyomingFrameDecoder
  private let limits: WyomingServer.Limits
  private let place: WyomingClientSlots.Place
  private let turns: EventLoopTurns
  private let tellEnd: (String) -> Void
  private var isReading = false
  private var inputEnded = false
  private var isClosing = false
  /// Whether `work` waits for its turn on the event loop.
  private var isScheduled = false
  /// Closes a client that has sent no event by then.
  private var firstEventDeadline: Scheduled<Void>?

  /// - Parameters:
  ///   - turns: The turns of the channel's event loop.
  ///   - tellEnd: Receives the reason if the client is closed because of an error of its own.
  init(
    _ session: WyomingSession, limits: WyomingServer.Limits, place: WyomingClientSlots.Place, turns: EventLoopTurns,
    tellEnd: @escaping (String) -> Void
  ) {
    self.session = session
    decoder = WyomingFrameDecoder(limits: limits.frames)
    self.limits = limits
    self.place = place
    self.turns = turns
    self.tellEnd = tellEnd
  }

  func channelActive(context: ChannelHandlerContext) {
    context.fireChannelActive()
    let seconds = limits.firstEventSeconds
    firstEventDeadline = context.eventLoop.assumeIsolated().scheduleTask(in: .seconds(Int64(seconds))) { [self] in
      if !isClosing { close(context, because: "no event arrived within \(seconds) seconds") }
    }
    work(context)
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    isReading = false
    decoder.append(unwrapInboundIn(data).readableBytesView)
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    isReading = false
    work(context)
  }

  /// Continues in a later turn; otherwise a client that reads its replies fast could occupy the loop.
  func channelWritabilityChanged(context: ChannelHandlerContext) {
    if context.channel.isWritable, !isClosing, !isScheduled, !isReading { goOnLater(context) }
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    switch event {
    case ChannelEvent.inputClosed:
      (inputEnded, isReading) = (true, false)
      work(context)
    case IdleStateHandler.IdleStateEvent.read where isReading:
      close(context, because: "no data arrived for \(limits.idleSeconds ?? 0) seconds")
    default: context.fireUserInboundEventTriggered(event)
    }
  }

  func channelInactive(context: ChannelHandlerContext) {
    isClosing = true
    firstEventDeadline?.cancel()
    context.fireChannelInactive()
  }

  /// Closes without a report: clients may disappear.
  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    isClosing = true
    context.close(promise: nil)
  }

  /// Processes audio and events for one turn, at least one piece, and then continues reading.
  private func work(_ context: ChannelHandlerContext) {
    guard !isClosing, !isScheduled, !isReading else { return }
    defer { context.flush() }
    let reply: (WyomingEvent) -> Void = { [self] event in
      context.write(wrapOutboundOut(context.channel.allocator.buffer(bytes: event.encoded)), promise: nil)
    }
    let turnEnd = NIODeadline.now() + Self.turn
    do {
      while context.channel.isWritable {
        if session.hasAudio { session.hear(reply: reply) }
        guard NIODeadline.now() < turnEnd else { return goOnLater(context) }
        if session.hasAudio { continue }
        guard let event = try decoder.next() else {
          if inputEnded { return end(context) }
          isReading = true
          context.read()
          return
        }
        firstEventDeadline?.cancel()
        firstEventDeadline = nil
        try session.receive(event, reply: reply)
        place.noteEvent(isStreaming: session.isStreaming)
      }
    } catch {
      close(context, because: "\(error)")
    }
  }

  private func goOnLater(_ context: ChannelHandlerContext) {
    isScheduled = true
    turns.wait { [self] in
      isScheduled = false
      work(context)
    }
  }

  private func end(_ context: ChannelHandlerContext) {
    guard decoder.isBetweenEvents else { return close(context, because: "the stream ends within an event") }
    isClosing = true
    // Close after all previous writes.
    let sent = context.eventLoop.makePromise(of: Void.self)
    let channel = context.channel
    sent.futureResult.whenComplete { _ in channel.close(promise: nil) }
    context.writeAndFlush(wrapOutboundOut(context.channel.allocator.buffer(capacity: 0)), promise: sent)
  }

  private func close(_ context: ChannelHandlerContext, because reason: String) {
    isClosing = true
    tellEnd(reason)
    context.flush()
    context.close(promise: nil)
  }
}
