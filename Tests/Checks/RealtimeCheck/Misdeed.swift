import Foundation

/// What a frame path must not do, done at every event, so that each check is seen to fail.
enum Misdeed: String, CaseIterable {
  case none
  /// Takes memory from the allocator.
  case allocation
  /// Takes memory from the system: more than the allocator has at hand.
  case largeAllocation = "large-allocation"
  /// Takes a lock, though nobody else holds it.
  case lock
  /// Asks the kernel for something.
  case systemCall = "system-call"

  nonisolated(unsafe) private static let mutex: UnsafeMutablePointer<pthread_mutex_t> = {
    let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    pthread_mutex_init(mutex, nil)
    return mutex
  }()

  /// Makes what the misdeed needs, so that it alone is done later.
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
