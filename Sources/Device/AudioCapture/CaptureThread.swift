import CPlatform
import Recordings
import SampleRing
import Synchronization

/// A thread that moves samples from a source into a ring and reopens the source when it fails.
///
/// One thread creates this object, calls ``read(into:waitMilliseconds:)`` and ``stop()``, and reads the properties. The
/// capture thread is internal. It never waits for the reader of a card: when the ring is full, samples are dropped and
/// counted. Streams can wait, so they are not read while the ring is full.
///
/// Lost audio (an overrun, a suspension, a reopened source) is replaced by silence of the same length, up to
/// ``longestFillSamples``. The rest is counted in ``missingSampleCount``. A position in the stream plus this count
/// gives the real time.
///
/// A source that is absent, busy or failing is opened again after 0.25 s, 0.5 s, and then every second. This also
/// applies to the first opening.
public final class CaptureThread {
  /// Counts of events since the start.
  public struct Counts: Equatable, Sendable {
    /// Overruns of the card's buffer because the capture thread was late.
    public var overrunCount = 0
    /// Suspensions of the machine.
    public var suspendCount = 0
    /// Successful reopenings of the source after it failed.
    public var reconnectCount = 0
    /// Samples that were not recorded, according to the clock.
    public var lostSampleCount: Int64 = 0
    /// Samples dropped because the reader was late and the ring was full.
    public var droppedSampleCount: Int64 = 0

    /// Creates counts of zero.
    public init() {}
  }

  /// The longest silence that replaces lost audio: two seconds.
  public static let longestFillSamples: Int64 = 32_000

  private let shared: SharedCapture
  /// Nil if the reader's thread captures, and after the end.
  private var thread: platform_thread?
  private var readSampleCount: Int64 = 0
  /// Samples of real time before the next sample that the stream lacks.
  public private(set) var missingSampleCount: Int64 = 0

  /// Opens the source and starts the thread.
  ///
  /// - Parameters:
  ///   - ringMilliseconds: How far the reader may fall behind before samples are dropped. The ring's size is rounded up
  ///     to a power of two of samples.
  ///   - openAttempts: How many times in a row to reopen a source that is absent, busy or failing before the stream
  ///     ends with the error. Waiting for a sender does not count.
  ///   - hasOwnThread: Whether to start a thread. Without one, ``read(into:waitMilliseconds:)`` captures; this saves
  ///     some memory, but then only the card's buffer covers for a late reader.
  ///   - realtimePriority: The SCHED_FIFO priority of the capture thread, 1…99; 0 for a normal thread.
  ///   - event: Signaled when there is something to read; nil for an own one.
  ///   - openDecoder: Decodes streams other than raw PCM and WAV; nil if they are errors.
  /// - Throws: ``CaptureError`` if the source cannot be opened and may not or need not be tried again.
  public init(
    _ settings: CaptureSettings, ringMilliseconds: Int = 4_000, openAttempts: Int = .max,
    hasOwnThread: Bool = true, realtimePriority: Int = 0, event: CaptureEvent? = nil,
    openDecoder: StreamDecoderOpener? = nil
  ) throws(CaptureError) {
    let opener = try CaptureOpener(settings, openDecoder)
    let cancel = try CaptureEvent()
    let wake: CaptureEvent
    if let event { wake = event } else { wake = try CaptureEvent() }
    var source: CaptureSource?
    var problem: CaptureError?
    do throws(CaptureError) {
      source = try opener.open(cancel: cancel.descriptor, waitMilliseconds: 0)
    } catch {
      guard error.isWorthRetrying && openAttempts > 0 else { throw error }
      problem = error
    }
    shared = SharedCapture(
      opener, source, problem, settings, event: wake, cancel: cancel,
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

  /// Reads samples in order. If there are none, waits up to `waitMilliseconds`.
  ///
  /// - Throws: The error that ended the stream, after all samples before it were read.
  public func read(
    into samples: UnsafeMutableBufferPointer<Int16>, waitMilliseconds: Int
  ) throws(CaptureError) -> CaptureReading {
    // Check for the end before reading the ring; otherwise samples written just before the end could be missed.
    var isFinished = shared.isFinished.load(ordering: .acquiring)
    var count = shared.ring.read(into: samples)
    if count == 0 && !isFinished && waitMilliseconds > 0 {
      if thread != nil {
        shared.event.wait(milliseconds: waitMilliseconds)
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

  /// The counts so far.
  public var counts: Counts {
    var counts = Counts()
    counts.overrunCount = shared.overrunCount.load(ordering: .relaxed)
    counts.suspendCount = shared.suspendCount.load(ordering: .relaxed)
    counts.reconnectCount = shared.reconnectCount.load(ordering: .relaxed)
    counts.lostSampleCount = shared.lostSampleCount.load(ordering: .relaxed)
    counts.droppedSampleCount = Int64(shared.ring.droppedSamples)
    return counts
  }

  /// Whether the source is not open. It will be opened again unless the stream has ended.
  public var isWaiting: Bool { shared.isWaiting.load(ordering: .relaxed) }

  /// Takes the reason why the source is not open. Each reason is returned once per outage.
  public func takeProblem() -> CaptureError? { shared.problems.take() }

  /// Takes what is worth knowing about a stream: its format, if it gives one, and after its end what is wrong with it.
  public func takeNote() -> String? {
    if let note = shared.notes.take() { return note }
    guard shared.isFinished.load(ordering: .acquiring), let note = shared.endNote else { return nil }
    shared.endNote = nil
    return note
  }

  /// The errno with which the system refused the real-time priority; otherwise 0.
  public var priorityError: Int32 { shared.priorityError.load(ordering: .relaxed) }

  /// Stops the thread and closes the source. Samples in the ring can still be read. May be called repeatedly.
  public func stop() {
    shared.shouldStop.store(true, ordering: .relaxed)
    shared.cancel.signal()
    if let thread {
      platform_thread_join(thread)
    } else if !shared.isFinished.load(ordering: .relaxed) {
      shared.capture(waitMilliseconds: 0)
    }
    thread = nil
  }
}

/// The thread's entry point; it owns one reference to the shared state.
private func runCapture(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  let shared = Unmanaged<SharedCapture>.fromOpaque(context!).takeRetainedValue()
  shared.run()
  return nil
}
