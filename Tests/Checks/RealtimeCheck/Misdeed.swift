import Foundation

/// Operations that a frame path must not do, done at every detection to show that each check fails.
enum Misdeed: String, CaseIterable {
  case none
  /// Allocates memory.
  case allocation
  /// Allocates more memory than the allocator has available, so it calls the system.
  case largeAllocation = "large-allocation"
  /// Takes a lock without contention.
  case lock
  /// Makes a system call.
  case systemCall = "system-call"

  nonisolated(unsafe) private static let mutex: UnsafeMutablePointer<pthread_mutex_t> = {
    let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    pthread_mutex_init(mutex, nil)
    return mutex
  }()

  /// Prepares the misdeed, so only the misdeed itself is done later.
  func prepare() { if self == .lock { _ = Self.mutex } }

  func commit() {
    switch self {
    case .none: break
    case .allocation: Self.allocate(byteCount: 64)
    case .largeAllocation: Self.allocate(byteCount: 64 << 20)
    case .lock:
      pthread_mutex_lock(Self.mutex)
      pthread_mutex_unlock(Self.mutex)
    case .systemCall: _ = getppid()
    }
  }

  @inline(never)
  private static func allocate(byteCount: Int) {
    let memory = UnsafeMutableRawPointer.allocate(byteCount: byteCount, alignment: 16)
    memory.storeBytes(of: 1, as: UInt8.self)
    memory.deallocate()
  }
}
