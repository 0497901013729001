import AudioFrontEnd
import SeededRandom
import Testing
import Training

/// The part of a stream before its first utterance.
@Suite struct StreamStartTests {
  private static let texts = ["ALPHA BRAVO CHARLIE DELTA", "ECHO FOXTROT", "GOLF HOTEL INDIA"]

  private func run(_ change: (inout TrainingRecipe) -> Void) throws -> TinyRun {
    var run = try TinyRun(Self.texts, seconds: 1)
    run.recipe.augmentation = .none
    run.recipe.augmentedShare = 1
    run.recipe.phraseCropShare = 0
    change(&run.recipe)
    return run
  }

  private func build(_ run: TinyRun, _ indices: [Int], seed: UInt64) -> (batch: TrainingBatch, placements: [Placement])
  {
    var generator = SplitMix64(seed: seed)
    let builder = BatchBuilder(set: run.set, recipe: run.recipe)
    return builder.build(indices, table: AlignmentTable(count: run.set.items.count), using: &generator)
  }

  @Test("The front end processes the whole floor, the encoder its end, and the placement gives the position")
  func floor() throws {
    let run = try run {
      $0.augmentation.floorShare = 1
      $0.augmentation.silentFloorShare = 1
      $0.augmentation.floorSeconds = 4...20
    }
    let recording = run.set.corpus.samples(of: run.set.items[0].utterance)
    for seed in 1...20 as ClosedRange<UInt64> {
      let (batch, placements) = build(run, [0], seed: seed)
      let leading = placements[0].leadingSamples
      #expect((0...24_160).contains(leading), "seed \(seed)")
      #expect(batch.features.rows == (leading + recording.count - 400) / 160 + 1, "seed \(seed)")
      // Digital silence of a whole number of frames gives the same features as a stream built by hand. SpecAugment may
      // mask
      // some, but most must be equal.
      var extractor = FeatureExtractor(initialMeans: run.set.corpus.initialMeans)
      var frames: [[Float]] = []
      let silence = [Int16](repeating: 0, count: 64_000 + leading % 160)
      (silence + recording).withUnsafeBufferPointer {
        extractor.process($0) { frame in frames.append((0..<40).map { Float(frame[$0]) / 16 }) }
      }
      let hand = frames.suffix(90)
      var equal = 0
      for (row, frame) in zip(batch.features.rows - 90..<batch.features.rows, hand) {
        for band in 0..<40 where abs(batch.features.row(row)[band] - frame[band]) < 0.01 { equal += 1 }
      }
      #expect(equal > 90 * 40 / 3, "seed \(seed): \(equal) of 3600 features are those of the stream by hand")
    }
  }

  @Test("A floor lies under all utterances of its stream")
  func joined() throws {
    let run = try run {
      $0.joinedShare = 1
      $0.augmentation.floorShare = 1
      $0.augmentation.silentFloorShare = 0
      $0.augmentation.floorDecibels = -20 ... -20
      $0.augmentation.floorSeconds = 1...2
      // Recordings soft enough to be masked by the floor.
      $0.augmentation.gainDecibels = -80 ... -80
    }
    let (batch, _) = build(run, [0, 1, 2], seed: 3)
    #expect(batch.streamBounds?.count == 1)
    // The floor has a constant level, so no frame is far from the level that the front end follows.
    for row in stride(from: 100, to: batch.features.rows, by: 7) {
      #expect(batch.features.row(row)[20] > -5, "frame \(row)")
    }
  }

  @Test("A stream starts at the level and color left by another one, only if configured")
  func heardBefore() throws {
    let plain = try run { _ in }
    let other = try run { $0.augmentation.heardBeforeShare = 1 }
    let expected = build(plain, [0], seed: 5).batch.features
    var offsets = Set<Float>()
    for seed in 1...10 as ClosedRange<UInt64> {
      let features = build(other, [0], seed: seed).batch.features
      #expect(features.rows == expected.rows)
      offsets.insert(features.row(0)[20] - expected.row(0)[20])
    }
    #expect(offsets.count > 5, "\(offsets)")
  }

  @Test("Frames outside a recording are blank if its phones are labeled, and have no target otherwise")
  func blanks() throws {
    let run = try run {
      $0.augmentation.paddingShare = 1
      $0.augmentation.longestPaddingSeconds = 1
    }
    #expect(build(run, [0], seed: 1).batch.frameTargets[0].isEmpty)
    let phones = (0..<4).map { LabeledPhone(start: 4_000 * $0, end: 4_000 * ($0 + 1), phoneme: UInt8($0)) }
    let aligned = try TinyRun(["AB CD"], seconds: 1, phones: [phones])
    for seed in 1...10 as ClosedRange<UInt64> {
      var generator = SplitMix64(seed: seed)
      let builder = BatchBuilder(set: aligned.set, recipe: run.recipe)
      let (batch, placements) = builder.build([0], table: AlignmentTable(count: 1), using: &generator)
      for (frame, target) in batch.frameTargets[0].enumerated() {
        let sample = 640 * frame + 200 - placements[0].leadingSamples
        let wanted = sample < 0 || sample >= 16_000 ? 39 : Int16(sample / 4_000)
        #expect(target == wanted, "seed \(seed), frame \(frame)")
      }
    }
  }

  /// Without augmentation the features are those of the recording. Gain and noise change them.
  @Test("With a ramp, the first steps hear clean speech, and later ones are augmented more often")
  func ramp() throws {
    let run = try run {
      $0.augmentation.noiseShare = 1
      $0.augmentedShare = 0.8
      $0.augmentationRamp = 0.5
    }
    let builder = BatchBuilder(set: run.set, recipe: run.recipe)
    let clean = build(try self.run { $0.augmentedShare = 0 }, [0], seed: 1).batch.features.values
    func augmentedCount(_ progress: Double) -> Int {
      (1...100 as ClosedRange<UInt64>).count { seed in
        var generator = SplitMix64(seed: seed)
        let table = AlignmentTable(count: run.set.items.count)
        return builder.build([0], table: table, progress: progress, using: &generator).batch.features.values != clean
      }
    }
    #expect(augmentedCount(0) == 0)
    #expect((25...55).contains(augmentedCount(0.25)))
    #expect((68...92).contains(augmentedCount(0.5)))
    #expect(augmentedCount(0.5) == augmentedCount(1))
  }
}
