import AudioCapture
import CPlatform
import DetectionEvents
import Messages

/// One microphone's way into a spotting session, round by round: reads what was captured, spots phrases in it, and reports
/// what happens to the capture and to its level.
///
/// `listen` and the service run the same rounds; they differ in how long a round waits and in what they do with its result.
/// The device may change; the count of samples and the clock go on. One thread at a time.
package final class ListeningLoop {
  /// What one round brought.
  package enum Round {
    /// Samples, valid until the next round, and what was spotted in them, by the samples' own count: see ``timed(_:)``.
    case samples(UnsafeBufferPointer<Int16>, [DetectionEvent])
    case nothingYet
    /// The capture was stopped or its stream is over.
    case ended
  }

  package let session: SpottingSession
  package private(set) var device: String
  package private(set) var monitor: CaptureMonitor
  package private(set) var levels: LevelMonitor
  /// Samples processed so far, at 16 kHz.
  package private(set) var heardSampleCount: Int64 = 0
  /// Processor time spent on them.
  package private(set) var spottingNanoseconds: Int64 = 0
  private let report: (LogMessage) -> Void
  private let buffer: UnsafeMutableBufferPointer<Int16>
  private var clock = StreamClock()
  /// Samples that microphones before this one lost.
  private var missingBefore: Int64 = 0

  /// - Parameter report: takes each message about the capture and its level.
  package init(
    _ session: SpottingSession, device: String, _ report: @escaping (LogMessage) -> Void = { Messages.report($0) }
  ) {
    self.session = session
    self.device = device
    self.report = report
    monitor = CaptureMonitor(device: device, report)
    levels = LevelMonitor(device: device, report)
    // A tenth of a second.
    buffer = .allocate(capacity: 1_600)
    buffer.initialize(repeating: 0)
  }

  deinit { buffer.deallocate() }

  /// Takes the next samples of a capture, at most a tenth of a second of them.
  ///
  /// - Parameters:
  ///   - waitMilliseconds: how long to wait for samples.
  ///   - mostSamples: drops what is beyond so many.
  package func round(
    from capture: CaptureThread, waitMilliseconds: Int, mostSamples: Int64 = .max
  ) throws(CaptureError) -> Round {
    switch try capture.read(into: buffer, waitMilliseconds: waitMilliseconds) {
    case .samples(let count):
      let samples = UnsafeBufferPointer(rebasing: buffer[..<Int(min(Int64(count), mostSamples))])
      heardSampleCount += Int64(samples.count)
      levels.tellChanges(after: samples)
      let start = platform_thread_nanoseconds()
      let events = session.process(samples, from: source)
      spottingNanoseconds += platform_thread_nanoseconds() - start
      clock.note(missing: missingBefore + capture.missingSampleCount, at: heardSampleCount)
      return .samples(samples, events)
    case .nothingYet: return .nothingYet
    case .ended: return .ended
    }
  }

  /// Reports what happened to the capture since the last call.
  package func reportChanges(of capture: CaptureThread) { monitor.tellChanges(of: capture) }

  /// Stops a capture and keeps its place in time for the next one.
  package func close(_ capture: CaptureThread) {
    capture.stop()
    reportChanges(of: capture)
    missingBefore += capture.missingSampleCount
  }

  /// Goes on with another device, once the capture before is closed.
  package func change(to device: String) {
    self.device = device
    monitor = CaptureMonitor(device: device, report)
    levels = LevelMonitor(device: device, report)
  }

  /// Ends the stream and gives what was still open; the next samples begin another.
  package func finish() -> [DetectionEvent] { session.finish(from: source) }

  /// The events with their times by the clock, which counts lost samples too.
  package func timed(_ events: [DetectionEvent]) -> [DetectionEvent] { clock.timed(events) }

  /// One line for the end.
  package func summary(detectionCount: Int) -> String {
    monitor.summary(heardSamples: heardSampleCount, detectionCount: detectionCount)
  }

  private var source: DetectionEvent.Source { .device(device) }
}
