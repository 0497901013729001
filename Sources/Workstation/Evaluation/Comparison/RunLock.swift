import Foundation

#if canImport(Glibc)
  import Glibc
#endif

/// Keeps a run to one process: several may work on one comparison's folder. The system frees the lock when a process ends,
/// however it ends.
public final class RunLock {
  private let descriptor: Int32

  /// - Returns: nil where another process holds the lock and `waits` is false.
  /// - Throws: where the file cannot be made.
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

/// A file of a comparison that cannot be made.
public struct UnwritableRunFile: Error, CustomStringConvertible {
  public var path: String
  public var reason: String

  public init(path: String, reason: String) {
    self.path = path
    self.reason = reason
  }

  public var description: String {
    "\(path): cannot be written (\(reason)); free space or choose another --output and run again: runs resume"
  }
}
