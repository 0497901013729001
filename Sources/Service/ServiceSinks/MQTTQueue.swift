/// The unconfirmed detections, oldest first, up to a capacity.
struct MQTTQueue {
  struct Message {
    var topic: String
    var payload: [UInt8]
  }

  /// A detection with its messages.
  struct Entry {
    /// Increases from entry to entry.
    var number: UInt64
    var messages: [Message]
  }

  private let capacity: Int
  private(set) var entries: [Entry] = []
  private var nextNumber: UInt64 = 1
  private(set) var publishedCount = 0
  /// Detections lost because the queue was full or the library refused them.
  private(set) var droppedCount = 0

  init(capacity: Int) {
    self.capacity = max(capacity, 1)
    entries.reserveCapacity(self.capacity)
  }

  /// Appends a detection; if the queue is full, it replaces the oldest.
  mutating func append(_ messages: [Message]) {
    if entries.count == capacity {
      entries.removeFirst()
      droppedCount += 1
    }
    entries.append(Entry(number: nextNumber, messages: messages))
    nextNumber += 1
  }

  /// The entries with greater numbers.
  func entries(after number: UInt64) -> [Entry] {
    guard let last = entries.last, last.number > number else { return [] }
    return entries.filter { $0.number > number }
  }

  /// Removes an entry that the broker has confirmed.
  mutating func confirm(_ number: UInt64) {
    guard let index = entries.firstIndex(where: { $0.number == number }) else { return }
    entries.remove(at: index)
    publishedCount += 1
  }

  /// Removes an entry that cannot be sent.
  mutating func discard(_ number: UInt64) {
    guard let index = entries.firstIndex(where: { $0.number == number }) else { return }
    entries.remove(at: index)
    droppedCount += 1
  }
}
