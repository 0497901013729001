import Recordings

/// Measures the level of a microphone second by second, and detects problems with it.
///
/// Full scale is 32,768, which is 0 dBFS. For one second of samples `xᵢ`, `n = 16,000`:
///
///     peak = 20 · log₁₀(max |xᵢ| / 32,768)
///     RMS  = 10 · log₁₀((n · Σxᵢ² − (Σxᵢ)²) / n² / 32,768²)
///
/// A full-scale sine has a peak of 0 dBFS and an RMS of −3.01 dBFS. A constant offset does not affect the RMS.
///
/// | state          | begins with                                     | ends with                                     |
/// |----------------|-------------------------------------------------|-----------------------------------------------|
/// | ``isDead``     | 3 s of equal samples                            | a second whose samples are not all equal      |
/// | ``isClipping`` | a second with 16 clipped samples, 1 in 1,000    | 10 seconds in a row with fewer                |
/// | ``isQuiet``    | 30 seconds in a row with an RMS under −70 dBFS  | a second with −64 dBFS or more                |
///
/// - Dead: an open analog input has noise of one or two steps. Three seconds without noise are due to a switch, a
///   driver or a broken wire. The period is longer than ``CaptureThread/longestFillSamples``, the silence that replaces
///   lost audio.
/// - Clipping: a sample counts as clipped if it and the two samples before it are all ±32,767 or beyond. One or two
///   such samples may be a peak that just fits. Sixteen samples are one millisecond: a single bump has fewer, and a
///   voice that is too loud has more in every vowel. Ten seconds cover the pauses of speech.
/// - Quiet: −70 dBFS is 10 steps of 32,768. A quiet room with a suitable microphone has −60 dBFS or more, and speech
///   from a few meters −50 to −30 dBFS. The thirty seconds and the difference of 6 dB prevent repeated reports in a
///   quiet night.
///
/// The sums are integers: `n · Σxᵢ² ≤ 2.8e17`. Real-time safe. One thread.
public struct AudioLevel: Sendable {
  /// Samples per second.
  public static let secondSamples = CaptureSettings.hertz
  static let deadSamples: Int64 = 48_000
  static let clippedSamplesOfASecond = 16
  static let secondsUntilClippingIsOver = 10
  static let secondsUntilQuiet = 30
  /// `10^(dB / 10) · 32,768² · n²` at −70 and −64 dBFS.
  static let quietEnergy: Int64 = 27_487_790_694
  static let audibleEnergy: Int64 = 109_430_865_781

  /// Whether all samples are equal.
  public private(set) var isDead = false
  /// Whether the samples are clipping; see the table above.
  public private(set) var isClipping = false
  /// Whether the microphone is too quiet; see the table above.
  public private(set) var isQuiet = false
  /// The last sample. While the microphone is dead, all samples have this value.
  public private(set) var lastSample: Int16 = 0
  /// The largest magnitude of the last whole second, 0…32,768.
  public private(set) var peak: Int32 = 0
  /// `n · Σxᵢ² − (Σxᵢ)²` of the last whole second.
  private var energy: Int64 = 0

  private var sampleCount = 0
  private var sum: Int64 = 0
  private var squareSum: Int64 = 0
  private var currentPeak: Int32 = 0
  /// The length of the current run of equal samples.
  private var equalCount: Int64 = 0
  private var clipping = ClippingDetector()
  private var clippedCount = 0
  private var secondsWithoutClipping = 0
  private var quietSeconds = 0

  /// Creates a meter that has processed no samples.
  public init() {}

  /// Processes the next samples, of any number.
  public mutating func add(_ samples: UnsafeBufferPointer<Int16>) {
    var index = 0
    while index < samples.count {
      let end = min(samples.count, index + Self.secondSamples - sampleCount)
      measure(UnsafeBufferPointer(rebasing: samples[index..<end]))
      index = end
      if equalCount >= Self.deadSamples { isDead = true }
      if sampleCount == Self.secondSamples { endSecond() }
    }
  }

  /// The peak of the last whole second in dBFS; −infinity for zeros and before the first second.
  public var peakDecibels: Double { Self.decibels(Double(peak) * Double(peak) / 0x1p30) }
  /// The RMS of the last whole second in dBFS, without offset; −infinity for zeros and before the first second.
  public var rootMeanSquareDecibels: Double {
    Self.decibels(Double(energy) / Double(Self.secondSamples * Self.secondSamples) / 0x1p30)
  }

  private mutating func measure(_ samples: UnsafeBufferPointer<Int16>) {
    for sample in samples {
      let value = Int64(sample)
      sum += value
      squareSum += value * value
      let magnitude = Int32(value.magnitude)
      currentPeak = max(currentPeak, magnitude)
      equalCount = sample == lastSample ? equalCount + 1 : 1
      lastSample = sample
      clippedCount += clipping.add(magnitude: magnitude)
    }
    sampleCount += samples.count
  }

  private mutating func endSecond() {
    peak = currentPeak
    energy = Int64(Self.secondSamples) * squareSum - sum * sum
    // A dead microphone is reported only as dead, even if its value is full scale.
    let isVaried = equalCount < Self.secondSamples
    if isVaried { isDead = false }
    if isVaried && clippedCount >= Self.clippedSamplesOfASecond {
      isClipping = true
      secondsWithoutClipping = 0
    } else {
      secondsWithoutClipping += 1
      if secondsWithoutClipping >= Self.secondsUntilClippingIsOver { isClipping = false }
    }
    quietSeconds = isVaried && energy < Self.quietEnergy ? quietSeconds + 1 : 0
    if quietSeconds >= Self.secondsUntilQuiet { isQuiet = true }
    if energy >= Self.audibleEnergy || isDead { isQuiet = false }
    (sampleCount, sum, squareSum, currentPeak, clippedCount) = (0, 0, 0, 0, 0)
  }

  /// `10 · log₁₀(power)`, within 1e-4 dB; −infinity for 0.
  public static func decibels(_ power: Double) -> Double {
    guard power > 0 else { return -.infinity }
    // Computes the base-2 logarithm bit by bit: squaring the significand doubles its logarithm; from 2 on, the bit is
    // 1.
    var logarithm = Double(power.exponent)
    var significand = power.significand
    var bit = 0.5
    for _ in 0..<18 {
      significand *= significand
      if significand >= 2 {
        significand /= 2
        logarithm += bit
      }
      bit /= 2
    }
    return logarithm * 3.010_299_956_639_812
  }
}
