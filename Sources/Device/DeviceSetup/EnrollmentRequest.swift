/// A phrase to enroll, with the options for it.
package struct EnrollmentRequest: Sendable {
  package var text: String
  /// The pronunciation in ARPAbet; nil to look the words up.
  package var pronunciation: String?
  /// The threshold, 0…1; nil for the one that `falseAlarmsPerHour` gives.
  package var threshold: Float?
  /// The allowed false alarms per hour, above 0.
  package var falseAlarmsPerHour: Float = 0.1

  package init(_ text: String) { self.text = text }
}
