import CGuardedMemory

/// Memory between two inaccessible pages. Operands are placed at one of its ends.
final class GuardedBytes {
  /// The end of an operand that touches a guard, so a read or a write beyond it is a fault.
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

  /// The position of `count` values. The contents remain until the next use.
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
