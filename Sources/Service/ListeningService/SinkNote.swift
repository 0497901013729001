/// What a sink tells a person: one line without a full stop.
package enum SinkNote: Equatable, Sendable {
  /// Nobody has to do anything.
  case notice(String)
  /// Something is amiss.
  case warning(String)

  package var text: String {
    switch self {
    case .notice(let text), .warning(let text): text
    }
  }

  /// The line as ``Messages/tell(_:)`` gives it its priority.
  package var line: String {
    switch self {
    case .notice(let text): "heed: note: \(text)"
    case .warning(let text): "heed: \(text)"
    }
  }
}
