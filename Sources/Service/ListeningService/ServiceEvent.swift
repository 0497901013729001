import DetectionEvents
import Glibc
import JSON

/// A detection with the time of day at which it was decided.
package struct ServiceEvent: Equatable, Sendable {
  package var detection: DetectionEvent
  /// Unix time.
  package var milliseconds: Int64
  /// The score from which the phrase counts as detected, 0…1.
  package var threshold: Float

  package init(detection: DetectionEvent, milliseconds: Int64, threshold: Float) {
    self.detection = detection
    self.milliseconds = milliseconds
    self.threshold = threshold
  }

  /// The time of day now, as Unix time.
  package static var currentMilliseconds: Int64 {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
  }

  /// ``DetectionEvents/DetectionEvent/json`` with the `threshold`, and as `time` the Unix time in seconds.
  package var json: JSONObject {
    var object = detection.json
    object.add("threshold", threshold)
    object.add("time", Double(milliseconds) / 1_000)
    return object
  }
}
