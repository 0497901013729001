import HTTPTypes
import NIOPosix
import Synchronization

/// A thread for slow jobs and disk access, with a short queue.
///
/// It is a single thread, so browsers never take more than one core from listening. Any thread may use it.
final class SerialWorkQueue: Sendable {
  static let capacity = 16

  private let pool = NIOThreadPool(numberOfThreads: 1)
  private let pendingCount = Mutex(0)

  func start() { pool.start() }

  func stop() { try? pool.syncShutdownGracefully() }

  /// Runs a job and returns its result.
  ///
  /// - Throws: The error of the job, or an error if the queue is full.
  func perform<Outcome: Sendable>(_ job: @escaping @Sendable () throws(ConsoleError) -> Outcome) async throws -> Outcome
  {
    let isWelcome = pendingCount.withLock { count in
      guard count < Self.capacity else { return false }
      count += 1
      return true
    }
    guard isWelcome else {
      throw ConsoleError(
        .serviceUnavailable, "too many jobs are waiting", remedy: "wait a few seconds", retrySeconds: 5)
    }
    defer { pendingCount.withLock { $0 -= 1 } }
    return try await pool.runIfActive { try job() }
  }
}
