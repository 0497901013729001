import KeywordSpotting
import ModelFormat
import SeededRandom
import Testing

@Suite struct PhraseMatcherTests {
  /// g of every class, frame by frame.
  private static func ratios(_ logPosteriors: [Float]) -> [[Float]] {
    stride(from: 0, to: logPosteriors.count, by: 40).map { start in
      let row = logPosteriors[start..<start + 40]
      return row.map { $0 - row.max()! }
    }
  }

  /// Posteriors in which only the given classes matter, with many equal scores.
  private static func posteriors(_ frameCount: Int, of classes: [UInt8], seed: UInt64) -> [Float] {
    var generator = SplitMix64(seed: seed)
    var values = [Float](repeating: -30, count: frameCount * 40)
    for frame in 0..<frameCount {
      for label in classes + [39] { values[frame * 40 + Int(label)] = -Float(generator.integer(in: 0...6)) / 2 }
    }
    return values
  }

  private static func unbounded() -> SpotterConfiguration {
    var configuration = SpotterConfiguration()
    configuration.longestPauseFrames = .max
    return configuration
  }

  @Test(
    "At every frame, the path is the best of all paths",
    arguments: [[4], [4, 7], [4, 4], [4, 7, 4], [4, 4, 7], [7, 7, 7]] as [[UInt8]])
  func bestOfAllPaths(phonemes: [UInt8]) throws {
    for seed in 0..<12 as Range<UInt64> {
      let frameCount = 7
      let posteriors = Self.posteriors(frameCount, of: Array(Set(phonemes)).sorted(), seed: seed)
      let ratios = Self.ratios(posteriors)
      // Other variants must not change it.
      var matcher = PhraseMatcher([[1, 2, 3], phonemes, [9]], configuration: Self.unbounded())
      for frame in 0..<frameCount {
        posteriors.withUnsafeBufferPointer { matcher.step($0.baseAddress! + 40 * frame) }
        let all = (0...frame).flatMap { PathOracle.paths(phonemes, ratios: ratios, start: $0, end: frame) }
        let current = matcher.currentPath(variantIndex: 1)
        guard let best = all.map(\.score).max() else {
          #expect(current == nil, "seed \(seed), frame \(frame)")
          continue
        }
        let path = try #require(current, "seed \(seed), frame \(frame)")
        #expect(abs(path.score * Float(phonemes.count) - best) < 1e-4, "seed \(seed), frame \(frame)")
        #expect(path.endFrame == frame)
        // Several paths may be equally good. The other values must be those of one of them.
        let witness = all.contains {
          abs($0.score - best) < 1e-4 && $0.startFrame == path.startFrame
            && abs($0.minimumRatio - path.minimumRatio) < 1e-4
        }
        #expect(witness, "seed \(seed), frame \(frame): \(path)")
      }
    }
  }

  @Test("Many variants at once give the same states as each alone")
  func equalsAligner() throws {
    let seed: UInt64 = 77
    var generator = SplitMix64(seed: seed)
    // Lengths around a vector of eight positions, including the entry, and long ones.
    let variants = [1, 2, 6, 7, 8, 9, 15, 16, 17, 40].map { TestModel.phonemes($0, &generator) } + [[5, 5, 5], [5]]
    let frameCount = 200
    let posteriors = TestModel.logPosteriors(frameCount, seed: seed)
    let ratios = Self.ratios(posteriors).flatMap { $0 }
    var configuration = SpotterConfiguration()
    configuration.longestPauseFrames = 6
    var matcher = PhraseMatcher(variants, configuration: configuration)
    var best = [PhraseMatcher.Peak?](repeating: nil, count: variants.count)
    for frame in 0..<frameCount {
      posteriors.withUnsafeBufferPointer { matcher.step($0.baseAddress! + 40 * frame) }
      for index in variants.indices {
        if let path = matcher.currentPath(variantIndex: index), path.score > best[index]?.score ?? -.infinity {
          best[index] = path
        }
      }
    }
    for (index, phonemes) in variants.enumerated() {
      var aligner = PathAligner()
      var expected = aligner.bestPath(phonemes, ratios: ratios, frameCount: frameCount, longestPauseFrames: 6)
      expected?.variantIndex = index
      #expect(best[index] == expected, "seed \(seed), variant \(index)")
    }
  }

  /// Log posteriors in which class `labels[t]` is certain at frame t, and every other class is `other` nepers lower.
  private static func certain(_ labels: [Int], other: Float = -8) -> [Float] {
    labels.flatMap { label in (0..<40).map { $0 == label ? 0 : other } }
  }

  private static func closedPeaks(
    _ phonemes: [UInt8], _ labels: [Int], _ configuration: SpotterConfiguration = SpotterConfiguration()
  ) -> [(frame: Int, peak: PhraseMatcher.Peak)] {
    let posteriors = certain(labels)
    var matcher = PhraseMatcher([phonemes], configuration: configuration)
    var closed: [(Int, PhraseMatcher.Peak)] = []
    for frame in labels.indices {
      posteriors.withUnsafeBufferPointer { matcher.step($0.baseAddress! + 40 * frame) }
      for peak in matcher.closedPeaks { closed.append((frame, peak)) }
    }
    return closed
  }

  @Test("A peak closes once, four frames after its maximum")
  func closing() {
    let labels = [39, 39, 3, 3, 39, 8, 39, 39, 39, 39, 39, 39, 39, 39]
    let closed = Self.closedPeaks([3, 8], labels)
    #expect(closed.count == 1)
    #expect(closed.first?.frame == 9)
    #expect(
      closed.first?.peak
        == PhraseMatcher.Peak(variantIndex: 0, score: 0, minimumRatio: 0, startFrame: 2, endFrame: 5))
  }

  @Test("Two utterances give two peaks, and other speech between them none")
  func twoUtterances() {
    let word = [3, 3, 39, 8]
    let between = [39, 39, 12, 12, 39, 20, 39, 39, 39]
    let closed = Self.closedPeaks([3, 8], between + word + between + word + between)
    #expect(closed.map(\.peak.startFrame) == [9, 22])
    #expect(closed.map(\.peak.endFrame) == [12, 25])
  }

  @Test("The tail of a peak is not another peak, but a better path across it is")
  func echo() {
    // The last phoneme is uncertain at first and certain six frames later, when the first peak is closed.
    var posteriors = Self.certain([39, 3, 3, 8, 39, 39, 39, 39, 39, 39, 8, 39, 39, 39, 39, 39])
    posteriors[3 * 40 + 8] = -3
    posteriors[3 * 40 + 39] = 0
    var matcher = PhraseMatcher([[3, 8]])
    var closed: [PhraseMatcher.Peak] = []
    for frame in 0..<16 {
      posteriors.withUnsafeBufferPointer { matcher.step($0.baseAddress! + 40 * frame) }
      closed += Array(matcher.closedPeaks)
    }
    #expect(closed.map(\.endFrame) == [3, 10])
    #expect(closed.map(\.score) == [-1.5, 0])
    #expect(closed.map(\.startFrame) == [1, 1])
  }

  @Test("A phrase does not continue after more than the longest pause")
  func pause() {
    var configuration = SpotterConfiguration()
    configuration.longestPauseFrames = 5
    configuration.candidateFloor = -3
    let tail = [8] + [Int](repeating: 39, count: 6)
    let inTime = Self.closedPeaks([3, 8], [3] + [Int](repeating: 39, count: 5) + tail, configuration)
    #expect(inTime.map(\.peak.score) == [0])
    let late = Self.closedPeaks([3, 8], [3] + [Int](repeating: 39, count: 6) + tail, configuration)
    #expect(late.allSatisfy { $0.peak.score < -2 })
  }

  @Test("Open peaks close at the end, and overlap is determined by frames")
  func endOfStream() {
    let posteriors = Self.certain([3, 8])
    var matcher = PhraseMatcher([[3, 8]])
    for frame in 0..<2 { posteriors.withUnsafeBufferPointer { matcher.step($0.baseAddress! + 40 * frame) } }
    #expect(matcher.closedPeaks.isEmpty)
    let overlapping = matcher.hasOpenPeak(startFrame: 1, endFrame: 9, minimumScore: 0)
    let later = matcher.hasOpenPeak(startFrame: 2, endFrame: 9, minimumScore: 0)
    let better = matcher.hasOpenPeak(startFrame: 0, endFrame: 9, minimumScore: 0.1)
    #expect(overlapping && !later && !better)
    matcher.closeAll()
    #expect(matcher.closedPeaks.map(\.endFrame) == [1])
    matcher.closeAll()
    #expect(matcher.closedPeaks.isEmpty)
  }

  @Test("After a reset, the matcher finds the same as a new one")
  func reset() {
    var generator = SplitMix64(seed: 4)
    let variants = [3, 5, 9].map { TestModel.phonemes($0, &generator) }
    let before = TestModel.logPosteriors(40, seed: 5)
    let posteriors = TestModel.logPosteriors(80, seed: 6)
    func run(_ matcher: inout PhraseMatcher) -> [PhraseMatcher.Peak?] {
      (0..<80).map { frame in
        posteriors.withUnsafeBufferPointer { matcher.step($0.baseAddress! + 40 * frame) }
        return matcher.currentPath(variantIndex: frame % 3)
      }
    }
    var fresh = PhraseMatcher(variants)
    var used = PhraseMatcher(variants)
    for frame in 0..<40 { before.withUnsafeBufferPointer { used.step($0.baseAddress! + 40 * frame) } }
    used.reset()
    #expect(run(&used) == run(&fresh))
  }
}
