import Synchronization

/// Hands a value from one thread to another, one at a time. Neither side waits.
///
/// One thread puts, one takes. `isFull` hands `value` over: the putting thread writes it while that is false and then
/// releases it, the taking thread reads it while that is true.
final class Mailbox<Value>: @unchecked Sendable {
  private let isFull = Atomic<Bool>(false)
  private var value: Value?

  /// Returns false where the value before was not taken yet.
  func put(_ new: Value) -> Bool {
    if isFull.load(ordering: .acquiring) { return false }
    value = new
    isFull.store(true, ordering: .releasing)
    return true
  }

  /// Takes the value, if there is one and it is accepted.
  func take(where accepts: (Value) -> Bool = { _ in true }) -> Value? {
    guard isFull.load(ordering: .acquiring), let taken = value, accepts(taken) else { return nil }
    value = nil
    isFull.store(false, ordering: .releasing)
    return taken
  }
}
