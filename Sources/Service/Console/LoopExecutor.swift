import NIOCore

/// Runs tasks on an event loop's thread, which must outlive them.
///
/// Swift's own threads are as many as the machine has cores, and belong to everybody: whoever blocks one would hold up what
/// is to be served on it.
final class LoopExecutor: TaskExecutor {
  private let loop: any EventLoop

  init(_ loop: any EventLoop) { self.loop = loop }

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    loop.execute { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
  }
}
