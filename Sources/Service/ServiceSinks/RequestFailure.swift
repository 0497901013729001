import Glibc
import ListeningService
import NIOCore
import NIOPosix

/// Why a request failed.
struct RequestFailure: Error, Equatable {
  var result: RequestResult
  /// The rest of a sentence that begins with the receiver, without a full stop.
  var reason: String

  init(_ result: RequestResult, _ reason: String) {
    self.result = result
    self.reason = reason
  }

  /// The failure for an error of a connection.
  init(_ error: any Error) {
    switch error {
    case let failure as RequestFailure: self = failure
    case ChannelError.connectTimeout: self = .timeout
    case let error as NIOConnectionError:
      if let failed = error.connectionErrors.first {
        self.init(failed.error)
      } else {
        self.init(.unreachable, "cannot be found: unknown host name")
      }
    case let error as IOError where error.errnoCode == ECONNRESET || error.errnoCode == EPIPE: self = .closed
    case let error as IOError:
      self.init(.unreachable, "cannot be reached: \(String(cString: strerror(error.errnoCode)))")
    case is ChannelError: self = .closed
    default: self.init(.rejected, "sends data that cannot be understood")
    }
  }

  static let timeout = RequestFailure(.timeout, "did not answer in time")
  static let closed = RequestFailure(.unreachable, "closed the connection without an answer")
}

/// Connects to a receiver, and closes the connection when the request ends or its deadline has passed.
///
/// - Parameter begin: Sets up the connected channel and starts the request, whose end it reports to the promise.
/// - Returns: The end of the request.
func connect(
  to endpoint: ServiceEndpoint, on loop: any EventLoop, deadline: NIODeadline,
  _ begin: @escaping @Sendable (any Channel, EventLoopPromise<Void>) throws -> Void
) -> EventLoopFuture<Void> {
  let end = loop.makePromise(of: Void.self)
  let limit = loop.scheduleTask(deadline: deadline) { end.fail(RequestFailure.timeout) }
  end.futureResult.whenComplete { _ in limit.cancel() }
  // Host names may have several addresses, so nothing is sent before one is chosen.
  ClientBootstrap(group: loop).connectTimeout(deadline - .now()).connect(host: endpoint.host, port: endpoint.port)
    .whenComplete { result in
      switch result {
      case .failure(let error): end.fail(error)
      case .success(let channel):
        end.futureResult.whenComplete { _ in channel.close(promise: nil) }
        channel.closeFuture.whenComplete { _ in end.fail(RequestFailure.closed) }
        // The deadline may have passed at this moment.
        guard NIODeadline.now() < deadline else { return }
        do { try begin(channel, end) } catch { end.fail(error) }
      }
    }
  return end.futureResult
}
