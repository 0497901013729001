import CPlatform
import Listening
import Messages
import Synchronization

/// Takes detections from whoever hears them, and hands them to standard output and to programs on a thread of its own, so that a
/// reader that is stuck never holds up the hearing.
///
/// Events wait in a queue of ``capacity``; when it is full the oldest makes room and is counted. For any thread.
package final class EventDelivery: Sendable {
  static let capacity = 1_000

  private struct State {
    var waiting: [ServiceEvent] = []
    var droppedCount = 0
    /// Longer than any program may run.
    var stopMilliseconds = 0
  }

  private let state = Mutex(State())
  private let thread = WorkerThread()

  package init() {}

  /// Events that made room for later ones.
  package var droppedCount: Int { state.withLock { $0.droppedCount } }

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
  /// - Parameter output: how events are printed; nil for not at all.
  package func start(_ output: EventOutput?, _ hooks: HookOptions, notice: @escaping @Sendable (LogMessage) -> Void)
    throws(Failure)
  {
    let loop = DeliveryLoop(self, output, hooks, notice)
    state.withLock { $0.stopMilliseconds = Int(hooks.limitSeconds * 1_000) + 5_000 }
    try thread.start(name: "heed-events") { loop.run() }
  }

  /// Ends the thread once what waits is delivered and the programs have ended, or leaves it behind where standard output is
  /// stuck for longer than a program may run.
  package func stop() { thread.stop(waitMilliseconds: state.withLock { $0.stopMilliseconds }) }

  /// What waits, after the time given at most; nil at the end.
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

/// How detections are printed on standard output.
package enum EventOutput: Sendable {
  case lines
  case json
}

/// What the delivering thread does; belongs to it once it runs.
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
    // Programs that run are looked after several times a second.
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
            notice(.warning("standard output cannot be written any more; events go to the other receivers alone"))
          }
        }
        programs.run(for: [event.detection])
      }
      programs.tend()
    }
    programs.finish()
  }
}
