import Synchronization

/// A lock-free queue of `Int16` samples between one producer thread and one consumer thread, over memory of its owner.
///
/// **Guarantee.** ``read(into:)`` returns the samples that ``write(_:)`` accepted, in order, without gaps except for
/// the samples that `write` reported as dropped. Neither call locks, waits, allocates or enters the kernel. Each ends
/// after a bounded number of steps.
///
/// **Threads.** One thread at a time can call ``write(_:)`` (the producer), and one thread at a time ``read(into:)``
/// (the consumer). ``availableToWrite`` is for the producer, ``availableToRead`` for the consumer, and
/// ``droppedSamples`` and ``capacity`` for any thread. A change of producer or consumer needs its own synchronization.
/// So does ``reset()``, which requires that neither is running.
///
/// **Overflow.** If the ring is full, the newest samples are dropped: `write` accepts the samples that fit and adds the
/// rest to ``droppedSamples``. The consumer, which keeps the stream's time, reads that count to detect the gap.
///
/// **Invariants.** `readPosition ≤ writePosition ≤ readPosition + capacity`, counted in samples since the last reset in
/// 64 bits, which never wrap. Only the producer stores `writePosition`; only the consumer stores `readPosition`. The
/// producer publishes samples by storing its position with release order after copying, and the consumer loads it with
/// acquire order before copying. Freed space is published the same way in the other direction. The ring can therefore
/// be shared between threads although it contains a plain pointer.
public struct SampleRing: ~Copyable, @unchecked Sendable {
  private let storage: UnsafeMutablePointer<Int16>
  private let mask: Int
  private let writePosition = Atomic<UInt64>(0)
  private let readPosition = Atomic<UInt64>(0)
  private let dropped = Atomic<UInt64>(0)

  /// Creates a ring in `memory`, which remains the caller's and must outlive the ring. Allocates nothing.
  ///
  /// - Parameter memory: `[capacity]`; its contents are overwritten.
  /// - Precondition: `memory.count` is a power of two.
  public init(over memory: UnsafeMutableBufferPointer<Int16>) {
    let count = memory.count
    precondition(count > 0 && count & (count - 1) == 0, "the capacity of a ring must be a power of two")
    storage = memory.baseAddress!
    mask = count - 1
  }

  /// The number of samples that fit.
  public var capacity: Int { mask + 1 }

  /// Samples dropped because the ring was full, since the start or the last ``reset()``.
  public var droppedSamples: UInt64 { dropped.load(ordering: .acquiring) }

  /// The minimum number of samples that the next ``read(into:)`` can return. For the consumer only.
  public var availableToRead: Int {
    Int(truncatingIfNeeded: writePosition.load(ordering: .acquiring) &- readPosition.load(ordering: .relaxed))
  }

  /// The minimum number of samples that the next ``write(_:)`` accepts. For the producer only.
  public var availableToWrite: Int {
    capacity
      &- Int(truncatingIfNeeded: writePosition.load(ordering: .relaxed) &- readPosition.load(ordering: .acquiring))
  }

  /// Adds the samples that fit, oldest first, and counts the rest as dropped. For the producer only. Real-time safe.
  ///
  /// - Returns: the number of samples added.
  @discardableResult
  public func write(_ samples: UnsafeBufferPointer<Int16>) -> Int {
    let end = writePosition.load(ordering: .relaxed)
    let used = Int(truncatingIfNeeded: end &- readPosition.load(ordering: .acquiring))
    let taken = min(samples.count, capacity &- used)
    if taken > 0, let source = samples.baseAddress {
      let start = Int(truncatingIfNeeded: end) & mask
      let untilWrap = min(taken, capacity &- start)
      Self.copy(source, untilWrap, to: storage + start)
      Self.copy(source + untilWrap, taken &- untilWrap, to: storage)
      writePosition.store(end &+ UInt64(taken), ordering: .releasing)
    }
    if taken < samples.count {
      // Only the producer stores this count, so it needs no read-modify-write.
      let lost = UInt64(samples.count &- taken)
      dropped.store(dropped.load(ordering: .relaxed) &+ lost, ordering: .releasing)
    }
    return taken
  }

  /// Moves the oldest samples from the ring to the start of `destination`, as many as are available and fit. For the
  /// consumer only. Real-time safe.
  ///
  /// - Returns: the number of samples moved; 0 if the ring is empty.
  public func read(into destination: UnsafeMutableBufferPointer<Int16>) -> Int {
    let start = readPosition.load(ordering: .relaxed)
    let available = Int(truncatingIfNeeded: writePosition.load(ordering: .acquiring) &- start)
    let count = min(destination.count, available)
    guard count > 0, let target = destination.baseAddress else { return 0 }
    let first = Int(truncatingIfNeeded: start) & mask
    let untilWrap = min(count, capacity &- first)
    Self.copy(storage + first, untilWrap, to: target)
    Self.copy(storage, count &- untilWrap, to: target + untilWrap)
    readPosition.store(start &+ UInt64(count), ordering: .releasing)
    return count
  }

  /// Empties the ring and resets ``droppedSamples``. Neither the producer nor the consumer may be running.
  public func reset() {
    writePosition.store(0, ordering: .relaxed)
    readPosition.store(0, ordering: .relaxed)
    dropped.store(0, ordering: .releasing)
  }

  /// Embedded Swift 6.3 compiles `update(from:count:)` to one call per element, and this to `memmove`.
  private static func copy(_ source: UnsafePointer<Int16>, _ count: Int, to target: UnsafeMutablePointer<Int16>) {
    UnsafeMutableRawPointer(target).copyMemory(from: source, byteCount: count &* 2)
  }
}
