import Synchronization

/// A lock-free queue of `Int16` samples between one producer thread and one consumer thread, over memory of its owner.
///
/// **Guarantee.** What ``read(into:)`` returns is what ``write(_:)`` took, in order, without gaps other than the
/// samples that `write` reported as not taken. Neither call locks, waits, allocates or enters the kernel; each ends
/// after a bounded number of steps.
///
/// **Threads.** One thread at a time may call ``write(_:)`` (the producer), one thread at a time ``read(into:)`` (the
/// consumer). ``availableToWrite`` may be called by the producer, ``availableToRead`` by the consumer,
/// ``droppedSamples`` and ``capacity`` by anyone. A change of producer or consumer needs its own synchronisation, as
/// does ``reset()``, which wants both to be still.
///
/// **When it is full** the newest samples are dropped: `write` takes what fits and adds the rest to
/// ``droppedSamples``. The consumer, who knows the stream's time, reads that count to learn of the gap.
///
/// **Invariants.** `readPosition ≤ writePosition ≤ readPosition + capacity`, counted in samples since the last reset in
/// 64 bits, which never wrap. Only the producer stores `writePosition`, only the consumer `readPosition`. The producer
/// publishes samples by storing its position with release order after copying; the consumer loads it with acquire
/// order before copying; and the other way round for the space that becomes free. This is why the ring may be shared
/// between threads although it holds a plain pointer.
public struct SampleRing: ~Copyable, @unchecked Sendable {
  private let storage: UnsafeMutablePointer<Int16>
  private let mask: Int
  private let writePosition = Atomic<UInt64>(0)
  private let readPosition = Atomic<UInt64>(0)
  private let dropped = Atomic<UInt64>(0)

  /// Takes `memory` as the ring's storage; it stays the caller's and must outlive the ring. Nothing is allocated.
  ///
  /// - Parameter memory: `[capacity]`; what it holds is overwritten.
  /// - Precondition: `memory.count` is a power of two.
  public init(over memory: UnsafeMutableBufferPointer<Int16>) {
    let count = memory.count
    precondition(count > 0 && count & (count - 1) == 0, "the capacity of a ring is a power of two")
    storage = memory.baseAddress!
    mask = count - 1
  }

  /// Samples that fit.
  public var capacity: Int { mask + 1 }

  /// Samples that were offered while the ring was full, since the start or the last ``reset()``.
  public var droppedSamples: UInt64 { dropped.load(ordering: .acquiring) }

  /// Samples that the next ``read(into:)`` can return at least. Consumer only.
  public var availableToRead: Int {
    Int(truncatingIfNeeded: writePosition.load(ordering: .acquiring) &- readPosition.load(ordering: .relaxed))
  }

  /// Samples that the next ``write(_:)`` takes at least. Producer only.
  public var availableToWrite: Int {
    capacity
      &- Int(truncatingIfNeeded: writePosition.load(ordering: .relaxed) &- readPosition.load(ordering: .acquiring))
  }

  /// Takes as many of `samples` as fit, oldest first; the rest counts as dropped. Producer only, real-time safe.
  ///
  /// - Returns: The number of samples taken.
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
      // The producer alone stores this count, so it needs no read-modify-write.
      let lost = UInt64(samples.count &- taken)
      dropped.store(dropped.load(ordering: .relaxed) &+ lost, ordering: .releasing)
    }
    return taken
  }

  /// Moves the oldest samples out of the ring, as many as there are and `destination` holds. Consumer only, real-time safe.
  ///
  /// - Returns: The number of samples written to the start of `destination`; 0 when the ring is empty.
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

  /// Empties the ring and its count of dropped samples. Neither producer nor consumer may be at work.
  public func reset() {
    writePosition.store(0, ordering: .relaxed)
    readPosition.store(0, ordering: .relaxed)
    dropped.store(0, ordering: .releasing)
  }

  /// Embedded Swift 6.3 makes of `update(from:count:)` a call for each element, and of this one `memmove`.
  private static func copy(_ source: UnsafePointer<Int16>, _ count: Int, to target: UnsafeMutablePointer<Int16>) {
    UnsafeMutableRawPointer(target).copyMemory(from: source, byteCount: count &* 2)
  }
}
