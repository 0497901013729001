import DetectionEvents

/// Puts events where they were in time, although the stream lacks stretches that were not recorded.
package struct StreamClock {
  /// From which sample of the stream on how many are missing before it; the last few changes.
  private var changes: [(position: Int64, missing: Int64)] = []

  package init() {}

  /// Notes how many samples are missing before a position of the stream.
  package mutating func note(missing: Int64, at position: Int64) {
    guard missing != changes.last?.missing ?? 0 else { return }
    changes.append((position: position, missing: missing))
    // No event lies further back than the last few outages.
    if changes.count > 8 { changes.removeFirst() }
  }

  /// The events with their samples counted by the clock.
  package func timed(_ events: [DetectionEvent]) -> [DetectionEvent] {
    guard !changes.isEmpty, !events.isEmpty else { return events }
    var moved = events
    for index in moved.indices {
      moved[index].startSample += missing(before: moved[index].startSample)
      moved[index].endSample += missing(before: moved[index].endSample)
    }
    return moved
  }

  private func missing(before position: Int64) -> Int64 {
    var missing: Int64 = 0
    for change in changes where change.position <= position { missing = change.missing }
    return missing
  }
}
