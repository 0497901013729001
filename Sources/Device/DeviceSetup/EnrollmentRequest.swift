/// A phrase to be enrolled.
package struct EnrollmentRequest: Sendable {
  package var text: String
  /// ARPAbet, instead of looking words up.
  package var pronunciation: String?
  /// 0…1; nil for the one that goes with the false alarms.
  package var threshold: Float?
  /// False alarms an hour that are allowed; above 0.
  package var falseAlarmsPerHour: Float = 0.1

  package init(_ text: String) { self.text = text }
}
