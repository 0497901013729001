import CGuardedMemory

/// Memory between two pages that cannot be touched; operands are laid against one of its ends.
final class GuardedBytes {
  /// Which end of an operand touches a guard, so that a read or a write past that end is a fault.
  enum Placement: Sendable {
    case atStart, atEnd
  }

  private let memory: guarded_memory

  /// - Precondition: there is memory.
  init(capacity: Int) {
    memory = guarded_memory_make(capacity)
    precondition(memory.bytes != nil, "no memory between guard pages")
  }

  deinit { guarded_memory_free(memory) }

  /// The place of `count` values; what lies there stays until the next use.
  ///
  /// - Precondition: the values fit the capacity.
  func region<Value: BitwiseCopyable>(
    of type: Value.Type, count: Int, _ placement: Placement
  ) -> UnsafeMutablePointer<Value> {
    let bytes = count * MemoryLayout<Value>.stride
    precondition(bytes <= memory.count)
    let start = UnsafeMutableRawPointer(memory.bytes!)
    return (placement == .atStart ? start : start + (memory.count - bytes)).bindMemory(to: type, capacity: count)
  }
}
