import SeededRandom
import Testing
import Training

@Suite struct CorpusSpecAugmentTests {
  func masked(_ frameCount: Int, _ mask: SpecAugment, seed: UInt64) -> [Float] {
    var features = (0..<frameCount * 40).map { Float($0 + 1) }
    var generator = SplitMix64(seed: seed)
    features.withUnsafeMutableBufferPointer { mask.apply(to: $0, using: &generator) }
    return features
  }

  @Test("Features are unchanged or zero, and repeatable for a seed")
  func values() {
    for seed in 1...20 as ClosedRange<UInt64> {
      let features = masked(300, SpecAugment(), seed: seed)
      #expect(features.indices.allSatisfy { features[$0] == 0 || features[$0] == Float($0 + 1) })
      #expect(features == masked(300, SpecAugment(), seed: seed))
    }
  }

  @Test("Frequency masks are whole bands, at most the configured number")
  func frequency() {
    var mask = SpecAugment()
    mask.timeMasksPerSecond = 0
    var widths: [Int] = []
    for seed in 1...200 as ClosedRange<UInt64> {
      let features = masked(50, mask, seed: seed)
      let bands = (0..<40).filter { features[$0] == 0 }
      let alike = (0..<50).allSatisfy { frame in
        (0..<40).filter { features[frame * 40 + $0] == 0 } == bands
      }
      #expect(alike, "seed \(seed)")
      widths.append(bands.count)
    }
    #expect(widths.max()! <= 12)
    // Two masks of 3 bands on average, overlaps aside.
    #expect(abs(Double(widths.reduce(0, +)) / 200 - 5.7) < 0.7)
  }

  @Test("Time masks are whole frames, as many per second in short clips as in long ones", arguments: [30, 500])
  func time(frameCount: Int) {
    var mask = SpecAugment()
    mask.frequencyMaskCount = 0
    mask.timeMasksPerSecond = 1
    var hidden = 0
    var partial = 0
    let draws: UInt64 = 600
    for seed in 1...draws {
      let features = masked(frameCount, mask, seed: seed)
      for frame in 0..<frameCount {
        let zeros = (0..<40).filter { features[frame * 40 + $0] == 0 }.count
        if zeros != 0 && zeros != 40 { partial += 1 }
        hidden += zeros / 40
      }
    }
    #expect(partial == 0)
    // One mask of 6 frames a second on average, overlaps aside.
    let share = Double(hidden) / Double(draws) / Double(frameCount)
    #expect((0.048...0.070).contains(share), "\(share)")
  }

  @Test("Clips of 0 and 1 frames pass through")
  func short() {
    for seed in 1...50 as ClosedRange<UInt64> {
      #expect(masked(0, SpecAugment(), seed: seed).isEmpty)
      #expect(masked(1, SpecAugment(), seed: seed).count == 40)
    }
  }
}
