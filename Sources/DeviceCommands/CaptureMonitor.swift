import AudioCapture
import EventSinks

/// Tells the person at the terminal what happens to a capture, once for each change.
struct CaptureMonitor {
  /// "the microphone default", say.
  private let subject: String
  private var told = CaptureThread.Counts()
  private var toldWaiting = false
  private var toldPriority = false

  init(device: String) { subject = CaptureOrigin.subject(of: device) }

  mutating func tellChanges(of capture: CaptureThread) {
    let counts = capture.counts
    let lost = milliseconds(counts.lostSampleCount - told.lostSampleCount)
    if counts.overrunCount > told.overrunCount {
      tell("heed: \(subject) overran, \(lost) lost; this machine is too busy")
    }
    if counts.suspendCount > told.suspendCount {
      tell("heed: the machine was suspended, \(lost) lost; listening again")
    }
    if let problem = capture.takeProblem() {
      if case .noSender = problem {
        tell("heed: \(problem.description)")
      } else {
        tell("heed: \(problem.description); trying again")
      }
      toldWaiting = true
    }
    if counts.reconnectCount > told.reconnectCount {
      tell("heed: \(subject) is back, \(lost) lost; listening again")
      toldWaiting = capture.isWaiting
    } else if toldWaiting && !capture.isWaiting {
      tell("heed: \(subject) is there; listening")
      toldWaiting = false
    }
    if counts.droppedSampleCount > told.droppedSampleCount {
      let dropped = milliseconds(counts.droppedSampleCount - told.droppedSampleCount)
      tell("heed: \(dropped) dropped, for spotting does not keep up; this machine is too busy")
    }
    if capture.priorityError != 0 && !toldPriority {
      tell(
        "heed: note: no real-time priority for the capture (\(systemText(capture.priorityError))); allow it with "
          + "LimitRTPRIO in the service or rtprio in limits.conf, or set realtime_priority = 0")
      toldPriority = true
    }
    told = counts
  }

  /// One line for the end.
  func summary(heardSamples: Int64, detectionCount: Int) -> String {
    var line = "listened for \(fixedPoint(Double(heardSamples) / 16_000, decimals: 1)) s: \(detectionCount) detected"
    line += ", \(told.overrunCount) overruns"
    if told.suspendCount > 0 { line += ", \(told.suspendCount) suspensions" }
    if told.reconnectCount > 0 { line += ", \(told.reconnectCount) times opened again" }
    return line + ", \(milliseconds(told.lostSampleCount + told.droppedSampleCount)) lost"
  }

  private func milliseconds(_ samples: Int64) -> String { "\(samples / 16) ms" }
}
