import AudioCapture
import EventSinks

/// Tells the person at the terminal what happens to a capture, once for each change.
package struct CaptureMonitor {
  private let device: String
  private let say: (String) -> Void
  private var told = CaptureThread.Counts()
  private var toldReconnecting = false
  private var toldPriority = false

  /// - Parameter say: takes each message.
  package init(device: String, _ say: @escaping (String) -> Void = { tell($0) }) {
    self.device = device
    self.say = say
  }

  package mutating func tellChanges(of capture: CaptureThread) {
    let counts = capture.counts
    let isReconnecting = capture.isReconnecting
    let lost = milliseconds(counts.lostSampleCount - told.lostSampleCount)
    if counts.overrunCount > told.overrunCount {
      say("heed: the microphone \(device) overran, \(lost) lost; this machine is too busy")
    }
    if counts.suspendCount > told.suspendCount {
      say("heed: the machine was suspended, \(lost) lost; listening again")
    }
    if counts.reconnectCount > told.reconnectCount {
      say("heed: the microphone \(device) is back, \(lost) lost; listening again")
    } else if isReconnecting && !toldReconnecting {
      say("heed: the microphone \(device) is gone; trying to open it again")
    }
    if counts.droppedSampleCount > told.droppedSampleCount {
      let dropped = milliseconds(counts.droppedSampleCount - told.droppedSampleCount)
      say("heed: \(dropped) dropped, for spotting does not keep up; this machine is too busy")
    }
    if capture.priorityError != 0 && !toldPriority {
      say(
        "heed: note: no real-time priority for the capture (\(systemText(capture.priorityError))); allow it with "
          + "LimitRTPRIO in the service or rtprio in limits.conf, or set realtime_priority = 0")
      toldPriority = true
    }
    told = counts
    toldReconnecting = isReconnecting
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
