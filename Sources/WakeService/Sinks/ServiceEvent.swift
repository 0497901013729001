import EventSinks

/// A detection, or a candidate for one, with the time of day at which it was decided.
package struct ServiceEvent: Sendable, Equatable {
  package var detection: DetectionEvent
  /// Since 1970, UTC.
  package var milliseconds: Int64
  /// The phrase's threshold at that time.
  package var threshold: Float

  package init(detection: DetectionEvent, milliseconds: Int64, threshold: Float) {
    self.detection = detection
    self.milliseconds = milliseconds
    self.threshold = threshold
  }
}
