import CAllocationCounter
import KeywordSpotting

/// What listening for a count of phrases costs, from samples to events.
struct SpottingCost: Encodable {
  var phraseCount: Int
  /// Ways to say the phrases, and the phonemes of all of them.
  var variantCount: Int
  var phonemeCount: Int
  /// Processor seconds per second of audio, over the runs.
  var totalLoad: Spread
  /// Time over that of the first count of phrases, within the same run.
  var ratioToFirst: Spread
  var matching: PartCosts.Matching
  var steps: StepTimes
  /// Of this program, which holds the audio as well; see ``CostReport/baseline``.
  var memory: ResidentMemory?
  /// What was taken from the allocator while listening and at the end of the stream; nil where that cannot be counted.
  var allocationCount: Int?
  /// Events in the audio while allocations were counted.
  var detectionCount: Int
}

/// Memory and allocations of one spotter, measured while it is the only one.
struct SpottingMemory {
  var resident: ResidentMemory?
  var allocationCount: Int?
  var detectionCount = 0

  /// - Parameter make: makes the spotter, enrollment included.
  init(_ samples: [Int16], make: () throws -> KeywordSpotter) throws {
    ResidentMemory.forgetPeak()
    let spotter = try make()
    var detectionCount = 0
    let before = heed_test_allocation_count()
    samples.withUnsafeBufferPointer { buffer in
      // Pieces of 20 ms, as a sound card gives them.
      for start in stride(from: 0, to: buffer.count, by: 320) {
        spotter.process(
          UnsafeBufferPointer(rebasing: buffer[start..<min(start + 320, buffer.count)]),
          onDetection: { _ in detectionCount += 1 })
      }
    }
    spotter.finish(onDetection: { _ in detectionCount += 1 })
    let taken = Int(heed_test_allocation_count() - before)
    allocationCount = Self.counterCounts ? taken : nil
    resident = ResidentMemory()
    self.detectionCount = detectionCount
  }

  /// Whether an allocation is seen at all.
  private static var counterCounts: Bool {
    guard heed_test_counts_allocations() else { return false }
    let before = heed_test_allocation_count()
    let memory = UnsafeMutableRawPointer.allocate(byteCount: 4_096, alignment: 64)
    memory.storeBytes(of: 1, as: UInt8.self)
    defer { memory.deallocate() }
    return heed_test_allocation_count() > before
  }
}
