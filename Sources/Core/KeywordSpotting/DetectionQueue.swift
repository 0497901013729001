import CoreMemory

/// Detections that wait to be fetched: for callers that poll where others pass a function.
///
/// First in, first out, over a block of a workspace. When it is full the oldest detection makes room, and counts as
/// dropped. Allocates nothing. One thread at a time.
public struct DetectionQueue: ~Copyable {
  private let detections: UnsafeMutablePointer<Detection>
  /// Detections that can wait.
  public let capacity: Int
  /// Detections that wait.
  public private(set) var count = 0
  /// Detections that made room for later ones, since the start or the last ``removeAll()``.
  public private(set) var droppedCount = 0
  private var first = 0

  /// - Precondition: `capacity` is at least 1.
  public init(capacity: Int, in workspace: inout Workspace) {
    precondition(capacity >= 1)
    self.capacity = capacity
    detections = workspace.take(
      capacity, repeating: Detection(phraseIndex: 0, startSample: 0, endSample: 0, score: 0))
  }

  /// Adds a detection after those that wait.
  public mutating func append(_ detection: Detection) {
    if count == capacity {
      _ = next()
      droppedCount &+= 1
    }
    detections[(first &+ count) % capacity] = detection
    count &+= 1
  }

  /// Takes out the detection that has waited longest; nil where none waits.
  public mutating func next() -> Detection? {
    guard count > 0 else { return nil }
    let detection = detections[first]
    first = (first &+ 1) % capacity
    count &-= 1
    return detection
  }

  /// Forgets every detection, and how many were dropped.
  public mutating func removeAll() {
    count = 0
    first = 0
    droppedCount = 0
  }
}
