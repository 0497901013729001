import CPlatform
import Glibc
import Messages
import Synchronization

/// A thread of a sink's, or of the listener's, own, which sleeps until others wake it.
///
/// Every method may be called by any thread; none but ``start(name:_:)`` allocates, and none but ``stop(waitMilliseconds:)``
/// waits. The thread leaves all signals to the others.
package final class WorkerThread: Sendable {
  private struct State {
    var thread: platform_thread?
    var isStopping = false
  }

  /// What the body hands over to the new thread.
  private final class Start: Sendable {
    let owner: WorkerThread
    let name: String
    let body: @Sendable () -> Void

    init(_ owner: WorkerThread, _ name: String, _ body: @escaping @Sendable () -> Void) {
      self.owner = owner
      self.name = name
      self.body = body
    }

    func run() {
      var all = sigset_t()
      sigfillset(&all)
      pthread_sigmask(SIG_SETMASK, &all, nil)
      platform_thread_set_name(name)
      body()
      platform_event_signal(owner.endEvent)
    }
  }

  /// Readable once ``wake()`` was called; negative where the system has no more descriptors.
  package let wakeEvent = platform_event_make()
  private let endEvent = platform_event_make()
  private let state = Mutex(State())

  package init() {}

  deinit {
    for event in [wakeEvent, endEvent] where event >= 0 { platform_close(event) }
  }

  package var isStopping: Bool { state.withLock { $0.isStopping } }

  /// Starts the thread, once; it runs until `body` returns, and `body` returns soon after ``isStopping`` became true.
  ///
  /// - Parameter name: At most 15 bytes, as `ps -L` shows it.
  package func start(name: String, _ body: @escaping @Sendable () -> Void) throws(Failure) {
    guard wakeEvent >= 0, endEvent >= 0 else {
      throw Failure(.internalError, "no thread for \(name): \(systemText(-min(wakeEvent, endEvent)))")
    }
    let start = Unmanaged.passRetained(Start(self, name, body))
    var thread = platform_thread()
    let error = platform_thread_start(
      { context in
        Unmanaged<Start>.fromOpaque(context!).takeRetainedValue().run()
        return nil
      }, start.toOpaque(), &thread)
    guard error == 0 else {
      start.release()
      throw Failure(.internalError, "no thread for \(name): \(systemText(error))")
    }
    state.withLock { $0.thread = thread }
  }

  package func wake() { platform_event_signal(wakeEvent) }

  /// Sleeps until it is woken or the time is over.
  package func sleep(milliseconds: Int) { _ = platform_event_wait(wakeEvent, Int32(clamping: milliseconds)) }

  /// Asks the thread to end, and waits for that at most as long as given: a system call that hangs, such as looking up a
  /// name, holds nobody up. Does nothing the second time.
  package func stop(waitMilliseconds: Int) {
    let thread = state.withLock { state in
      state.isStopping = true
      defer { state.thread = nil }
      return state.thread
    }
    guard let thread else { return }
    wake()
    let deadline = platform_monotonic_nanoseconds() + Int64(waitMilliseconds) * 1_000_000
    while true {
      let left = (deadline - platform_monotonic_nanoseconds()) / 1_000_000
      if platform_event_wait(endEvent, Int32(clamping: max(left, 0))) == 1 { return platform_thread_join(thread) }
      if left <= 0 { return }
    }
  }
}
