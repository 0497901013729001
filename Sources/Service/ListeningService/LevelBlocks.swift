import AudioCapture

/// Measures the level of each 0.1 s, for a live meter. One thread; no allocation.
struct LevelBlocks {
  /// 0.1 s at 16 kHz.
  static let blockSamples = 1_600

  private var sampleCount = 0
  private var peak: Int32 = 0
  private var sum: Int64 = 0
  private var squareSum: Int64 = 0

  /// Adds the next samples. Returns the level of the last block that they complete; nil if they complete none.
  mutating func add(_ samples: UnsafeBufferPointer<Int16>, isClipping: Bool) -> SoundLevel? {
    var level: SoundLevel?
    for sample in samples {
      let value = Int64(sample)
      sum += value
      squareSum += value * value
      peak = max(peak, Int32(sample.magnitude))
      sampleCount += 1
      guard sampleCount == Self.blockSamples else { continue }
      let count = Double(Self.blockSamples)
      let mean = Double(sum) / count
      level = SoundLevel(
        peakDecibels: AudioLevel.decibels(Double(peak) * Double(peak) / 0x1p30),
        rootMeanSquareDecibels: AudioLevel.decibels((Double(squareSum) / count - mean * mean) / 0x1p30),
        isClipping: isClipping)
      (sampleCount, peak, sum, squareSum) = (0, 0, 0, 0)
    }
    return level
  }
}
