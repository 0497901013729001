import HTTPTypes
import NIOCore
import NIOHTTPTypes

/// Refuses a request that is not complete in time, even if parts of it keep arriving.
///
/// Fires an error, which ``MalformedRequests``, the next handler, turns into a response. Runs on the channel's event
/// loop.
final class RequestTimeout: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPRequestPart
  typealias InboundOut = HTTPRequestPart

  private let limits: ConsoleServer.Limits
  private var deadline: Scheduled<Void>?

  init(_ limits: ConsoleServer.Limits) { self.limits = limits }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head):
      let isFile = head.path?.split(separator: "?").first.map(String.init) == ConsoleAPI.Route.file.rawValue
      let seconds = isFile ? limits.fileSeconds : limits.idleSeconds
      deadline = context.eventLoop.assumeIsolated().scheduleTask(in: .seconds(Int64(seconds))) {
        context.fireErrorCaught(
          ConsoleError(
            .requestTimeout, "the request was not complete within \(seconds) s",
            remedy: "send it faster, or over a faster network"))
      }
    case .body: break
    case .end: deadline?.cancel()
    }
    context.fireChannelRead(data)
  }

  func handlerRemoved(context: ChannelHandlerContext) { deadline?.cancel() }
}
