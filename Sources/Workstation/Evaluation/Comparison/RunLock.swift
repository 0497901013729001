import Foundation

#if canImport(Glibc)
  import Glibc
#endif

/// Restricts a run to one process. Several processes may work in one comparison's folder. The system releases the lock
/// when the process ends for any reason.
public final class RunLock {
  private let descriptor: Int32

  /// Locks a file, which is created if it does not exist.
  ///
  /// - Returns: nil if another process holds the lock and `waits` is false.
  /// - Throws: ``UnwritableRunFile``.
  public init?(path: String, waits: Bool = false) throws {
    descriptor = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else {
      throw UnwritableRunFile(path: path, reason: String(cString: strerror(errno)))
    }
    var outcome: Int32
    repeat { outcome = flock(descriptor, LOCK_EX | (waits ? 0 : LOCK_NB)) } while outcome != 0 && errno == EINTR
    guard outcome == 0 else { return nil }
  }

  deinit { close(descriptor) }
}

/// A file of a comparison could not be created.
public struct UnwritableRunFile: Error, CustomStringConvertible {
  /// The path of the file.
  public var path: String
  /// The text of the system error.
  public var reason: String

  /// Creates the error.
  public init(path: String, reason: String) {
    self.path = path
    self.reason = reason
  }

  /// The error and its remedy in one line.
  public var description: String {
    "\(path): cannot write the file (\(reason)); free disk space or change --output, then run again to resume"
  }
}
