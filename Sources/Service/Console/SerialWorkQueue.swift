import HTTPTypes
import NIOPosix
import Synchronization

/// A thread for what takes long or waits for the disk, and the few jobs that wait for it.
///
/// One thread, so that browsers never take more than one core from listening. For any thread.
final class SerialWorkQueue: Sendable {
  static let capacity = 16

  private let pool = NIOThreadPool(numberOfThreads: 1)
  private let pendingCount = Mutex(0)

  func start() { pool.start() }

  func stop() { try? pool.syncShutdownGracefully() }

  /// Does a job and gives what it made.
  ///
  /// - Throws: what the job throws, or that too many wait.
  func perform<Outcome: Sendable>(_ job: @escaping @Sendable () throws(ConsoleError) -> Outcome) async throws -> Outcome
  {
    let isWelcome = pendingCount.withLock { count in
      guard count < Self.capacity else { return false }
      count += 1
      return true
    }
    guard isWelcome else {
      throw ConsoleError(
        .serviceUnavailable, "the console is busy", remedy: "wait a few seconds", retrySeconds: 5)
    }
    defer { pendingCount.withLock { $0 -= 1 } }
    return try await pool.runIfActive { try job() }
  }
}
