import Synchronization

/// Passes values from one thread to another, one at a time, without waiting.
///
/// One thread puts and one thread takes. `isFull` transfers ownership of `value`: the putting thread writes `value`
/// while `isFull` is false and then sets it with release ordering; the taking thread reads `value` while `isFull` is
/// true.
final class Mailbox<Value>: @unchecked Sendable {
  private let isFull = Atomic<Bool>(false)
  private var value: Value?

  /// Returns false if the previous value has not been taken yet.
  func put(_ new: Value) -> Bool {
    if isFull.load(ordering: .acquiring) { return false }
    value = new
    isFull.store(true, ordering: .releasing)
    return true
  }

  /// Takes the value if there is one and `accepts` approves it.
  func take(where accepts: (Value) -> Bool = { _ in true }) -> Value? {
    guard isFull.load(ordering: .acquiring), let taken = value, accepts(taken) else { return nil }
    value = nil
    isFull.store(false, ordering: .releasing)
    return taken
  }
}
