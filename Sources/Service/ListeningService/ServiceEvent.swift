import DetectionEvents
import Glibc
import JSON

/// A detection with the time of day when it was decided.
package struct ServiceEvent: Equatable, Sendable {
  package var detection: DetectionEvent
  /// Unix time in milliseconds.
  package var milliseconds: Int64
  /// The threshold of the phrase, 0…1.
  package var threshold: Float

  package init(detection: DetectionEvent, milliseconds: Int64, threshold: Float) {
    self.detection = detection
    self.milliseconds = milliseconds
    self.threshold = threshold
  }

  /// The current Unix time in milliseconds.
  package static var currentMilliseconds: Int64 {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
  }

  /// The members of ``DetectionEvents/DetectionEvent/json``, with `threshold` and `time`, the Unix time in seconds.
  package var json: JSONObject {
    var object = detection.json
    object.add("threshold", threshold)
    object.add("time", Double(milliseconds) / 1_000)
    return object
  }
}
