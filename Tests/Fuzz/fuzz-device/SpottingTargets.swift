import FuzzDriver
import KeywordSpotting
import Synchronization

@testable import KernelChecks

extension FuzzTarget {
  /// Layers of any shape and values: every kernel path gives the reference's bytes and accesses only its operands.
  static let kernels = FuzzTarget(
    "kernels", mostBytes: 16, seeds: [[0, 0, 1, 2, 3, 4, 33, 0, 17, 0, 1], [1, 2, 9, 9, 9, 9, 9, 0, 24, 0, 2]]
  ) { bytes in
    var choices = InputCursor(bytes)
    let isDense = choices.byte() & 1 == 0
    let values = KernelCase.Values.allCases[Int(choices.byte()) % KernelCase.Values.allCases.count]
    let seed = UInt64(choices.number()) << 16 | UInt64(choices.number())
    let depth = choices.integer(in: 1...(isDense ? 300 : 20))
    let outputCount = choices.integer(in: 1...100)
    var shape = KernelCase(
      operation: isDense ? .dense : .depthwise, values: values, seed: seed, depth: depth, outputCount: outputCount,
      dilation: isDense ? 1 : choices.integer(in: 1...4))
    let flags = choices.byte()
    shape.addsResidual = isDense && flags & 1 == 1
    shape.isReLU = flags & 2 == 2
    shape.touchesGuardAtStart = flags & 4 == 4
    comparison.withLock { comparison in
      comparison.check(shape)
      for result in comparison.results {
        require(result.failureCount == 0, result.firstFailure ?? "a path gives the reference's bytes")
      }
    }
  }

  private static let comparison = Mutex(KernelComparison())

  /// The same samples, whole and in pieces of any size, give identical candidates and detections.
  static let chunks = FuzzTarget("chunks", mostBytes: 6_000, seeds: chunkSeeds()) { bytes in
    var choices = InputCursor(bytes)
    let sizes = (0..<4).map { _ in 1 + Int(choices.byte()) * Int(1 + choices.byte() % 8) }
    var samples: [Int16] = []
    while !choices.isAtEnd { samples.append(Int16(bitPattern: choices.number())) }
    // Long enough for candidates to begin, close and compete.
    while samples.count > 0, samples.count < 8_000 { samples += samples }
    require(
      report(samples, sizes: [samples.count]) == report(samples, sizes: sizes), "pieces of \(sizes) change nothing")
  }

  private struct Report: Equatable {
    var candidates: [Candidate] = []
    var detections: [Detection] = []
  }

  private static func report(_ samples: [Int16], sizes: [Int]) -> Report {
    var configuration = SpotterConfiguration()
    configuration.candidateFloor = -20
    configuration.historyFrames = 30
    var enrollments = [
      MadeUpModel.enrollment("one", phonemes: [15], dimension: 16, seed: 1),
      MadeUpModel.enrollment("two", phonemes: [12, 3], dimension: 16, seed: 2),
    ]
    enrollments[0].threshold = 0
    let spotter = KeywordSpotter(
      model: MadeUpModel.model, enrollments: enrollments, configuration: configuration, kernelPath: .portable)
    var report = Report()
    samples.withUnsafeBufferPointer { samples in
      var (start, turn) = (0, 0)
      while start < samples.count {
        let end = min(start + sizes[turn % sizes.count], samples.count)
        spotter.process(
          UnsafeBufferPointer(rebasing: samples[start..<end]), onCandidate: { report.candidates.append($0) },
          onDetection: { report.detections.append($0) })
        (start, turn) = (end, turn + 1)
      }
    }
    spotter.finish(onCandidate: { report.candidates.append($0) }, onDetection: { report.detections.append($0) })
    return report
  }

  @Sendable private static func chunkSeeds() -> [[UInt8]] {
    var state: UInt32 = 1
    func noise(_ count: Int) -> [UInt8] {
      (0..<count).map { _ in
        state = state &* 1_664_525 &+ 1_013_904_223
        return UInt8(state >> 24)
      }
    }
    return [[0, 0, 6, 0, 159, 0, 255, 3] + noise(2_000), [0, 0, 0, 0, 0, 0, 0, 0] + noise(400)]
  }
}
