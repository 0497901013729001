import CPlatform
import SampleRing
import Synchronization

/// The state that both threads of a ``CaptureThread`` share, and the work of the capture thread.
///
/// Private members belong to the capture thread. It writes `failure` and `endNote` before it sets `isFinished` with
/// release ordering; the reader uses them only after that.
final class SharedCapture: @unchecked Sendable {
  let ring: SampleRing
  /// Signaled when there is something to read.
  let event: CaptureEvent
  /// Signaled when the capture must stop.
  let cancel: CaptureEvent
  let shouldStop = Atomic<Bool>(false)
  let isFinished = Atomic<Bool>(false)
  let isWaiting = Atomic<Bool>(false)
  let overrunCount = Atomic<Int>(0)
  let suspendCount = Atomic<Int>(0)
  let reconnectCount = Atomic<Int>(0)
  let lostSampleCount = Atomic<Int64>(0)
  let priorityError = Atomic<Int32>(0)
  let problems = Mailbox<CaptureError>()
  let gaps = Mailbox<CaptureGap>()
  let notes = Mailbox<String>()
  var failure: CaptureError?
  var endNote: String?

  private let opener: CaptureOpener
  private var source: CaptureSource?
  private let openAttempts: Int
  private let realtimePriority: Int
  private let ringStorage: UnsafeMutableBufferPointer<Int16>
  private let chunk: UnsafeMutableBufferPointer<Int16>
  /// Silence for lost audio. It is separate because `chunk` contains the samples that follow.
  private let silence: UnsafeMutableBufferPointer<Int16>
  /// A period in which the source is not open. Times are in nanoseconds of the monotonic clock.
  private struct Outage {
    /// When the last sample was recorded; nil before the first one.
    var recordedUntil: Int64?
    var nextAttempt: Int64 = 0
    /// The last error that was reported to the reader.
    var told: CaptureError
  }
  private var outage: Outage?
  /// Attempts since the source last delivered more than one second of samples.
  private var attemptsInARow = 0
  private var samplesSinceOpening = 0
  /// The open source's losses that were already counted.
  private var lossesBefore = CaptureLosses()
  /// Samples written to the ring.
  private var writtenSampleCount: Int64 = 0
  /// Values to hand over to the reader once it has taken the previous ones.
  private var gap: CaptureGap?
  private var problem: CaptureError?

  init(
    _ opener: CaptureOpener, _ source: CaptureSource?, _ problem: CaptureError?, _ settings: CaptureSettings,
    event: CaptureEvent, cancel: CaptureEvent, ringCapacity: Int, openAttempts: Int, realtimePriority: Int
  ) {
    var capacity = 1
    while capacity < max(ringCapacity, 2 * settings.chunkSamples) { capacity *= 2 }
    ringStorage = .allocate(capacity: capacity)
    ringStorage.initialize(repeating: 0)
    ring = SampleRing(over: ringStorage)
    chunk = .allocate(capacity: settings.chunkSamples)
    chunk.initialize(repeating: 0)
    silence = .allocate(capacity: settings.chunkSamples)
    silence.initialize(repeating: 0)
    self.opener = opener
    self.source = source
    self.event = event
    self.cancel = cancel
    self.openAttempts = openAttempts
    self.realtimePriority = realtimePriority
    if source == nil { beginOutage(problem ?? .noSender(device: settings.device), recordedUntil: nil) }
  }

  deinit {
    ringStorage.deallocate()
    chunk.deallocate()
    silence.deallocate()
  }

  /// The capture thread's loop.
  func run() {
    if realtimePriority > 0 {
      priorityError.store(platform_thread_set_realtime_priority(Int32(realtimePriority)), ordering: .relaxed)
    }
    while !isFinished.load(ordering: .relaxed) { capture(waitMilliseconds: 100) }
  }

  /// Moves available samples from the source into the ring. Waits up to `waitMilliseconds`; finishes if `shouldStop` is
  /// set.
  func capture(waitMilliseconds: Int) {
    guard !shouldStop.load(ordering: .relaxed) else { return finish(with: nil) }
    handOver()
    if let outage { return endOutage(outage, waitMilliseconds: waitMilliseconds) }
    guard let source else { return }
    opener.turnOthersAway()
    if source.waitsForReader && ring.availableToWrite < chunk.count {
      cancel.wait(milliseconds: min(5, waitMilliseconds))
      return
    }
    do throws(CaptureError) {
      let reading = try source.read(into: chunk, waitMilliseconds: waitMilliseconds)
      noteLosses(source.losses)
      if case .stream(let stream) = source, let format = stream.takeFormat() { _ = notes.put(format) }
      switch reading {
      case .samples(let count):
        write(UnsafeBufferPointer(rebasing: chunk[..<count]))
        event.signal()
        samplesSinceOpening += count
        if samplesSinceOpening > CaptureSettings.hertz { attemptsInARow = 0 }
      case .nothingYet: break
      case .ended: finish(with: nil)
      }
    } catch {
      guard opener.origin != .standardInput else { return finish(with: error) }
      lossesBefore = CaptureLosses()
      beginOutage(error, recordedUntil: source.recordedUntil)
      event.signal()
    }
  }

  private func noteLosses(_ losses: CaptureLosses) {
    guard losses != lossesBefore else { return }
    overrunCount.add(losses.overrunCount - lossesBefore.overrunCount, ordering: .relaxed)
    suspendCount.add(losses.suspendCount - lossesBefore.suspendCount, ordering: .relaxed)
    let lost = losses.lostSampleCount - lossesBefore.lostSampleCount
    lossesBefore = losses
    if lost > 0 { fillWithSilence(lost) }
  }

  /// Closes the failed source; ``capture(waitMilliseconds:)`` then tries to open it again.
  private func beginOutage(_ failure: CaptureError, recordedUntil: Int64?) {
    source = nil
    outage = Outage(recordedUntil: recordedUntil, told: failure)
    isWaiting.store(true, ordering: .relaxed)
    planAttempt(after: failure)
    guard outage != nil else { return }
    problem = failure
    handOver()
  }

  /// Schedules the next attempt, or finishes if none is left.
  private func planAttempt(after failure: CaptureError) {
    guard failure.isWorthRetrying && attemptsInARow < openAttempts else {
      // The source stays closed, so `isWaiting` stays true.
      outage = nil
      return finish(with: failure)
    }
    let pause = min(1_000, 250 << min(attemptsInARow, 2))
    attemptsInARow += 1
    outage?.nextAttempt = platform_monotonic_nanoseconds() + Int64(pause) * 1_000_000
  }

  /// Opens the source again when it is time; otherwise waits.
  private func endOutage(_ outage: Outage, waitMilliseconds: Int) {
    let remaining = (outage.nextAttempt - platform_monotonic_nanoseconds()) / 1_000_000
    if remaining > 0 {
      cancel.wait(milliseconds: Int(min(Int64(waitMilliseconds), remaining)))
      return
    }
    do throws(CaptureError) {
      guard let opened = try opener.open(cancel: cancel.descriptor, waitMilliseconds: waitMilliseconds) else { return }
      source = opened
      self.outage = nil
      samplesSinceOpening = 0
      isWaiting.store(false, ordering: .relaxed)
      // Time starts with the first successful opening.
      guard let recordedUntil = outage.recordedUntil else { return }
      reconnectCount.add(1, ordering: .relaxed)
      fillWithSilence((opened.recordedUntil - recordedUntil) * Int64(CaptureSettings.hertz) / 1_000_000_000)
    } catch {
      if !error.saysNoMore(than: outage.told) {
        self.outage?.told = error
        problem = error
      }
      planAttempt(after: error)
    }
  }

  /// Writes silence for lost samples, and records a gap for what exceeds the limit.
  private func fillWithSilence(_ lostCount: Int64) {
    lostSampleCount.add(lostCount, ordering: .relaxed)
    var rest = Int(min(lostCount, CaptureThread.longestFillSamples))
    while rest > 0 {
      let count = min(rest, silence.count)
      write(UnsafeBufferPointer(rebasing: silence[..<count]))
      rest -= count
    }
    noteGap(lostCount - CaptureThread.longestFillSamples)
  }

  private func write(_ samples: UnsafeBufferPointer<Int16>) {
    let taken = ring.write(samples)
    writtenSampleCount += Int64(taken)
    noteGap(Int64(samples.count - taken))
  }

  /// Records a gap. If another one is waiting to be handed over, the two are combined.
  private func noteGap(_ count: Int64) {
    guard count > 0 else { return }
    gap = CaptureGap(position: gap?.position ?? writtenSampleCount, count: (gap?.count ?? 0) + count)
    handOver()
  }

  private func handOver() {
    if let gap, gaps.put(gap) { self.gap = nil }
    if let problem, problems.put(problem) { self.problem = nil }
  }

  private func finish(with failure: CaptureError?) {
    if case .stream(let stream)? = source { endNote = stream.note }
    source = nil
    self.failure = failure
    isFinished.store(true, ordering: .releasing)
    event.signal()
  }
}
