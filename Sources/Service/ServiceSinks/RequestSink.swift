import ListeningService
import Messages
import NIOCore
import NIOPosix
import Synchronization

/// How a request to a receiver ended. The raw values are labels of metrics.
package enum RequestResult: String, CaseIterable, Sendable {
  case success
  /// The receiver answered, but did not accept the request.
  case rejected
  case timeout
  /// There is no connection to the receiver, or it was lost.
  case unreachable
}

/// Sends each detection to one receiver over the network, one at a time, on a separate thread.
///
/// Waiting detections are limited: when there are too many, the oldest is dropped and counted. A failed request is not
/// repeated, because a late detection does more harm than a missing one. A change between working and failing is
/// reported once, and so is each series of dropped detections.
///
/// Any thread may call ``publish(_:)``, which waits only for a short lock.
package final class RequestSink: Sendable {
  /// The numbers since the start.
  package struct Counts: Equatable, Sendable {
    package var requests = Dictionary(uniqueKeysWithValues: RequestResult.allCases.map { ($0, 0) })
    package var droppedCount = 0
  }

  /// Starts a request for a detection. The future fails at the latest at the deadline.
  typealias Request =
    @Sendable (_ event: ServiceEvent, _ loop: any EventLoop, _ deadline: NIODeadline) -> EventLoopFuture<Void>

  private struct State {
    var waiting: [ServiceEvent] = []
    /// Whether a request is in progress or about to start.
    var isBusy = false
    var isStopping = false
    /// Fulfilled when nothing is left to do after the stop.
    var rest: EventLoopPromise<Void>?
    var counts = Counts()
    /// Drops since the sink was last idle.
    var untoldDropCount = 0
    /// The reported failure, while requests fail.
    var toldReason: String?
  }

  private let receiver: String
  private let capacity: Int
  private let limit: TimeAmount
  private let request: Request
  private let note: @Sendable (LogMessage) -> Void
  private let state = Mutex(State())
  private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)

  /// - Parameters:
  ///   - receiver: The receiver in words, for messages.
  ///   - capacity: The most detections that may wait.
  ///   - limitMilliseconds: The time limit of a request.
  ///   - note: Receives messages, on the sink's thread.
  init(
    receiver: String, capacity: Int, limitMilliseconds: Int, note: @escaping @Sendable (LogMessage) -> Void,
    request: @escaping Request
  ) {
    self.receiver = receiver
    self.capacity = capacity
    limit = .milliseconds(Int64(limitMilliseconds))
    self.note = note
    self.request = request
  }

  /// The current counts.
  package var counts: Counts { state.withLock { $0.counts } }

  /// Queues a detection.
  package func publish(_ event: ServiceEvent) {
    let isFirst = state.withLock { state in
      guard !state.isStopping else { return false }
      if state.waiting.count == capacity {
        state.waiting.removeFirst()
        state.counts.droppedCount += 1
        state.untoldDropCount += 1
      }
      state.waiting.append(event)
      defer { state.isBusy = true }
      return !state.isBusy
    }
    if isFirst {
      let loop = group.next()
      loop.execute { [self] in sendNext(on: loop) }
    }
  }

  /// Sends what is waiting and stops the thread; waits at most about three seconds, and drops the rest.
  package func stop() {
    let loop = group.next()
    let rest = loop.makePromise(of: Void.self)
    let isIdle = state.withLock { state in
      state.isStopping = true
      state.rest = rest
      return !state.isBusy
    }
    if isIdle { rest.succeed() }
    let limit = loop.scheduleTask(in: .seconds(3)) { rest.succeed() }
    try? rest.futureResult.wait()
    limit.cancel()
    state.withLock { state in
      state.counts.droppedCount += state.waiting.count
      state.waiting = []
    }
    try? group.syncShutdownGracefully()
  }

  /// Runs on the sink's thread, like the rest.
  private func sendNext(on loop: any EventLoop) {
    let (event, dropCount, rest) = state.withLock { state -> (ServiceEvent?, Int, EventLoopPromise<Void>?) in
      guard state.waiting.isEmpty else { return (state.waiting.removeFirst(), 0, nil) }
      state.isBusy = false
      defer { state.untoldDropCount = 0 }
      return (nil, state.untoldDropCount, state.rest)
    }
    if dropCount > 0 {
      note(.warning("dropped \(dropCount) detections because \(receiver) did not take them fast enough"))
    }
    guard let event else {
      rest?.succeed()
      return
    }
    request(event, loop, .now() + limit).whenComplete { [self] result in
      switch result {
      case .success: count(nil)
      case .failure(let error): count(RequestFailure(error))
      }
      sendNext(on: loop)
    }
  }

  private func count(_ failure: RequestFailure?) {
    let told = state.withLock { state in
      state.counts.requests[failure?.result ?? .success, default: 0] += 1
      defer { state.toldReason = failure?.reason }
      return state.toldReason
    }
    guard told != failure?.reason else { return }
    if let failure {
      note(.warning("\(receiver) \(failure.reason); detections that it misses are not sent again"))
    } else {
      note(.notice("\(receiver) works again"))
    }
  }
}
