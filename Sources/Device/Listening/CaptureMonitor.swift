import AudioCapture
import Messages

/// Reports the changes in the state of a capture, each once.
package struct CaptureMonitor {
  /// The device in words, such as "the microphone default".
  private let subject: String
  private let report: (LogMessage) -> Void
  /// Why the microphone is unavailable; nil while it is available.
  package private(set) var problem: String?
  private var told = CaptureThread.Counts()
  private var toldWaiting = false
  private var toldPriority = false

  /// - Parameter report: Receives each message.
  package init(device: String, _ report: @escaping (LogMessage) -> Void = { Messages.report($0) }) {
    subject = CaptureOrigin.subject(of: device)
    self.report = report
  }

  /// Reports what has changed since the last call.
  package mutating func tellChanges(of capture: CaptureThread) {
    let counts = capture.counts
    let lost = milliseconds(counts.lostSampleCount - told.lostSampleCount)
    if counts.overrunCount > told.overrunCount {
      report(.warning(subject + " overran, " + lost + " lost; this machine is too busy"))
    }
    if counts.suspendCount > told.suspendCount {
      report(.warning("the machine was suspended, " + lost + " lost; listening again"))
    }
    if let note = capture.takeNote() { report(.notice(note)) }
    if !capture.isWaiting { problem = nil }
    if let problem = capture.takeProblem() {
      self.problem = problem.description
      if case .noSender = problem {
        report(.warning(problem.description))
      } else {
        report(.warning(problem.description + "; trying again"))
      }
      toldWaiting = true
    }
    if counts.reconnectCount > told.reconnectCount {
      report(.warning(subject + " is back, " + lost + " lost; listening again"))
      toldWaiting = capture.isWaiting
    } else if toldWaiting && !capture.isWaiting {
      report(.warning(subject + " is available; listening"))
      toldWaiting = false
    }
    if counts.droppedSampleCount > told.droppedSampleCount {
      let dropped = milliseconds(counts.droppedSampleCount - told.droppedSampleCount)
      report(.warning(dropped + " dropped because spotting cannot keep up; this machine is too busy"))
    }
    if capture.priorityError != 0 && !toldPriority {
      report(
        .notice(
          "the capture thread has no real-time priority (" + systemText(capture.priorityError) + "); allow it with "
            + "LimitRTPRIO in the service or rtprio in limits.conf, or set realtime_priority = 0"))
      toldPriority = true
    }
    told = counts
  }

  /// A summary in one line.
  package func summary(heardSamples: Int64, detectionCount: Int) -> String {
    var line =
      "listened for " + fixedPoint(Double(heardSamples) / 16_000, decimals: 1) + " s: " + decimal(detectionCount)
      + " detected"
    line += ", " + decimal(told.overrunCount) + " overruns"
    if told.suspendCount > 0 { line += ", " + decimal(told.suspendCount) + " suspensions" }
    if told.reconnectCount > 0 { line += ", " + decimal(told.reconnectCount) + " times opened again" }
    return line + ", " + milliseconds(told.lostSampleCount + told.droppedSampleCount) + " lost"
  }

  private func milliseconds(_ samples: Int64) -> String { word(samples / 16) + " ms" }
}
