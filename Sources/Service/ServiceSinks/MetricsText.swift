/// Metrics in Prometheus' text exposition format 0.0.4.
///
/// - Reference: prometheus.io/docs/instrumenting/exposition_formats, "Text-based format".
package struct MetricsText {
  /// The name, type and meaning of a metric.
  package struct Metric: Equatable, Sendable {
    package enum Kind: String, Sendable { case counter, gauge, histogram }

    package var name: String
    package var kind: Kind
    /// The names of its labels, except `le` of histograms.
    package var labels: [String]
    package var help: String
  }

  private(set) var text = ""

  /// Begins a metric. Its samples must follow.
  mutating func begin(_ metric: Metric) {
    text += "# HELP \(metric.name) \(Self.escaped(metric.help, quotes: false))\n"
    text += "# TYPE \(metric.name) \(metric.kind.rawValue)\n"
  }

  mutating func sample(_ name: String, _ labels: [(name: String, value: String)], _ value: Double) {
    text += name
    if !labels.isEmpty {
      text += "{"
      text += labels.map { "\($0.name)=\"\(Self.escaped($0.value, quotes: true))\"" }.joined(separator: ",")
      text += "}"
    }
    text += " \(Self.number(value))\n"
  }

  /// A number in the format that Go parses; whole numbers have no decimal point.
  static func number(_ value: Double) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value > 0 ? "+Inf" : "-Inf" }
    if let whole = Int64(exactly: value), whole.magnitude < 1 << 53 { return "\(whole)" }
    return "\(value)"
  }

  private static func escaped(_ text: String, quotes: Bool) -> String {
    var escaped = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\\": escaped += "\\\\"
      case "\n": escaped += "\\n"
      case "\"" where quotes: escaped += "\\\""
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }
}
