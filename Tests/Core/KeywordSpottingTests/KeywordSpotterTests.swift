import CAllocationCounter
import Int8Kernels
import KeywordSpotting
import ModelFormat
import SeededRandom
import Testing

@Suite struct KeywordSpotterTests {
  /// A spotter with short phrases and a low floor, so an untrained model reports many candidates.
  private static func spotter(
    seed: UInt64 = 31, phraseCount: Int = 6, kernelPath: KernelPath = .best
  ) throws -> KeywordSpotter {
    let model = try TestModel.make(seed: seed)
    var generator = SplitMix64(seed: seed)
    let enrollments = (0..<phraseCount).map {
      TestModel.enrollment(
        dimension: model.embeddingDimension, phonemeCount: 1 + $0 % 4, threshold: 0.4, &generator)
    }
    var configuration = SpotterConfiguration()
    configuration.candidateFloor = -9
    configuration.historyFrames = 40
    return KeywordSpotter(
      model: model, enrollments: enrollments, configuration: configuration, kernelPath: kernelPath)
  }

  private static func report(_ spotter: KeywordSpotter, _ samples: [Int16], chunk: Int = 4096) -> Report {
    var report = Report()
    report.listen(spotter, samples, chunk: chunk)
    report.finish(spotter)
    return report
  }

  @Test("Candidates and detections do not depend on how samples are divided among calls", arguments: [1, 7, 160, 4096])
  func chunking(chunk: Int) throws {
    let samples = TestModel.samples(16_000 * 12 + 77, seed: 32)
    let spotter = try Self.spotter()
    let whole = Self.report(spotter, samples, chunk: samples.count)
    #expect(whole.candidates.count > 50 && whole.detections.count > 3)
    #expect(Self.report(try Self.spotter(), samples, chunk: chunk) == whole)
  }

  @Test("Every kernel path gives identical candidates and detections", arguments: KernelPath.available)
  func kernelPaths(path: KernelPath) throws {
    let samples = TestModel.samples(16_000 * 4, seed: 33)
    let reference = Self.report(try Self.spotter(kernelPath: .reference), samples)
    let spotter = try Self.spotter(kernelPath: path)
    #expect(spotter.kernelPath == path)
    #expect(Self.report(spotter, samples) == reference)
  }

  @Test("After a reset and after the end of a stream, it detects the same as a new spotter")
  func reset() throws {
    let before = TestModel.samples(16_000 * 3 + 123, seed: 34)
    let samples = TestModel.samples(16_000 * 5, seed: 35)
    let fresh = Self.report(try Self.spotter(), samples)
    #expect(!fresh.detections.isEmpty)
    let used = try Self.spotter()
    var discarded = Report()
    discarded.listen(used, before, chunk: 500)
    used.reset()
    #expect(Self.report(used, samples) == fresh)
    #expect(Self.report(used, samples) == fresh)
  }

  @Test("Candidates are aligned to frames, and detections respect the refractory period")
  func timing() throws {
    let samples = TestModel.samples(16_000 * 12, seed: 36)
    let spotter = try Self.spotter()
    let report = Self.report(spotter, samples)
    for candidate in report.candidates {
      #expect(candidate.startSample % 640 == 0 && candidate.endSample % 640 == 0)
      #expect(candidate.startSample < candidate.endSample && candidate.startSample >= 0)
      #expect(candidate.score > 0 && candidate.score < 1)
      if candidate.detected { #expect(candidate.score >= 0.4) }
    }
    #expect(report.candidates.filter(\.detected).map(\.detection) == report.detections)
    for (first, second) in zip(report.detections, report.detections.dropFirst()) {
      #expect(second.startSample >= first.endSample, "two events of one utterance")
    }
    for phrase in spotter.enrollments.indices {
      let ends = report.detections.filter { $0.phraseIndex == phrase }.map(\.endSample)
      for (first, second) in zip(ends, ends.dropFirst()) { #expect(second >= first + 16_000) }
    }
  }

  @Test("The end of a stream is processed as if silence followed")
  func endOfStream() throws {
    // The last frame's embedding needs the look-ahead after the last sample.
    let samples = TestModel.samples(16_000 * 2, seed: 37)
    let spotter = try Self.spotter()
    let ended = Self.report(spotter, samples)
    var followed = Report()
    let other = try Self.spotter()
    followed.listen(other, samples + [Int16](repeating: 0, count: 16_000), chunk: 160)
    let before = followed.candidates.filter { $0.endSample <= 16_000 * 2 - 4 * 640 }
    #expect(!before.isEmpty)
    for candidate in before { #expect(ended.candidates.contains { $0.detection == candidate.detection }) }
  }

  @Test("A threshold can be changed during detection")
  func threshold() throws {
    let samples = TestModel.samples(16_000 * 6, seed: 38)
    let spotter = try Self.spotter()
    for index in spotter.enrollments.indices { spotter.setThreshold(1.1, phraseIndex: index) }
    let report = Self.report(spotter, samples)
    #expect(report.detections.isEmpty && !report.candidates.isEmpty)
    #expect(spotter.enrollments.allSatisfy { $0.threshold == 1.1 })
  }

  @Test("Without phrases, it processes samples and reports nothing")
  func noPhrases() throws {
    let report = Self.report(try Self.spotter(phraseCount: 0), TestModel.samples(16_000, seed: 39))
    #expect(report == Report())
  }

  @Test(
    "Nothing is allocated during detection, including candidates and detections",
    .enabled(if: countsAllocations, "allocations are counted with glibc and without sanitizers"))
  func allocations() throws {
    let spotter = try Self.spotter()
    let samples = TestModel.samples(16_000 * 6, seed: 40)
    var candidateCount = 0
    var detectionCount = 0
    func listen() {
      samples.withUnsafeBufferPointer { buffer in
        var start = 0
        while start < buffer.count {
          let end = min(start + 100, buffer.count)
          spotter.process(
            UnsafeBufferPointer(rebasing: buffer[start..<end]), onCandidate: { _ in candidateCount += 1 },
            onDetection: { _ in detectionCount += 1 })
          start = end
        }
      }
      spotter.finish(onCandidate: { _ in candidateCount += 1 }, onDetection: { _ in detectionCount += 1 })
    }
    listen()
    candidateCount = 0
    detectionCount = 0
    let before = cooee_test_allocation_count()
    listen()
    let allocations = cooee_test_allocation_count() - before
    #expect(allocations == 0)
    #expect(candidateCount > 20 && detectionCount > 0)
    // Checks that the counter works.
    let memory = UnsafeMutableRawPointer.allocate(byteCount: 100, alignment: 8)
    memory.storeBytes(of: 1, as: UInt8.self)
    #expect(cooee_test_allocation_count() > before)
    memory.deallocate()
  }

  static let countsAllocations = cooee_test_counts_allocations()
}
