import AudioCapture
import CPlatform
import DetectionEvents
import Messages

/// Feeds a capture into a spotting session, round by round: reads the samples, spots phrases in them, and reports
/// problems with the capture and its level.
///
/// `listen` and the service use the same rounds; they differ in how long a round waits and how they use the result. The
/// device may change; the sample count and the clock continue. One thread at a time.
package final class ListeningLoop {
  /// The result of one round.
  package enum Round {
    /// Samples, valid until the next round, and the events in them. The events' times count samples; see ``timed(_:)``.
    case samples(UnsafeBufferPointer<Int16>, [DetectionEvent])
    /// No samples arrived in time.
    case nothingYet
    /// The capture was stopped, or its stream ended.
    case ended
  }

  package let session: SpottingSession
  package private(set) var device: String
  /// The name of the microphone in events; nil if it has none.
  private var microphone: String?
  package private(set) var monitor: CaptureMonitor
  package private(set) var levels: LevelMonitor
  /// Samples processed so far, at 16 kHz.
  package private(set) var heardSampleCount: Int64 = 0
  /// Processor time spent on spotting.
  package private(set) var spottingNanoseconds: Int64 = 0
  private let report: (LogMessage) -> Void
  private let buffer: UnsafeMutableBufferPointer<Int16>
  private var clock = StreamClock()
  /// Where the session's stream began among the samples processed.
  private var streamStart: Int64 = 0
  /// Samples lost by previous captures.
  private var missingBefore: Int64 = 0

  /// - Parameter report: Receives each message about the capture and its level.
  package init(
    _ session: SpottingSession, _ source: NamedSource,
    _ report: @escaping (LogMessage) -> Void = { Messages.report($0) }
  ) {
    self.session = session
    device = source.device
    microphone = source.name
    self.report = report
    monitor = CaptureMonitor(device: device, report)
    levels = LevelMonitor(device: device, report)
    // 0.1 s.
    buffer = .allocate(capacity: 1_600)
    buffer.initialize(repeating: 0)
  }

  deinit { buffer.deallocate() }

  /// Reads and processes the next samples of a capture, at most 0.1 s.
  ///
  /// - Parameters:
  ///   - waitMilliseconds: How long to wait for samples.
  ///   - mostSamples: The most samples to process; the rest are dropped.
  /// - Throws: The error that ended the capture.
  package func round(
    from capture: CaptureThread, waitMilliseconds: Int, mostSamples: Int64 = .max
  ) throws(CaptureError) -> Round {
    switch try capture.read(into: buffer, waitMilliseconds: waitMilliseconds) {
    case .samples(let count):
      let samples = UnsafeBufferPointer(rebasing: buffer[..<Int(min(Int64(count), mostSamples))])
      heardSampleCount += Int64(samples.count)
      levels.tellChanges(after: samples)
      let start = platform_thread_nanoseconds()
      let events = counted(session.process(samples, from: source))
      spottingNanoseconds += platform_thread_nanoseconds() - start
      clock.note(missing: missingBefore + capture.missingSampleCount, at: heardSampleCount)
      return .samples(samples, events)
    case .nothingYet: return .nothingYet
    case .ended: return .ended
    }
  }

  /// Reports what happened to the capture since the last call.
  package func reportChanges(of capture: CaptureThread) { monitor.tellChanges(of: capture) }

  /// Stops a capture and records its lost samples, so the clock stays right for the next one.
  package func close(_ capture: CaptureThread) {
    capture.stop()
    reportChanges(of: capture)
    missingBefore += capture.missingSampleCount
  }

  /// Switches to another device. Close the previous capture first.
  package func change(to source: NamedSource) {
    device = source.device
    microphone = source.name
    monitor = CaptureMonitor(device: device, report)
    levels = LevelMonitor(device: device, report)
  }

  /// Ends the stream and returns the pending events. The next samples start a new stream.
  package func finish() -> [DetectionEvent] {
    defer { streamStart = heardSampleCount }
    return counted(session.finish(from: source))
  }

  /// The events of the session with positions among all samples processed.
  private func counted(_ events: [DetectionEvent]) -> [DetectionEvent] {
    guard streamStart > 0 else { return events }
    return events.map { event in
      var event = event
      event.startSample += streamStart
      event.endSample += streamStart
      return event
    }
  }

  /// The events with times that include lost samples.
  package func timed(_ events: [DetectionEvent]) -> [DetectionEvent] { clock.timed(events) }

  /// A summary in one line.
  package func summary(detectionCount: Int) -> String {
    (microphone.map { $0 + ": " } ?? "")
      + monitor.summary(heardSamples: heardSampleCount, detectionCount: detectionCount)
  }

  private var source: DetectionEvent.Source { .device(device, microphone: microphone) }
}
