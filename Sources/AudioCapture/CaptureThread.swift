import CPlatform
import SampleRing
import Synchronization

/// A thread of its own that moves samples from a microphone into a ring, and keeps the microphone going.
///
/// Thread roles: one thread makes it, calls ``read(into:waitMilliseconds:)`` and ``stop()``, and reads ``counts``; the
/// capture thread is private. The capture thread never waits for the reader: when the ring is full, what comes in is
/// dropped and counted. A stretch that was not recorded (overrun, suspension, a card that was opened again) is filled
/// with silence of the same length, at most ``longestFillSamples``, so that positions in the stream keep the time.
public final class CaptureThread {
  /// What happened since the start.
  public struct Counts: Equatable, Sendable {
    /// Times that the card's buffer overran because the capture thread was late.
    public var overrunCount = 0
    /// Times that the machine was suspended.
    public var suspendCount = 0
    /// Times that the device was opened again after it failed.
    public var reconnectCount = 0
    /// Samples that the card did not record, by the clock.
    public var lostSampleCount: Int64 = 0
    /// Samples dropped because the reader was late and the ring was full.
    public var droppedSampleCount: Int64 = 0

    public init() {}
  }

  /// What a read gave.
  public enum Reading: Equatable, Sendable {
    /// This many samples.
    case samples(Int)
    /// Nothing within the time to wait.
    case nothingYet
    /// The stream ended, or ``stop()`` was called, and everything was read.
    case ended
  }

  /// Two seconds.
  public static let longestFillSamples: Int64 = 32_000

  private let shared: SharedCapture
  /// Nil where the reader's thread captures, and after the end.
  private var thread: platform_thread?

  /// Opens the device and starts the thread.
  ///
  /// - Parameters:
  ///   - ringMilliseconds: How far the reader may fall behind before samples are dropped; rounded up to a
  ///     power of two of samples.
  ///   - reconnectAttempts: How often in a row a device that failed is opened again, after 0.25 s, 0.5 s, 1 s and so on
  ///     up to 8 s, before the stream ends with its error.
  ///   - hasOwnThread: Without a thread of its own, ``read(into:waitMilliseconds:)`` captures: a little less memory, and
  ///     only the card's own buffer between it and a reader that is late.
  ///   - realtimePriority: SCHED_FIFO priority of the capture thread, 1…99; 0 is an ordinary thread.
  /// - Throws: ``CaptureError`` when the device cannot be opened now; there is no retry at the start.
  public init(
    _ settings: MicrophoneSettings, ringMilliseconds: Int = 4_000, reconnectAttempts: Int = 10,
    hasOwnThread: Bool = true, realtimePriority: Int = 0
  ) throws(CaptureError) {
    let microphone = try Microphone(settings)
    let event = platform_event_make()
    guard event >= 0 else { throw .noThread(errorNumber: -event) }
    shared = SharedCapture(
      microphone, settings, event: event, ringCapacity: ringMilliseconds * Microphone.hertz / 1_000,
      reconnectAttempts: reconnectAttempts, realtimePriority: realtimePriority)
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
  ) throws(CaptureError) -> Reading {
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

  /// True while a device that failed is waited for.
  public var isReconnecting: Bool { shared.isReconnecting.load(ordering: .relaxed) }

  /// The errno with which the system refused the real-time priority that was asked for, or 0.
  public var priorityError: Int32 { shared.priorityError.load(ordering: .relaxed) }

  /// Ends the thread and closes the device; what is in the ring can still be read. May be called again.
  public func stop() {
    shared.shouldStop.store(true, ordering: .relaxed)
    if let thread {
      platform_thread_join(thread)
    } else if !shared.isFinished.load(ordering: .relaxed) {
      shared.capture(waitMilliseconds: 0)
    }
    thread = nil
  }
}

/// What the two threads share.
///
/// `microphone` and `settings` belong to the capture thread; `failure` is written by it before `isFinished` is
/// released, and read only after.
private final class SharedCapture: @unchecked Sendable {
  let ring: SampleRing
  let event: Int32
  let shouldStop = Atomic<Bool>(false)
  let isFinished = Atomic<Bool>(false)
  let isReconnecting = Atomic<Bool>(false)
  let overrunCount = Atomic<Int>(0)
  let suspendCount = Atomic<Int>(0)
  let reconnectCount = Atomic<Int>(0)
  let lostSampleCount = Atomic<Int64>(0)
  let priorityError = Atomic<Int32>(0)
  var failure: CaptureError?

  private var microphone: Microphone?
  private let settings: MicrophoneSettings
  private let reconnectAttempts: Int
  private let realtimePriority: Int
  private let ringStorage: UnsafeMutableBufferPointer<Int16>
  private let chunk: UnsafeMutableBufferPointer<Int16>
  /// A device that failed and is not open again yet; times of the monotonic clock in nanoseconds.
  private struct Outage {
    let start: Int64
    var nextAttempt: Int64 = 0
  }
  private var outage: Outage?
  /// Attempts since the device last delivered for a second.
  private var attemptsInARow = 0
  private var samplesSinceOpening = 0
  /// The open microphone's counts as they were told last.
  private var overrunsBefore = 0
  private var suspendsBefore = 0
  private var lostBefore: Int64 = 0

  init(
    _ microphone: Microphone, _ settings: MicrophoneSettings, event: Int32, ringCapacity: Int,
    reconnectAttempts: Int, realtimePriority: Int
  ) {
    var capacity = 1
    while capacity < ringCapacity { capacity *= 2 }
    ringStorage = .allocate(capacity: capacity)
    ringStorage.initialize(repeating: 0)
    ring = SampleRing(over: ringStorage)
    chunk = .allocate(capacity: max(160, Microphone.hertz * settings.periodMilliseconds / 1_000))
    chunk.initialize(repeating: 0)
    self.microphone = microphone
    self.settings = settings
    self.event = event
    self.reconnectAttempts = reconnectAttempts
    self.realtimePriority = realtimePriority
  }

  deinit {
    platform_close(event)
    ringStorage.deallocate()
    chunk.deallocate()
  }

  /// The capture thread's loop.
  func run() {
    if realtimePriority > 0 {
      priorityError.store(platform_thread_set_realtime_priority(Int32(realtimePriority)), ordering: .relaxed)
    }
    while !isFinished.load(ordering: .relaxed) { capture(waitMilliseconds: 100) }
  }

  /// Moves what the card has into the ring, waiting for it at most as long as given; finishes when asked to stop.
  func capture(waitMilliseconds: Int) {
    guard !shouldStop.load(ordering: .relaxed) else { return finish(with: nil) }
    if let outage { return endOutage(outage, waitMilliseconds: waitMilliseconds) }
    do throws(CaptureError) {
      let reading = try microphone!.read(into: chunk, waitMilliseconds: waitMilliseconds)
      let overruns = microphone!.overrunCount
      let suspends = microphone!.suspendCount
      let lost = microphone!.lostSampleCount - lostBefore
      if lost > 0 { fillWithSilence(lost) }
      overrunCount.add(overruns - overrunsBefore, ordering: .relaxed)
      suspendCount.add(suspends - suspendsBefore, ordering: .relaxed)
      (overrunsBefore, suspendsBefore, lostBefore) = (overruns, suspends, lostBefore + lost)
      switch reading {
      case .samples(let count):
        ring.write(UnsafeBufferPointer(rebasing: chunk[..<count]))
        platform_event_signal(event)
        samplesSinceOpening += count
        if samplesSinceOpening > Microphone.hertz { attemptsInARow = 0 }
      case .nothingYet: break
      case .ended: finish(with: nil)
      }
    } catch {
      (overrunsBefore, suspendsBefore, lostBefore) = (0, 0, 0)
      beginOutage(error)
    }
  }

  /// Closes the device that failed; from now on ``capture(waitMilliseconds:)`` tries to open it again.
  private func beginOutage(_ failure: CaptureError) {
    microphone = nil
    outage = Outage(start: platform_monotonic_nanoseconds())
    isReconnecting.store(true, ordering: .relaxed)
    platform_event_signal(event)
    planAttempt(after: failure)
  }

  /// Sets when the device is opened next, or finishes when the attempts are used up.
  private func planAttempt(after failure: CaptureError) {
    guard failure.isWorthRetrying && attemptsInARow < reconnectAttempts else {
      outage = nil
      isReconnecting.store(false, ordering: .relaxed)
      return finish(with: failure)
    }
    let pause = min(8_000, 250 << min(attemptsInARow, 5))
    attemptsInARow += 1
    outage?.nextAttempt = platform_monotonic_nanoseconds() + Int64(pause) * 1_000_000
  }

  /// Opens the device again once it is time to; waits a little where it is not, so that a stop is soon noticed.
  private func endOutage(_ outage: Outage, waitMilliseconds: Int) {
    let remaining = (outage.nextAttempt - platform_monotonic_nanoseconds()) / 1_000_000
    if remaining > 0 {
      return platform_sleep_milliseconds(Int32(max(0, min(50, Int64(waitMilliseconds), remaining))))
    }
    do throws(CaptureError) {
      microphone = try Microphone(settings)
      self.outage = nil
      samplesSinceOpening = 0
      reconnectCount.add(1, ordering: .relaxed)
      isReconnecting.store(false, ordering: .relaxed)
      fillWithSilence((platform_monotonic_nanoseconds() - outage.start) * Int64(Microphone.hertz) / 1_000_000_000)
    } catch {
      planAttempt(after: error)
    }
  }

  /// Puts silence into the ring for samples that were never recorded.
  private func fillWithSilence(_ lostCount: Int64) {
    lostSampleCount.add(lostCount, ordering: .relaxed)
    var rest = Int(min(lostCount, CaptureThread.longestFillSamples))
    for index in 0..<chunk.count { chunk[index] = 0 }
    while rest > 0 {
      let count = min(rest, chunk.count)
      ring.write(UnsafeBufferPointer(rebasing: chunk[..<count]))
      rest -= count
    }
  }

  private func finish(with failure: CaptureError?) {
    microphone = nil
    self.failure = failure
    isFinished.store(true, ordering: .releasing)
    platform_event_signal(event)
  }
}

/// The thread's entry point, which owns one reference to what is shared.
private func runCapture(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  let shared = Unmanaged<SharedCapture>.fromOpaque(context!).takeRetainedValue()
  shared.run()
  return nil
}
