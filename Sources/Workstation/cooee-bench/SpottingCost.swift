import CAllocationCounter
import KeywordSpotting

/// The cost of spotting a number of phrases, from samples to events.
struct SpottingCost: Encodable {
  var phraseCount: Int
  /// Pronunciations of the phrases.
  var variantCount: Int
  /// Phonemes of all pronunciations.
  var phonemeCount: Int
  /// Processor seconds per second of audio, over the runs.
  var totalLoad: Spread
  /// Time relative to that of the first number of phrases, within the same run.
  var ratioToFirst: Spread
  var matching: PartCosts.Matching
  var steps: StepTimes
  /// Memory of this program including the audio; see ``CostReport/baseline``.
  var memory: ResidentMemory?
  /// Allocations while spotting and at the end of the stream; nil if they cannot be counted.
  var allocationCount: Int?
  /// Events in the audio during the count of allocations.
  var detectionCount: Int
}

/// Memory and allocations of one spotter, measured while it is the only one.
struct SpottingMemory {
  var resident: ResidentMemory?
  var allocationCount: Int?
  var detectionCount = 0

  /// - Parameter make: creates the spotter, including enrollment.
  init(_ samples: [Int16], make: () throws -> KeywordSpotter) throws {
    ResidentMemory.forgetPeak()
    let spotter = try make()
    var detectionCount = 0
    let before = cooee_test_allocation_count()
    samples.withUnsafeBufferPointer { buffer in
      // Blocks of 20 ms, as from a sound card.
      for start in stride(from: 0, to: buffer.count, by: 320) {
        spotter.process(
          UnsafeBufferPointer(rebasing: buffer[start..<min(start + 320, buffer.count)]),
          onDetection: { _ in detectionCount += 1 })
      }
    }
    spotter.finish(onDetection: { _ in detectionCount += 1 })
    let taken = Int(cooee_test_allocation_count() - before)
    allocationCount = Self.counterCounts ? taken : nil
    resident = ResidentMemory()
    self.detectionCount = detectionCount
  }

  /// Whether allocations are counted at all.
  private static var counterCounts: Bool {
    guard cooee_test_counts_allocations() else { return false }
    let before = cooee_test_allocation_count()
    let memory = UnsafeMutableRawPointer.allocate(byteCount: 4_096, alignment: 64)
    memory.storeBytes(of: 1, as: UInt8.self)
    defer { memory.deallocate() }
    return cooee_test_allocation_count() > before
  }
}
