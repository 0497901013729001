import NIOCore

/// Runs tasks on an event loop's thread. The loop must outlive them.
///
/// Swift's shared pool has one thread per core. If another task blocks one of them, the server's tasks could be
/// delayed.
final class LoopExecutor: TaskExecutor {
  private let loop: any EventLoop

  init(_ loop: any EventLoop) { self.loop = loop }

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    loop.execute { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
  }
}
