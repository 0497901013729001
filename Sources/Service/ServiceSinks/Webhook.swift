import CommandLineOptions
import ListeningService
import Messages
import NIOCore
import NIOHTTP1

/// The settings for posting detections to a webhook.
package struct WebhookOptions: Sendable {
  package static var options: [CommandSyntax.Option] {
    [
      .value(
        "webhook", "url",
        "Post each detection as JSON to this http:// URL (default: webhook from the configuration, otherwise none)."),
      .value("webhook-seconds", "number", "Time limit for each request to the webhook (default: 5)."),
    ]
  }

  /// The URL; nil to post nothing.
  package var url: WebhookURL?
  package var limitMilliseconds = 5_000
  /// The most detections that may wait while a request is in progress.
  package var queueEventCount = 16

  package init(url: WebhookURL?) { self.url = url }

  /// - Parameter configured: The URL of the configuration, which the command line overrides.
  /// - Throws: A failure if the URL or the time is not accepted. Its message has no part of the URL.
  package init(_ arguments: CommandArguments, configured: String?) throws(Failure) {
    let seconds = try arguments.number("webhook-seconds", accepted: "numbers from 0.1 to 60") {
      (0.1...60).contains($0)
    }
    if let seconds { limitMilliseconds = Int(seconds * 1_000) }
    let given = arguments.text("webhook")
    guard let text = given ?? configured else {
      guard seconds == nil else {
        throw .usage("--webhook-seconds needs --webhook, which names the URL", command: arguments.commandName)
      }
      return
    }
    do throws(WebhookURL.Fault) {
      url = try WebhookURL(text)
    } catch {
      if given != nil { throw .usage("the URL of --webhook \(error.reason)", command: arguments.commandName) }
      throw Failure(.badData, "the URL of webhook in the configuration \(error.reason)")
    }
  }
}

extension RequestSink {
  /// Posts each detection to a webhook.
  ///
  /// - Parameters:
  ///   - options: Must have a URL.
  ///   - version: The version of the program, for the field `User-Agent`.
  package static func webhook(
    _ options: WebhookOptions, version: String, note: @escaping @Sendable (LogMessage) -> Void
  ) -> RequestSink {
    guard let url = options.url else { preconditionFailure("there is no URL") }
    note(.information("posting detections to the webhook \(url)"))
    if !url.endpoint.isLoopback {
      note(.notice("the requests to the webhook \(url), with any password or token, are sent unencrypted"))
    }
    return RequestSink(
      receiver: "the webhook \(url)", capacity: options.queueEventCount, limitMilliseconds: options.limitMilliseconds,
      note: note
    ) { event, loop, deadline in
      connect(to: url.endpoint, on: loop, deadline: deadline) { channel, end in
        try channel.pipeline.syncOperations.addHTTPClientHandlers()
        try channel.pipeline.syncOperations.addHandler(WebhookAnswer(end))
        let body = event.json.encoded
        var head = HTTPRequestHead(version: .http1_1, method: .POST, uri: url.target)
        head.headers = [
          "Host": url.host, "User-Agent": "cooee/\(version)", "Content-Type": "application/json",
          "Content-Length": "\(body.count)", "Connection": "close",
        ]
        if let authorization = url.authorization { head.headers.add(name: "Authorization", value: authorization) }
        channel.write(HTTPClientRequestPart.head(head), promise: nil)
        channel.write(HTTPClientRequestPart.body(.byteBuffer(ByteBuffer(bytes: body))), promise: nil)
        channel.writeAndFlush(HTTPClientRequestPart.end(nil), promise: nil)
      }
    }
  }
}

/// Ends a request at the status of its answer; the rest of the answer is not read.
private final class WebhookAnswer: ChannelInboundHandler {
  typealias InboundIn = HTTPClientResponsePart

  private let end: EventLoopPromise<Void>

  init(_ end: EventLoopPromise<Void>) { self.end = end }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard case .head(let head) = unwrapInboundIn(data) else { return }
    let status = head.status
    // The standard text for the code, not that of the server.
    let text = "\(status.code) \(HTTPResponseStatus(statusCode: Int(status.code)).reasonPhrase)"
    switch status.code {
    case 200..<300: end.succeed()
    case 300..<400: end.fail(RequestFailure(.rejected, "redirects (\(text)); give the address that it redirects to"))
    case 401, 403: end.fail(RequestFailure(.rejected, "answers \(text); check the password or token in its URL"))
    case 404, 410: end.fail(RequestFailure(.rejected, "answers \(text); check the path in its URL"))
    default: end.fail(RequestFailure(.rejected, "answers \(text)"))
    }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { end.fail(error) }
}
