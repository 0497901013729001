import CommandLineOptions
import ListeningService
import Messages
import NIOCore
import NIOHTTP1
import NIOWebSocket

/// The settings for starting a Linux voice assistant.
package struct VoiceAssistantOptions: Sendable {
  package static var options: [CommandSyntax.Option] {
    [
      .value(
        "voice-assistant", "host:port",
        "Start this Linux voice assistant at each detection (default: voice_assistant from the configuration, "
          + "otherwise none; port 6055).")
    ]
  }

  /// The port of the assistant's peripheral API.
  package static let usualPort = 6_055

  /// The address; nil to start none.
  package var endpoint: ServiceEndpoint?
  package var limitMilliseconds = 3_000
  /// How long to keep the connection open after the command, because some servers drop what they have not read when a
  /// client closes it.
  package var lingerMilliseconds = 200

  package init(endpoint: ServiceEndpoint?) { self.endpoint = endpoint }

  /// - Parameter configured: The address of the configuration, which the command line overrides.
  /// - Throws: A failure if the address is not accepted.
  package init(_ arguments: CommandArguments, configured: String?) throws(Failure) {
    let given = arguments.text("voice-assistant")
    guard let text = given ?? configured else { return }
    guard let endpoint = ServiceEndpoint(text) ?? ServiceEndpoint("\(text):\(Self.usualPort)"), endpoint.port > 0,
      endpoint.socketPath == nil, !endpoint.host.contains("/")
    else {
      let accepted = "is \(text); it accepts a host and a port, such as 127.0.0.1:6055 or kitchen.local"
      if given != nil { throw .usage("--voice-assistant \(accepted)", command: arguments.commandName) }
      throw Failure(.badData, "voice_assistant in the configuration \(accepted)")
    }
    self.endpoint = endpoint
  }
}

extension RequestSink {
  /// Starts a Linux voice assistant at each detection: connects to its peripheral API by WebSocket and sends
  /// `{"command":"start_listening"}`.
  ///
  /// Only the last detection waits while the assistant is slow: it is to start once.
  ///
  /// - Parameter options: Must have an address.
  /// - Reference: github.com/OHF-Voice/linux-voice-assistant, docs/peripheral_api.md.
  package static func voiceAssistant(
    _ options: VoiceAssistantOptions, note: @escaping @Sendable (LogMessage) -> Void
  ) -> RequestSink {
    guard let endpoint = options.endpoint else { preconditionFailure("there is no address") }
    note(.information("starting the voice assistant at \(endpoint) at each detection"))
    let linger = TimeAmount.milliseconds(Int64(options.lingerMilliseconds))
    return RequestSink(
      receiver: "the voice assistant at \(endpoint)", capacity: 1, limitMilliseconds: options.limitMilliseconds,
      note: note
    ) { _, loop, deadline in
      connect(to: endpoint, on: loop, deadline: deadline) { channel, end in
        let command = NIOLoopBound(StartCommand(end, linger: linger), eventLoop: loop)
        let upgrader = NIOTypedWebSocketClientUpgrader<Bool>(maxFrameSize: 1 << 20) { channel, _ in
          channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.addHandler(command.value)
            return true
          }
        }
        let head = HTTPRequestHead(version: .http1_1, method: .GET, uri: "/", headers: ["Host": "\(endpoint)"])
        let configuration = NIOTypedHTTPClientUpgradeConfiguration(
          upgradeRequestHead: head, upgraders: [upgrader],
          notUpgradingCompletionHandler: { $0.eventLoop.makeSucceededFuture(false) })
        try channel.pipeline.syncOperations.configureUpgradableHTTPClientPipeline(
          configuration: .init(upgradeConfiguration: configuration)
        ).whenComplete { result in
          switch result {
          case .success(true): command.value.send(over: channel)
          case .failure(let error) where error is IOError || error is ChannelError: end.fail(error)
          case .success(false), .failure:
            end.fail(RequestFailure(.rejected, "does not accept WebSocket connections; check its address"))
          }
        }
      }
    }
  }
}

/// Sends the command, keeps the connection open for a moment, and closes it as RFC 6455 asks.
private final class StartCommand: ChannelInboundHandler {
  typealias InboundIn = WebSocketFrame

  private let end: EventLoopPromise<Void>
  private let linger: TimeAmount
  private var isSent = false

  init(_ end: EventLoopPromise<Void>, linger: TimeAmount) {
    self.end = end
    self.linger = linger
  }

  /// Call this once the connection is a WebSocket, on its event loop.
  func send(over channel: any Channel) {
    let command = ByteBuffer(string: #"{"command":"start_listening"}"#)
    Self.write(.text, command, channel).assumeIsolated().whenComplete { [self] result in
      switch result {
      case .failure(let error): end.fail(error)
      case .success:
        isSent = true
        channel.eventLoop.assumeIsolated().scheduleTask(in: linger) { [self] in close(channel) }
      }
    }
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    if case .connectionClose = unwrapInboundIn(data).opcode, isSent { end.succeed() }
  }

  /// The assistant may also end the connection once it has the command.
  func channelInactive(context: ChannelHandlerContext) {
    if isSent { end.succeed() }
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { end.fail(error) }

  /// Closes the connection, and waits for the assistant's consent no longer than before.
  private func close(_ channel: any Channel) {
    guard channel.isActive else { return }
    var code = ByteBuffer()
    code.write(webSocketErrorCode: .normalClosure)
    _ = Self.write(.connectionClose, code, channel)
    channel.eventLoop.scheduleTask(in: linger) { [end] in end.succeed() }
  }

  private static func write(_ opcode: WebSocketOpcode, _ data: ByteBuffer, _ channel: any Channel)
    -> EventLoopFuture<Void>
  {
    channel.writeAndFlush(WebSocketFrame(fin: true, opcode: opcode, maskKey: .random(), data: data))
  }
}
