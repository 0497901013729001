import DetectionEvents

/// Corrects the times of events for samples that the stream lacks because they were not recorded.
package struct StreamClock {
  /// The last few changes of the number of missing samples, with the stream position where each applies.
  private var changes: [(position: Int64, missing: Int64)] = []

  package init() {}

  /// Records how many samples are missing before a position of the stream.
  package mutating func note(missing: Int64, at position: Int64) {
    guard missing != changes.last?.missing ?? 0 else { return }
    changes.append((position: position, missing: missing))
    // Events do not reach back further than the last few outages.
    if changes.count > 8 { changes.removeFirst() }
  }

  /// The events with times that include the missing samples.
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
