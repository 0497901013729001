import AudioCapture
import Glibc
import SeededRandom
import Testing

@Suite("The level of a microphone")
struct AudioLevelTests {
  private static let second = 16_000
  private static let seed: UInt64 = 77

  /// Seeded noise of whole numbers from −amplitude to amplitude, each equally often: its variance is a(a + 1)/3.
  private func noise(_ amplitude: Int, seconds: Double = 1, offset: Int = 0, seed: UInt64 = seed) -> [Int16] {
    var draws = SplitMix64(seed: seed)
    return (0..<Int(seconds * Double(Self.second))).map { _ in
      Int16(Int(draws.next() % UInt64(2 * amplitude + 1)) - amplitude + offset)
    }
  }

  private func add(_ samples: [Int16], to level: inout AudioLevel, chunk: Int = 1_600) {
    samples.withUnsafeBufferPointer { samples in
      for start in stride(from: 0, to: samples.count, by: chunk) {
        level.add(UnsafeBufferPointer(rebasing: samples[start..<min(samples.count, start + chunk)]))
      }
    }
  }

  private func level(_ samples: [Int16]) -> AudioLevel {
    var level = AudioLevel()
    add(samples, to: &level)
    return level
  }

  @Test("a full-scale sine has a peak of 0 dBFS and an RMS 3 dB lower, with or without an offset")
  func sine() {
    let sine = (0..<Self.second).map { Int16((32_767 * sin(2 * Double.pi * 440 * Double($0) / 16_000)).rounded()) }
    let full = level(sine)
    #expect(abs(full.peakDecibels) < 0.001)
    #expect(abs(full.rootMeanSquareDecibels + 3.0103) < 0.001)
    let half = level(sine.map { $0 / 2 + 5_000 })
    #expect(abs(half.rootMeanSquareDecibels + 9.031) < 0.001, "\(half.rootMeanSquareDecibels)")
    #expect(AudioLevel().peakDecibels == -.infinity && AudioLevel().rootMeanSquareDecibels == -.infinity)
    let loudest = level((0..<Self.second).map { $0 & 1 == 0 ? .min : .max })
    #expect(loudest.peak == 32_768)
    #expect(abs(loudest.rootMeanSquareDecibels) < 0.001)
  }

  @Test("levels match the floating-point definition", arguments: [1, 2, 10, 333, 32_767])
  func seededNoise(amplitude: Int) {
    let samples = noise(amplitude, offset: amplitude < 1_000 ? -77 : 0)
    let values = samples.map { Double($0) / 32_768 }
    let mean = values.reduce(0, +) / Double(values.count)
    let power = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
    let level = level(samples)
    #expect(abs(level.rootMeanSquareDecibels - 10 * log10(power)) < 0.001, "seed \(Self.seed)")
    #expect(abs(level.peakDecibels - 20 * log10(values.map { abs($0) }.max()!)) < 0.001, "seed \(Self.seed)")
  }

  @Test("decibels are within 1e-4 dB of the logarithm", arguments: [1e-10, 1e-7, 0.1, 0.5, 0.999_999, 1, 2, 1.7e9])
  func decibels(power: Double) {
    #expect(abs(AudioLevel.decibels(power) - 10 * log10(power)) < 1e-4)
  }

  @Test("the chunk size does not affect levels and states", arguments: [1, 7, 160, 4_096, 100_000])
  func chunks(chunk: Int) {
    let samples =
      noise(17, seconds: 31.3) + Array(repeating: 3, count: 50_000) + noise(32_767, seconds: 2)
      + Array(repeating: 32_767, count: 17) + noise(900, seconds: 1)
    var whole = AudioLevel()
    var parts = AudioLevel()
    for start in stride(from: 0, to: samples.count, by: 100_000) {
      let stretch = Array(samples[start..<min(samples.count, start + 100_000)])
      add(stretch, to: &whole, chunk: 100_000)
      add(stretch, to: &parts, chunk: chunk)
      #expect(whole.peak == parts.peak)
      #expect(whole.rootMeanSquareDecibels == parts.rootMeanSquareDecibels)
      #expect(
        [whole.isDead, whole.isClipping, whole.isQuiet] == [parts.isDead, parts.isClipping, parts.isQuiet])
    }
    #expect(whole.isClipping && !whole.isDead && !whole.isQuiet)
  }

  @Test("sixteen samples per second in flat tops of three or more are clipping; fewer or shorter ones are not")
  func clippingBegins() {
    let voice = noise(20_000)
    func clipped(_ runs: [(length: Int, value: Int16)]) -> Bool {
      var samples = voice
      for (index, run) in runs.enumerated() {
        for place in 0..<run.length { samples[100 * index + place] = run.value }
      }
      return level(samples).isClipping
    }
    #expect(!clipped([(15, 32_767)]))
    #expect(clipped([(16, 32_767)]))
    #expect(clipped([(16, -32_768)]))
    #expect(clipped([(16, -32_767)]))
    #expect(!clipped([(16, 32_766)]))
    #expect(!clipped(Array(repeating: (2, 32_767), count: 150)))
    #expect(!clipped(Array(repeating: (3, 32_767), count: 5)))
    #expect(clipped(Array(repeating: (3, -32_768), count: 6)))
    #expect(!level(noise(32_766)).isClipping, "seed \(Self.seed)")
  }

  @Test("clipping ends after ten seconds without clipped samples")
  func clippingEnds() {
    var state = level(Array(repeating: 32_767, count: 16) + noise(3_000, seconds: 1).dropLast(16))
    #expect(state.isClipping)
    add(noise(3_000, seconds: 9), to: &state)
    #expect(state.isClipping)
    add(noise(3_000), to: &state)
    #expect(!state.isClipping)
  }

  @Test(
    "a microphone is dead after three seconds of one value, not one sample less", arguments: [0, -5, 32_767] as [Int16])
  func deadBegins(value: Int16) {
    // Noise before, so that the seconds of the definition are cut across.
    let before = noise(10_000, seconds: 1.3).dropLast() + [value == 7 ? 8 : 7]
    var state = level(before + Array(repeating: value, count: 47_999))
    #expect(!state.isDead)
    var other = state
    add([value], to: &state)
    #expect(state.isDead && state.lastSample == value)
    add([value == 0 ? 1 : 0], to: &other)
    add(Array(repeating: value, count: 47_999), to: &other)
    #expect(!other.isDead)
    #expect(level(Array(repeating: value, count: 48_000)).isDead)
  }

  @Test("a dead microphone is neither quiet nor clipping, and recovers after a second with sound")
  func deadEnds() {
    for value in [0, 32_767] as [Int16] {
      var state = level(Array(repeating: value, count: 40 * Self.second))
      #expect(state.isDead && !state.isQuiet && !state.isClipping)
      add(noise(100, seconds: 0.9), to: &state)
      #expect(state.isDead)
      add(noise(100, seconds: 0.1), to: &state)
      #expect(!state.isDead)
    }
  }

  @Test("the silence that replaces lost audio does not mean a dead microphone")
  func filledSilence() {
    var state = level(noise(300, seconds: 1.5))
    add(Array(repeating: 0, count: Int(CaptureThread.longestFillSamples)), to: &state)
    #expect(!state.isDead)
    add(noise(300, seconds: 1), to: &state)
    #expect(!state.isDead)
  }

  @Test("thirty seconds under −70 dBFS are quiet despite an offset, and stay so below −64 dBFS")
  func quiet() {
    // 17 · 18 / 3 = 102 is −70.2 dBFS, 18 · 19 / 3 = 114 is −69.7.
    for offset in [0, 500] {
      var state = level(noise(17, seconds: 29, offset: offset))
      #expect(!state.isQuiet)
      add(noise(17, offset: offset), to: &state)
      #expect(state.isQuiet, "seed \(Self.seed)")
      // 35 · 36 / 3 = 420 is −64.1 dBFS, 36 · 37 / 3 = 444 is −63.8.
      add(noise(35, seconds: 3, offset: offset), to: &state)
      #expect(state.isQuiet, "seed \(Self.seed)")
      add(noise(36, offset: offset), to: &state)
      #expect(!state.isQuiet, "seed \(Self.seed)")
    }
    #expect(!level(noise(18, seconds: 60)).isQuiet, "seed \(Self.seed)")
    #expect(!level(noise(17, seconds: 29) + noise(18) + noise(17, seconds: 29)).isQuiet, "seed \(Self.seed)")
  }
}
