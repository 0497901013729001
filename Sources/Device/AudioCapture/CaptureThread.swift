import CPlatform
import SampleRing
import Synchronization

/// A thread of its own that moves samples from a source into a ring, and keeps the source going.
///
/// Thread roles: one thread makes it, calls ``read(into:waitMilliseconds:)`` and ``stop()``, and reads everything else;
/// the capture thread is private. The capture thread never waits for the reader of a card: when the ring is full, what
/// comes in is dropped and counted. A stream can wait, so it is not read while the ring is full.
///
/// A stretch that was not recorded (overrun, suspension, a source that was opened again) is filled with silence of the same
/// length, at most ``longestFillSamples``; what is missing beyond that is in ``missingSampleCount``, so that positions in the
/// stream and that count together keep the time.
///
/// A source that is absent, busy or fails is opened again after 0.25 s, 0.5 s and then every second, at the start as later.
public final class CaptureThread {
  /// What happened since the start.
  public struct Counts: Equatable, Sendable {
    /// Times that the card's buffer overran because the capture thread was late.
    public var overrunCount = 0
    /// Times that the machine was suspended.
    public var suspendCount = 0
    /// Times that the source was opened again after it failed.
    public var reconnectCount = 0
    /// Samples that were not recorded, by the clock.
    public var lostSampleCount: Int64 = 0
    /// Samples dropped because the reader was late and the ring was full.
    public var droppedSampleCount: Int64 = 0

    public init() {}
  }

  /// Two seconds.
  public static let longestFillSamples: Int64 = 32_000

  private let shared: SharedCapture
  /// Nil where the reader's thread captures, and after the end.
  private var thread: platform_thread?
  private var readSampleCount: Int64 = 0
  /// Samples of real time that lie before the sample that is read next and are missing from the stream.
  public private(set) var missingSampleCount: Int64 = 0

  /// Opens the source and starts the thread.
  ///
  /// - Parameters:
  ///   - ringMilliseconds: How far the reader may fall behind before samples are dropped; rounded up to a
  ///     power of two of samples.
  ///   - openAttempts: How often in a row a source that is absent, busy or failed is opened again before the stream ends
  ///     with its error. Waiting for a sender is no attempt.
  ///   - hasOwnThread: Without a thread of its own, ``read(into:waitMilliseconds:)`` captures: a little less memory, and
  ///     only the card's own buffer between it and a reader that is late.
  ///   - realtimePriority: SCHED_FIFO priority of the capture thread, 1…99; 0 is an ordinary thread.
  /// - Throws: ``CaptureError`` when the source cannot be opened now, and no attempt is left or another would not help.
  public init(
    _ settings: CaptureSettings, ringMilliseconds: Int = 4_000, openAttempts: Int = .max,
    hasOwnThread: Bool = true, realtimePriority: Int = 0
  ) throws(CaptureError) {
    let opener = try CaptureOpener(settings)
    var source: CaptureSource?
    var problem: CaptureError?
    do throws(CaptureError) {
      source = try opener.open(cancel: -1, waitMilliseconds: 0)
    } catch {
      guard error.isWorthRetrying && openAttempts > 0 else { throw error }
      problem = error
    }
    let event = platform_event_make()
    guard event >= 0 else { throw .noThread(errorNumber: -event) }
    let cancel = platform_event_make()
    guard cancel >= 0 else {
      platform_close(event)
      throw .noThread(errorNumber: -cancel)
    }
    shared = SharedCapture(
      opener, source, problem, settings, event: event, cancel: cancel,
      ringCapacity: ringMilliseconds * CaptureSettings.hertz / 1_000, openAttempts: openAttempts,
      realtimePriority: realtimePriority)
    guard hasOwnThread else { return }
    var started = platform_thread()
    let result = platform_thread_start(runCapture, Unmanaged.passRetained(shared).toOpaque(), &started)
    guard result == 0 else {
      Unmanaged.passUnretained(shared).release()
      throw .noThread(errorNumber: result)
    }
    thread = started
  }

  deinit { stop() }

  /// Gives samples in order, waiting for the first of them at most as long as given.
  ///
  /// - Throws: The error that ended the stream, once everything before it was read.
  public func read(
    into samples: UnsafeMutableBufferPointer<Int16>, waitMilliseconds: Int
  ) throws(CaptureError) -> CaptureReading {
    // The end is looked at before the ring, so that nothing written before the end is missed.
    var isFinished = shared.isFinished.load(ordering: .acquiring)
    var count = shared.ring.read(into: samples)
    if count == 0 && !isFinished && waitMilliseconds > 0 {
      if thread != nil {
        _ = platform_event_wait(shared.event, Int32(waitMilliseconds))
      } else {
        shared.capture(waitMilliseconds: waitMilliseconds)
      }
      isFinished = shared.isFinished.load(ordering: .acquiring)
      count = shared.ring.read(into: samples)
    }
    readSampleCount += Int64(count)
    let position = readSampleCount
    if let gap = shared.gaps.take(where: { $0.position <= position }) { missingSampleCount += gap.count }
    if count > 0 { return .samples(count) }
    guard isFinished else { return .nothingYet }
    if let failure = shared.failure { throw failure }
    return .ended
  }

  /// What happened so far.
  public var counts: Counts {
    var counts = Counts()
    counts.overrunCount = shared.overrunCount.load(ordering: .relaxed)
    counts.suspendCount = shared.suspendCount.load(ordering: .relaxed)
    counts.reconnectCount = shared.reconnectCount.load(ordering: .relaxed)
    counts.lostSampleCount = shared.lostSampleCount.load(ordering: .relaxed)
    counts.droppedSampleCount = Int64(shared.ring.droppedSamples)
    return counts
  }

  /// True while the source is not open and is waited for.
  public var isWaiting: Bool { shared.isWaiting.load(ordering: .relaxed) }

  /// Why the source is waited for, once for each reason of each time.
  public func takeProblem() -> CaptureError? { shared.problems.take() }

  /// The errno with which the system refused the real-time priority that was asked for, or 0.
  public var priorityError: Int32 { shared.priorityError.load(ordering: .relaxed) }

  /// Ends the thread and closes the source; what is in the ring can still be read. May be called again.
  public func stop() {
    shared.shouldStop.store(true, ordering: .relaxed)
    platform_event_signal(shared.cancel)
    if let thread {
      platform_thread_join(thread)
    } else if !shared.isFinished.load(ordering: .relaxed) {
      shared.capture(waitMilliseconds: 0)
    }
    thread = nil
  }
}

/// The thread's entry point, which owns one reference to what is shared.
private func runCapture(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  let shared = Unmanaged<SharedCapture>.fromOpaque(context!).takeRetainedValue()
  shared.run()
  return nil
}
