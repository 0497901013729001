import DetectionEvents

/// Merges the candidates of one phrase and moment: each pronunciation of a phrase has its own, and the stream reports
/// each when it is decided.
///
/// Of overlapping candidates of a phrase, the detection remains, otherwise the one with the highest score. A rejected
/// candidate is held back until no other can overlap it; a detection is passed on at once. One thread.
package struct CandidateMerger {
  private struct Entry {
    var event: DetectionEvent
    /// Whether it was passed on. It then only absorbs later candidates.
    var isReported: Bool
  }

  private let holdSamples: Int64
  private var entries: [Entry] = []

  /// - Parameter holdSamples: How long to hold back a rejected candidate after its end. Pronunciations of one utterance
  ///   are decided within 0.5 s, unless a longer phrase is in progress, which takes up to 3 s more.
  package init(holdSamples: Int64) { self.holdSamples = holdSamples }

  /// Takes the next candidates and returns those that are complete.
  ///
  /// - Parameter now: The number of samples of the stream so far.
  package mutating func add(_ candidates: [DetectionEvent], at now: Int64) -> [DetectionEvent] {
    var complete: [DetectionEvent] = []
    for candidate in candidates {
      // What ended before a detection is passed on first.
      if candidate.detected { release(endingBy: candidate.startSample, into: &complete) }
      take(candidate, &complete)
    }
    release(endingBy: now - holdSamples, into: &complete)
    return complete
  }

  /// Returns the candidates that are held back. The next ones belong to a new stream.
  package mutating func finish() -> [DetectionEvent] {
    var complete: [DetectionEvent] = []
    release(endingBy: .max, into: &complete)
    return complete
  }

  private mutating func take(_ candidate: DetectionEvent, _ complete: inout [DetectionEvent]) {
    if candidate.detected {
      complete.append(candidate)
    } else {
      for entry in entries where Self.overlap(entry.event, candidate) {
        if entry.isReported || entry.event.score >= candidate.score { return }
      }
    }
    entries.removeAll { !$0.isReported && Self.overlap($0.event, candidate) }
    entries.append(Entry(event: candidate, isReported: candidate.detected))
  }

  private mutating func release(endingBy end: Int64, into complete: inout [DetectionEvent]) {
    for entry in entries where entry.event.endSample <= end && !entry.isReported { complete.append(entry.event) }
    entries.removeAll { $0.event.endSample <= end }
  }

  private static func overlap(_ first: DetectionEvent, _ second: DetectionEvent) -> Bool {
    first.startSample < second.endSample && second.startSample < first.endSample && first.phrase == second.phrase
  }
}
