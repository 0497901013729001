/// Detections that the broker has not yet confirmed, oldest first, at most as many as given.
struct MQTTQueue {
  struct Message {
    var topic: String
    var payload: [UInt8]
  }

  /// One detection, in each of its forms.
  struct Entry {
    /// Grows from one to the next.
    var number: UInt64
    var messages: [Message]
  }

  private let capacity: Int
  private(set) var entries: [Entry] = []
  private var nextNumber: UInt64 = 1
  private(set) var publishedCount = 0
  /// Lost because the queue was full, or because the library refused them.
  private(set) var droppedCount = 0

  init(capacity: Int) {
    self.capacity = max(capacity, 1)
    entries.reserveCapacity(self.capacity)
  }

  /// Appends a detection, in place of the oldest where there is no room.
  mutating func append(_ messages: [Message]) {
    if entries.count == capacity {
      entries.removeFirst()
      droppedCount += 1
    }
    entries.append(Entry(number: nextNumber, messages: messages))
    nextNumber += 1
  }

  /// Entries with greater numbers.
  func entries(after number: UInt64) -> [Entry] {
    guard let last = entries.last, last.number > number else { return [] }
    return entries.filter { $0.number > number }
  }

  /// Takes out what the broker has.
  mutating func confirm(_ number: UInt64) {
    guard let index = entries.firstIndex(where: { $0.number == number }) else { return }
    entries.remove(at: index)
    publishedCount += 1
  }

  /// Takes out what can never be sent.
  mutating func discard(_ number: UInt64) {
    guard let index = entries.firstIndex(where: { $0.number == number }) else { return }
    entries.remove(at: index)
    droppedCount += 1
  }
}
