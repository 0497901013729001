import HTTPTypes
import NIOCore
import NIOHTTP1
import NIOHTTPTypes

/// Responds to requests that are not HTTP, have too many or too long header fields, or are late, and closes the
/// connection.
final class MalformedRequests: ChannelDuplexHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPRequestPart
  typealias InboundOut = HTTPRequestPart
  typealias OutboundIn = HTTPResponsePart
  typealias OutboundOut = HTTPResponsePart

  /// Whether a response to an earlier request is partly written.
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
    guard let answer = Self.answer(to: error), !isAnswering else { return context.close(promise: nil) }
    for part in answer.closing { context.write(wrapOutboundOut(part), promise: nil) }
    context.flush()
    context.close(promise: nil)
  }

  private static func answer(to error: any Error) -> ConsoleError? {
    if let error = error as? ConsoleError { return error }
    guard let error = error as? HTTPParserError else { return nil }
    let isTooLarge = error == .headerOverflow
    return ConsoleError(
      isTooLarge ? .requestHeaderFieldsTooLarge : .badRequest,
      isTooLarge ? "the request's header fields are too long or too many" : "the request is not HTTP/1.1",
      remedy: isTooLarge ? "send fewer or shorter ones" : "check the program that sends it")
  }
}

extension ConsoleError {
  /// The last response on a connection.
  var closing: [HTTPResponsePart] {
    let body = ByteBuffer(bytes: json.encoded)
    var head = HTTPResponse(
      status: status,
      headerFields: [
        .contentType: "application/json", .contentLength: "\(body.readableBytes)", .connection: "close",
        .xContentTypeOptions: "nosniff",
      ])
    if let retrySeconds { head.headerFields[.retryAfter] = "\(retrySeconds)" }
    return [.head(head), .body(body), .end(nil)]
  }
}
