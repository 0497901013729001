import CPlatform
import Glibc
import Messages
import Synchronization

/// A thread that sleeps until another thread wakes it, for sinks and the listener.
///
/// Any thread may call every method. Only ``start(name:_:)`` allocates, and only ``stop(waitMilliseconds:)`` waits. The
/// thread blocks all signals.
package final class WorkerThread: Sendable {
  private struct State {
    var thread: platform_thread?
    var isStopping = false
  }

  /// What the new thread gets.
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

  /// Readable after ``wake()`` was called; negative if no descriptor was available.
  package let wakeEvent = platform_event_make()
  private let endEvent = platform_event_make()
  private let state = Mutex(State())

  package init() {}

  deinit {
    for event in [wakeEvent, endEvent] where event >= 0 { platform_close(event) }
  }

  /// Whether ``stop(waitMilliseconds:)`` was called.
  package var isStopping: Bool { state.withLock { $0.isStopping } }

  /// Starts the thread. Call this once. `body` must return soon after ``isStopping`` becomes true.
  ///
  /// - Parameter name: The thread's name in `ps -L`, at most 15 bytes.
  /// - Throws: `internalError` if the thread cannot be started.
  package func start(name: String, _ body: @escaping @Sendable () -> Void) throws(Failure) {
    guard wakeEvent >= 0, endEvent >= 0 else {
      throw Failure(.internalError, "cannot start the thread \(name): \(systemText(-min(wakeEvent, endEvent)))")
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
      // A system call that the container's runtime does not know, clone3, is refused instead of reported as missing.
      let remedy =
        error == EPERM
        ? "; the container's runtime forbids threads, as Docker before 20.10.10 does: update it, or pass --security-opt "
          + "seccomp=unconfined" : ""
      throw Failure(.internalError, "cannot start the thread \(name): \(systemText(error))\(remedy)")
    }
    state.withLock { $0.thread = thread }
  }

  /// Wakes the thread.
  package func wake() { platform_event_signal(wakeEvent) }

  /// Sleeps until the thread is woken or the time is over.
  package func sleep(milliseconds: Int) { _ = platform_event_wait(wakeEvent, Int32(clamping: milliseconds)) }

  /// Stops the thread and waits up to `waitMilliseconds`. If the thread hangs in a system call, such as a name lookup,
  /// it is abandoned. A second call does nothing.
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
