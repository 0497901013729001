/// How loud the samples of a microphone are, second by second, and what is wrong with them.
///
/// Full scale is 32,768, and 0 dBFS its level: of a second with samples `xᵢ`, `n = 16,000`,
///
///     peak = 20 · log₁₀(max |xᵢ| / 32,768)
///     RMS  = 10 · log₁₀((n · Σxᵢ² − (Σxᵢ)²) / n² / 32,768²)
///
/// so a sine that just fits has a peak of 0 and an RMS of −3.01 dBFS, and a constant offset of the card counts for
/// nothing in the RMS.
///
/// | state          | begins                                          | is over                           |
/// |----------------|-------------------------------------------------|-----------------------------------|
/// | ``isDead``     | 3 s of equal samples                            | a second ends in less than 1 s so |
/// | ``isClipping`` | a second with 16 clipped samples, 1 in 1,000    | 10 seconds in a row with fewer    |
/// | ``isQuiet``    | 30 seconds in a row with an RMS under −70 dBFS  | a second with −64 dBFS or more    |
///
/// - Equal samples: an open analogue input has noise of a step or two, so that three seconds without any come from a
///   switch, a driver or a broken wire. It is longer than ``CaptureThread/longestFillSamples``, the silence that stands
///   for what was not recorded.
/// - A ``ClippingDetector`` counts the clipped samples. Sixteen are a millisecond: a single bump stays below it, and a
///   voice that is too loud goes over it in each vowel. Ten seconds bridge the pauses of speech.
/// - −70 dBFS is 10 steps of 32,768: a quiet room with a microphone that suits it has −60 dBFS and more, speech from a
///   few metres −50 to −30. Thirty seconds, and 6 dB between begin and end, keep a quiet night from being told often.
///
/// Sums are integers: `n · Σxᵢ² ≤ 2.8e17`. Real-time safe. One thread.
public struct AudioLevel: Sendable {
  /// Samples of a second.
  public static let secondSamples = CaptureSettings.hertz
  static let deadSamples: Int64 = 48_000
  static let clippedSamplesOfASecond = 16
  static let secondsUntilClippingIsOver = 10
  static let secondsUntilQuiet = 30
  /// `10^(dB / 10) · 32,768² · n²` at −70 and −64 dBFS.
  static let quietEnergy: Int64 = 27_487_790_694
  static let audibleEnergy: Int64 = 109_430_865_781

  /// All samples are equal.
  public private(set) var isDead = false
  public private(set) var isClipping = false
  public private(set) var isQuiet = false
  /// The sample that came last: while the microphone is dead, the only one that comes.
  public private(set) var lastSample: Int16 = 0
  /// The largest magnitude of the last whole second, 0…32,768.
  public private(set) var peak: Int32 = 0
  /// `n · Σxᵢ² − (Σxᵢ)²` of the last whole second.
  private var energy: Int64 = 0

  private var sampleCount = 0
  private var sum: Int64 = 0
  private var squareSum: Int64 = 0
  private var currentPeak: Int32 = 0
  /// Samples so far that equal the one before, and the first of them.
  private var equalCount: Int64 = 0
  private var clipping = ClippingDetector()
  private var clippedCount = 0
  private var secondsWithoutClipping = 0
  private var quietSeconds = 0

  public init() {}

  /// Takes what came next, of any length.
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

  /// Of the last whole second; −infinity for zeros, and before the first second.
  public var peakDecibels: Double { Self.decibels(Double(peak) * Double(peak) / 0x1p30) }
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
    // A dead microphone is told as that alone, whatever its one value is.
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
    // The logarithm to base 2 bit by bit: squaring the significand doubles it, and beyond 2 a bit is one.
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
