import Foundation
import SampleRing
import Testing

/// Memory and ring shared by two threads of a test.
final class SharedRing: Sendable {
  nonisolated(unsafe) let memory: UnsafeMutableBufferPointer<Int16>
  let ring: SampleRing

  init(capacity: Int) {
    memory = .allocate(capacity: capacity)
    memory.initialize(repeating: 0)
    ring = SampleRing(over: memory)
  }

  deinit { memory.deallocate() }

  func write(_ samples: [Int16]) -> Int { samples.withUnsafeBufferPointer { ring.write($0) } }

  func read(atMost count: Int) -> [Int16] {
    [Int16](unsafeUninitializedCapacity: count) { buffer, filled in filled = ring.read(into: buffer) }
  }
}

@Suite struct SampleRingTests {
  @Test("An empty ring returns no samples, and a new one has dropped none")
  func empty() {
    let shared = SharedRing(capacity: 8)
    #expect(shared.read(atMost: 8).isEmpty)
    #expect(shared.ring.availableToRead == 0)
    #expect(shared.ring.droppedSamples == 0)
    #expect(shared.ring.capacity == 8)
  }

  @Test("Samples are read in the order they were written, across the end of the memory")
  func order() {
    let shared = SharedRing(capacity: 8)
    var next: Int16 = 0
    var expected: Int16 = 0
    for length in [1, 7, 8, 3, 5, 8, 2, 6, 7, 7] {
      let samples = (0..<length).map { next + Int16($0) }
      next += Int16(length)
      #expect(shared.write(samples) == length)
      #expect(shared.ring.availableToRead == length)
      #expect(shared.read(atMost: 8) == samples)
      expected += Int16(length)
    }
    #expect(shared.ring.droppedSamples == 0)
    #expect(next == expected)
  }

  @Test("A full ring keeps the oldest samples and drops and counts the newest")
  func overflow() {
    let shared = SharedRing(capacity: 8)
    #expect(shared.ring.availableToWrite == 8)
    #expect(shared.write([1, 2, 3, 4, 5]) == 5)
    #expect(shared.ring.availableToWrite == 3)
    #expect(shared.write([6, 7, 8, 9, 10]) == 3)
    #expect(shared.write([11]) == 0)
    #expect(shared.ring.availableToWrite == 0)
    #expect(shared.ring.droppedSamples == 3)
    #expect(shared.read(atMost: 100) == [1, 2, 3, 4, 5, 6, 7, 8])
    #expect(shared.write([12]) == 1)
    #expect(shared.read(atMost: 100) == [12])
    #expect(shared.ring.droppedSamples == 3)
  }

  @Test("A short destination leaves the remaining samples for the next read")
  func partialRead() {
    let shared = SharedRing(capacity: 8)
    _ = shared.write([1, 2, 3, 4, 5])
    #expect(shared.read(atMost: 2) == [1, 2])
    #expect(shared.read(atMost: 2) == [3, 4])
    #expect(shared.read(atMost: 2) == [5])
  }

  @Test("After a reset, the ring is like new")
  func reset() {
    let shared = SharedRing(capacity: 4)
    _ = shared.write([1, 2, 3, 4, 5, 6])
    shared.ring.reset()
    #expect(shared.ring.availableToRead == 0)
    #expect(shared.ring.droppedSamples == 0)
    #expect(shared.write([7, 8, 9, 10]) == 4)
    #expect(shared.read(atMost: 4) == [7, 8, 9, 10])
  }

  @Test("Two threads: two million samples arrive in order if the producer retries dropped ones")
  func sequenceOfTwoThreads() {
    let shared = SharedRing(capacity: 1024)
    let total = 2_000_000
    let producer = Thread {
      var sent = 0
      var length = 1
      while sent < total {
        length = length * 7 % 509 + 1
        let count = min(length, total - sent)
        sent += shared.write((sent..<sent + count).map { Int16(truncatingIfNeeded: $0 &* 31) })
      }
    }
    producer.start()
    var received = 0
    var wrong = 0
    while received < total {
      for sample in shared.read(atMost: 160) {
        if sample != Int16(truncatingIfNeeded: received &* 31) { wrong += 1 }
        received += 1
      }
    }
    #expect(wrong == 0)
    #expect(shared.ring.availableToRead == 0)
  }

  @Test("Two threads: samples read plus samples dropped equal the samples written")
  func accountOfTwoThreads() {
    let shared = SharedRing(capacity: 256)
    let offered = 500_000
    let block = (0..<100).map { Int16($0) }
    let finished = DispatchSemaphore(value: 0)
    let producer = Thread {
      for _ in 0..<offered / 100 { _ = shared.write(block) }
      finished.signal()
    }
    producer.start()
    var received = 0
    while finished.wait(timeout: .now()) == .timedOut { received += shared.read(atMost: 37).count }
    while shared.ring.availableToRead > 0 { received += shared.read(atMost: 37).count }
    #expect(received + Int(shared.ring.droppedSamples) == offered)
  }
}
