import AudioFrontEnd
import CAllocationCounter
import CoreMemory
import KeywordSpotting
import ModelFormat
import SeededRandom
import Testing
import UntrainedModels

/// The spotter in its caller's memory, with the bytes of a phrase file.
@Suite struct StreamingSpotterTests {
  private static var configuration: SpotterConfiguration {
    var configuration = SpotterConfiguration()
    configuration.candidateFloor = -9
    configuration.historyFrames = 40
    return configuration
  }

  private static func enrollments(_ model: AcousticModel, seed: UInt64) -> [Enrollment] {
    var generator = SplitMix64(seed: seed)
    return (0..<6).map {
      TestModel.enrollment(dimension: model.embeddingDimension, phonemeCount: 1 + $0 % 4, threshold: 0.4, &generator)
    }
  }

  /// Runs a spotter in exactly the memory that it requires, between bytes that must not change.
  private static func report(
    _ model: AcousticModel, _ phrases: StoredPhrases, _ samples: [Int16], allocations: inout Int?
  ) -> Report {
    let needed = StreamingSpotter.requiredByteCount(model: model, phrases: phrases, configuration: configuration)
    let guarded = UnsafeMutableRawBufferPointer.allocate(byteCount: needed + 128, alignment: 64)
    defer { guarded.deallocate() }
    for index in guarded.indices { guarded[index] = 0xA5 }
    var report = Report()
    report.candidates.reserveCapacity(10_000)
    report.detections.reserveCapacity(10_000)
    let before = cooee_test_allocation_count()
    var workspace = Workspace(over: UnsafeMutableRawBufferPointer(rebasing: guarded[64..<64 + needed]))
    var spotter = StreamingSpotter(
      model: model, phrases: phrases, configuration: configuration, kernelPath: .portable, in: &workspace)
    samples.withUnsafeBufferPointer { buffer in
      var start = 0
      while start < buffer.count {
        let end = min(start + 333, buffer.count)
        spotter.process(
          UnsafeBufferPointer(rebasing: buffer[start..<end]), onCandidate: { report.candidates.append($0) },
          onDetection: { report.detections.append($0) })
        start = end
      }
    }
    spotter.finish(onCandidate: { report.candidates.append($0) }, onDetection: { report.detections.append($0) })
    allocations = Int(cooee_test_allocation_count() - before)
    let used = workspace.usedBytes
    #expect(used == needed)
    #expect(guarded[..<64].allSatisfy { $0 == 0xA5 } && guarded[(64 + needed)...].allSatisfy { $0 == 0xA5 })
    return report
  }

  @Test("With its caller's memory and a file's bytes, it detects the same as KeywordSpotter", arguments: [51, 52])
  func sameReports(seed: UInt64) throws {
    let model = try TestModel.make(seed: seed)
    let enrollments = Self.enrollments(model, seed: seed)
    let samples = TestModel.samples(16_000 * 8, seed: seed)
    let host = KeywordSpotter(model: model, enrollments: enrollments, configuration: Self.configuration)
    var expected = Report()
    expected.listen(host, samples, chunk: 1000)
    expected.finish(host)
    #expect(expected.candidates.count > 50 && expected.detections.count > 3)
    try PhraseFileBytes(model, enrollments).withBytes { bytes in
      let phrases = try StoredPhrases(bytes, for: model)
      var allocations: Int?
      #expect(Self.report(model, phrases, samples, allocations: &allocations) == expected)
      if cooee_test_counts_allocations() { #expect(allocations == 0, "start and listening allocate nothing") }
    }
  }

  @Test(
    "Phrases exchanged in mid-stream are detected as if they had been enrolled from the start",
    arguments: [61, 62, 63])
  func exchangedPhrases(seed: UInt64) throws {
    let model = try TestModel.make(seed: seed)
    let samples = TestModel.samples(16_000 * 14, seed: seed)
    var configuration = SpotterConfiguration()
    configuration.candidateFloor = -9
    // Only the best eight candidates of the stream are detections, so each depends only on the last seconds.
    var later = Self.enrollments(model, seed: seed)
    var scores: [Float] = []
    let listener = KeywordSpotter(model: model, enrollments: later, configuration: configuration)
    samples.withUnsafeBufferPointer { listener.process($0, onCandidate: { scores.append($0.score) }) { _ in } }
    let threshold = scores.sorted()[scores.count - 8]
    for index in later.indices { later[index].threshold = threshold }
    // The earlier phrases never reach their threshold, because a detection would correctly suppress later ones.
    var earlier = Self.enrollments(model, seed: seed &+ 100)
    for index in earlier.indices { earlier[index].threshold = 1 }
    try PhraseFileBytes(model, earlier).withBytes { first in
      try PhraseFileBytes(model, later).withBytes { second in
        let before = try StoredPhrases(first, for: model)
        let after = try StoredPhrases(second, for: model)
        // Seven seconds exceed the spotter's history, and none of these is the end of a frame.
        var detectionCount = 0
        for exchangeSample in [7 * 16_000 + 1, 8 * 16_000 + 333, 9 * 16_000 + 17] {
          let expected = KeywordSpotter(model: model, enrollments: later, configuration: configuration)
          let memory = WorkspaceMemory(
            byteCount: StreamingSpotter.requiredByteCount(
              model: model, phrases: before, configuration: configuration))
          var workspace = memory.workspace()
          var spotter = StreamingSpotter(
            model: model, phrases: before, configuration: configuration, kernelPath: .portable, in: &workspace)
          let laterMemory = WorkspaceMemory(
            byteCount: PhraseDetector.requiredByteCount(model: model, phrases: after, configuration: configuration))
          var heard = Report()
          var all = Report()
          samples.withUnsafeBufferPointer { buffer in
            let head = UnsafeBufferPointer(rebasing: buffer[..<exchangeSample])
            let rest = UnsafeBufferPointer(rebasing: buffer[exchangeSample...])
            spotter.process(head) { _ in }
            expected.process(head) { _ in }
            var workspace = laterMemory.workspace()
            spotter.exchangePhrases(model: model, phrases: after, configuration: configuration, in: &workspace)
            spotter.process(rest, onCandidate: { heard.candidates.append($0) }) { heard.detections.append($0) }
            expected.process(rest, onCandidate: { all.candidates.append($0) }) { all.detections.append($0) }
          }
          spotter.finish(onCandidate: { heard.candidates.append($0) }) { heard.detections.append($0) }
          expected.finish(onCandidate: { all.candidates.append($0) }) { all.detections.append($0) }
          #expect(all.candidates.count > 20, "seed \(seed)")
          #expect(heard == all, "seed \(seed), exchanged at \(exchangeSample)")
          detectionCount += all.detections.count
        }
        #expect(detectionCount > 2, "seed \(seed)")
      }
    }
  }

  @Test(
    "A phrase that waits for a longer one is reported once if the longer one is removed",
    arguments: [64, 65])
  func exchangedWhileWaiting(seed: UInt64) throws {
    let model = try TestModel.make(seed: seed)
    let samples = TestModel.samples(16_000 * 5, seed: seed)
    var configuration = SpotterConfiguration()
    configuration.candidateFloor = -9
    var generator = SplitMix64(seed: seed)
    func enrollment(_ phonemes: [UInt8], threshold: Float) -> Enrollment {
      let variant = TestModel.variant(phonemes: phonemes, dimension: model.embeddingDimension, &generator)
      return Enrollment(text: "made up", variants: [variant], threshold: threshold)
    }
    let part = enrollment([1, 2], threshold: 0)
    // It never reaches its threshold, so it only delays the other one.
    let whole = enrollment([1, 2, 3, 4, 5, 6], threshold: 1)
    try PhraseFileBytes(model, [part, whole]).withBytes { first in
      try PhraseFileBytes(model, [part]).withBytes { second in
        let before = try StoredPhrases(first, for: model)
        let after = try StoredPhrases(second, for: model)
        func events(exchangingAt exchangeSample: Int?) -> [Detection] {
          let memory = WorkspaceMemory(
            byteCount: StreamingSpotter.requiredByteCount(
              model: model, phrases: before, configuration: configuration))
          let laterMemory = WorkspaceMemory(
            byteCount: PhraseDetector.requiredByteCount(model: model, phrases: after, configuration: configuration))
          var workspace = memory.workspace()
          var laterWorkspace = laterMemory.workspace()
          var spotter = StreamingSpotter(
            model: model, phrases: before, configuration: configuration, kernelPath: .portable, in: &workspace)
          var events: [Detection] = []
          samples.withUnsafeBufferPointer { buffer in
            let middle = exchangeSample ?? buffer.count
            spotter.process(UnsafeBufferPointer(rebasing: buffer[..<middle])) { events.append($0) }
            guard exchangeSample != nil else { return }
            spotter.exchangePhrases(
              model: model, phrases: after, configuration: configuration, in: &laterWorkspace)
            spotter.process(UnsafeBufferPointer(rebasing: buffer[middle...])) { events.append($0) }
          }
          spotter.finish { events.append($0) }
          return events
        }
        let first = try #require(events(exchangingAt: nil).first)
        // At every frame around the time of the decision.
        for frame in 0..<40 {
          let exchangeSample = Int(first.endSample) + 640 * frame
          let found = events(exchangingAt: exchangeSample).filter { $0.startSample == first.startSample }
          #expect(found == [first], "seed \(seed), frame \(frame)")
        }
      }
    }
  }

  @Test("The variants of a phrase file can be iterated repeatedly")
  func storedPhrases() throws {
    let model = try TestModel.make(seed: 53)
    let enrollments = Self.enrollments(model, seed: 53)
    try PhraseFileBytes(model, enrollments).withBytes { bytes in
      let phrases = try StoredPhrases(bytes, for: model)
      #expect(phrases.phraseCount == 6)
      #expect(phrases.variantCount == enrollments.reduce(0) { $0 + $1.variants.count })
      for _ in 0..<2 {
        var read = enrollments.map { _ in [PhraseVariantView]() }
        for variant in phrases { read[variant.phraseIndex].append(variant) }
        for (enrollment, variants) in zip(enrollments, read) {
          #expect(variants.map(\.variantIndex) == Array(enrollment.variants.indices))
          #expect(variants.map { Array($0.phonemes) } == enrollment.variants.map(\.phonemes))
          #expect(variants.map { Array($0.phonemeEmbeddings) } == enrollment.variants.map(\.phonemeEmbeddings))
          #expect(variants.map { Array($0.utteranceEmbedding) } == enrollment.variants.map(\.utteranceEmbedding))
          #expect(variants.allSatisfy { $0.threshold == enrollment.threshold })
        }
      }
      #expect(String(decoding: phrases.text(phraseIndex: 5), as: UTF8.self) == "phrase 5")
    }
  }

  @Test(
    "Opening a model and a phrase file allocates nothing",
    .enabled(
      if: KeywordSpotterTests.countsAllocations, "allocations are counted with glibc and without sanitizers"))
  func opening() throws {
    let contents = AcousticModelContents.untrained(seed: 56, featureContract: FeatureContract.hash)
    let file = try contents.encoded()
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: file.count, alignment: 64)
    defer { memory.deallocate() }
    memory.copyBytes(from: file)
    let bytes = UnsafeRawBufferPointer(memory)
    let model = try AcousticModel(bytes, expectedFeatureContract: FeatureContract.hash)
    try PhraseFileBytes(model, Self.enrollments(model, seed: 56)).withBytes { phraseBytes in
      let before = cooee_test_allocation_count()
      let opened = try AcousticModel(bytes, expectedFeatureContract: FeatureContract.hash)
      let phrases = try StoredPhrases(phraseBytes, for: opened)
      var phonemeCount = 0
      for variant in phrases { phonemeCount += variant.phonemes.count }
      var layerOutputs = 0
      for layer in opened.layers { layerOutputs += layer.shape.outputChannels }
      let allocations = cooee_test_allocation_count() - before
      #expect(allocations == 0)
      #expect(phonemeCount > 6 && layerOutputs == contents.layers.reduce(0) { $0 + $1.shape.outputChannels })
    }
  }

  @Test("Phrases of another model and bytes at an odd address are rejected with the reason")
  func refusals() throws {
    let model = try TestModel.make(seed: 54)
    let other = try TestModel.make(seed: 55)
    let file = PhraseFileBytes(model, Self.enrollments(model, seed: 54))
    file.withBytes { bytes in
      #expect(throws: PhraseFileError.otherModel(file: model.contentHash, model: other.contentHash)) {
        try StoredPhrases(bytes, for: other)
      }
    }
    file.withBytes(shift: 2) { bytes in
      #expect(throws: PhraseFileError.misaligned(alignment: 4)) { try StoredPhrases(bytes) }
    }
  }

  @Test("A queue returns detections in order and drops the oldest if it is full")
  func queue() {
    var measuring = Workspace.measuring()
    _ = DetectionQueue(capacity: 3, in: &measuring)
    let memory = WorkspaceMemory(byteCount: measuring.usedBytes)
    var workspace = memory.workspace()
    var queue = DetectionQueue(capacity: 3, in: &workspace)
    func detection(_ index: Int) -> Detection {
      Detection(phraseIndex: index, startSample: Int64(index), endSample: Int64(index) + 1, score: 0.5)
    }
    var taken: [Detection?] = [queue.next()]
    for index in 0..<5 { queue.append(detection(index)) }
    let (count, dropped) = (queue.count, queue.droppedCount)
    #expect(count == 3 && dropped == 2)
    taken.append(queue.next())
    queue.append(detection(5))
    for _ in 0..<4 { taken.append(queue.next()) }
    #expect(taken == [nil, detection(2), detection(3), detection(4), detection(5), nil])
    let droppedAtEnd = queue.droppedCount
    #expect(droppedAtEnd == 2)
  }
}

/// A phrase file written field by field, as its page specifies.
private struct PhraseFileBytes {
  private let bytes: [UInt8]

  init(_ model: AcousticModel, _ enrollments: [Enrollment]) {
    var section: [UInt8] = []
    section.appendLittleEndian(model.contentHash)
    section.appendLittleEndian(UInt32(model.embeddingDimension))
    section.appendLittleEndian(UInt32(enrollments.count))
    for (index, enrollment) in enrollments.enumerated() {
      let text = Array("phrase \(index)".utf8)
      section.appendLittleEndian(UInt32(text.count))
      section += text
      section.padWithZeros(toMultipleOf: 4)
      section.appendLittleEndian(enrollment.threshold)
      section.appendLittleEndian(0 as UInt32)
      section.appendLittleEndian(UInt32(enrollment.variants.count))
      for variant in enrollment.variants {
        section.appendLittleEndian(UInt32(variant.phonemes.count))
        section += variant.phonemes
        section += variant.wordInitial.map { $0 ? 1 : 0 }
        section.padWithZeros(toMultipleOf: 4)
        section.appendLittleEndian(variant.phonemeEmbeddings)
        section.appendLittleEndian(variant.utteranceEmbedding)
      }
    }
    var writer = ContainerWriter(kind: .phrases)
    writer.append("PHRS", section)
    bytes = writer.finish()
  }

  func withBytes(shift: Int = 0, _ body: (UnsafeRawBufferPointer) throws -> Void) rethrows {
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count + shift, alignment: 64)
    defer { memory.deallocate() }
    let file = UnsafeMutableRawBufferPointer(rebasing: memory[shift...])
    file.copyBytes(from: bytes)
    try body(UnsafeRawBufferPointer(file))
  }
}
