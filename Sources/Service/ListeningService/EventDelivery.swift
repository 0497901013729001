import CPlatform
import Listening
import Messages
import Synchronization

/// Delivers detections to stdout and to programs on a separate thread, so that a stuck reader never delays spotting.
///
/// Events wait in a queue of ``capacity``. When it is full, the oldest event is dropped and counted. Any thread may use
/// it.
package final class EventDelivery: Sendable {
  static let capacity = 1_000

  private struct State {
    var waiting: [ServiceEvent] = []
    var droppedCount = 0
    /// Longer than the time limit of the programs.
    var stopMilliseconds = 0
  }

  private let state = Mutex(State())
  private let thread = WorkerThread()

  package init() {}

  /// The number of dropped events.
  package var droppedCount: Int { state.withLock { $0.droppedCount } }

  /// Queues an event.
  package func put(_ serviceEvent: ServiceEvent) {
    state.withLock { state in
      if state.waiting.count == Self.capacity {
        state.waiting.removeFirst()
        state.droppedCount += 1
      }
      state.waiting.append(serviceEvent)
    }
    thread.wake()
  }

  /// Starts the thread.
  ///
  /// - Parameters:
  ///   - output: The format of the events on stdout; nil for no output.
  ///   - notice: Receives messages.
  /// - Throws: `internalError` if the thread cannot be started.
  package func start(_ output: EventOutput?, _ hooks: HookOptions, notice: @escaping @Sendable (LogMessage) -> Void)
    throws(Failure)
  {
    let loop = DeliveryLoop(self, output, hooks, notice)
    state.withLock { $0.stopMilliseconds = Int(hooks.limitSeconds * 1_000) + 5_000 }
    try thread.start(name: "cooee-events") { loop.run() }
  }

  /// Stops the thread after the queue is delivered and the programs have ended. Abandons it if stdout stays stuck for
  /// longer than the time limit of the programs.
  package func stop() { thread.stop(waitMilliseconds: state.withLock { $0.stopMilliseconds }) }

  /// Takes the waiting events, after up to `waitMilliseconds`; nil at the end.
  fileprivate func next(waitMilliseconds: Int) -> [ServiceEvent]? {
    if state.withLock({ $0.waiting.isEmpty }) && !thread.isStopping { thread.sleep(milliseconds: waitMilliseconds) }
    let isLast = thread.isStopping
    return state.withLock { state in
      guard !state.waiting.isEmpty || !isLast else { return nil }
      defer { state.waiting = [] }
      return state.waiting
    }
  }
}

/// The format of detections on stdout.
package enum EventOutput: Sendable {
  case lines
  case json
}

/// The work of the delivery thread; used only by it once it runs.
private final class DeliveryLoop: @unchecked Sendable {
  private let delivery: EventDelivery
  private let output: EventOutput?
  private let hooks: HookOptions
  private let notice: @Sendable (LogMessage) -> Void

  init(
    _ delivery: EventDelivery, _ output: EventOutput?, _ hooks: HookOptions,
    _ notice: @escaping @Sendable (LogMessage) -> Void
  ) {
    self.delivery = delivery
    self.output = output
    self.hooks = hooks
    self.notice = notice
  }

  func run() {
    var writer = LineWriter(descriptor: 1, flushesEachLine: true)
    var isOutputGone = false
    var programs = hooks.open()
    // Running programs must be checked several times a second.
    while let events = delivery.next(waitMilliseconds: hooks.isEmpty ? 10_000 : 200) {
      for event in events {
        if let output, !isOutputGone {
          do throws(LineWriterError) {
            switch output {
            case .lines: try writer.write(event.detection.text.utf8)
            case .json: try writer.write(event.json.encoded)
            }
          } catch {
            isOutputGone = true
            notice(.warning("standard output cannot be written anymore; events go only to the other receivers"))
          }
        }
        programs.run(for: [event.detection])
      }
      programs.tend()
    }
    programs.finish()
  }
}
