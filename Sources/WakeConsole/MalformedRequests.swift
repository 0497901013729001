import HTTPTypes
import NIOCore
import NIOHTTP1
import NIOHTTPTypes

/// Answers what is no HTTP, or has too many or too long fields, and closes.
final class MalformedRequests: ChannelDuplexHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPRequestPart
  typealias InboundOut = HTTPRequestPart
  typealias OutboundIn = HTTPResponsePart
  typealias OutboundOut = HTTPResponsePart

  /// Whether an answer to an earlier request stands half written.
  private var isAnswering = false

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    switch unwrapOutboundIn(data) {
    case .head: isAnswering = true
    case .end: isAnswering = false
    case .body: break
    }
    context.write(data, promise: promise)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    guard let error = error as? HTTPParserError, !isAnswering else { return context.close(promise: nil) }
    let isTooLarge = error == .headerOverflow
    let answer = ConsoleError(
      isTooLarge ? .requestHeaderFieldsTooLarge : .badRequest,
      isTooLarge ? "the request's header fields are too long or too many" : "the request is no HTTP/1.1",
      remedy: isTooLarge ? "send fewer of them, and shorter ones" : "look at what sends it")
    let body = ByteBuffer(bytes: answer.json.encoded)
    let head = HTTPResponse(
      status: answer.status,
      headerFields: [
        .contentType: "application/json", .contentLength: "\(body.readableBytes)", .connection: "close",
        .xContentTypeOptions: "nosniff",
      ])
    context.write(wrapOutboundOut(.head(head)), promise: nil)
    context.write(wrapOutboundOut(.body(body)), promise: nil)
    context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    context.close(promise: nil)
  }
}
