import CoreMemory

/// A queue of detections, for callers that poll instead of passing a closure.
///
/// First in, first out, in a block of a workspace. If it is full, a new detection replaces the oldest one, which counts
/// as dropped. Allocates nothing. Use from one thread at a time.
public struct DetectionQueue: ~Copyable {
  private let detections: UnsafeMutablePointer<Detection>
  /// The maximum number of detections in the queue.
  public let capacity: Int
  /// The number of detections in the queue.
  public private(set) var count = 0
  /// The number of detections dropped since the start or the last ``removeAll()``.
  public private(set) var droppedCount = 0
  private var first = 0

  /// Creates an empty queue in `workspace`, without allocating.
  ///
  /// - Precondition: `capacity` is at least 1.
  public init(capacity: Int, in workspace: inout Workspace) {
    precondition(capacity >= 1)
    self.capacity = capacity
    detections = workspace.take(
      capacity, repeating: Detection(phraseIndex: 0, startSample: 0, endSample: 0, score: 0))
  }

  /// Adds a detection at the end.
  public mutating func append(_ detection: Detection) {
    if count == capacity {
      _ = next()
      droppedCount &+= 1
    }
    detections[(first &+ count) % capacity] = detection
    count &+= 1
  }

  /// Removes and returns the oldest detection; `nil` if the queue is empty.
  public mutating func next() -> Detection? {
    guard count > 0 else { return nil }
    let detection = detections[first]
    first = (first &+ 1) % capacity
    count &-= 1
    return detection
  }

  /// Removes all detections and resets ``droppedCount``.
  public mutating func removeAll() {
    count = 0
    first = 0
    droppedCount = 0
  }
}
