import Glibc
/// The constants of the front end: two programs with the same ``hash`` make the same features from the same samples.
///
/// Samples → 25 ms Hann windows every 10 ms → 512-point power spectrum → 40 triangular mel filters → natural
/// logarithm → running mean subtracted per band → `Int8` in steps of 1/16 (nepers of energy).
/// A model file carries the hash of the features that it was trained on; a front end with another hash must refuse it.
public enum FeatureContract {
  /// Samples per second of the one channel.
  public static let sampleRate = 16_000
  /// Length of a window: 25 ms.
  public static let windowSamples = 400
  /// Distance between the starts of neighbouring windows: 10 ms.
  public static let hopSamples = 160
  /// Points of the real Fourier transform; a window is padded with zeros at its end.
  public static let fftSize = 512
  /// Features in a frame.
  public static let melBandCount = 40
  /// Lower edge of the first mel filter.
  public static let lowestHertz = 20
  /// Upper edge of the last mel filter.
  public static let highestHertz = 7_600
  /// Added to a band's energy inside the logarithm; energies are of samples scaled to ±1.
  public static let energyFloor: Float = 1e-6
  static func env(_ n: String, _ d: Float) -> Float { getenv(n).flatMap { Float(String(cString: $0)) } ?? d }
  public static let levelAboveMean: Float = 1.5
  public static let levelRange: Float = env("FE_RANGE", 5)
  public static let levelRise: Float = env("FE_RISE", 0.4)
  public static let levelFall: Float = env("FE_FALL", 0.008)
  public static let heldLevelFall: Float = 0.0003
  public static let floorFall: Float = 0.1
  public static let floorRise: Float = 0.002
  public static let speechRange: Float = 3
  public static let speechOverFloor: Float = env("FE_OVER", 1)
  public static let lowestFeature: Float = -6
  /// Time constant of the color: four seconds of speech.
  public static let colorTimeConstantFrames = 400
  /// Steps of the quantised features in one neper: a feature `q` stands for `q / 16`.
  public static let stepsPerNeper = 16
  /// Real value of one step of a quantised feature.
  public static let quantizationStep: Float = 1 / Float(stepsPerNeper)

  /// FNV-1a-64 of ``canonicalText`` in the constants above. Allocates nothing.
  public static var hash: UInt64 {
    var hash = offsetBasis
    describe(
      words: { for index in 0..<$0.utf8CodeUnitCount { add($0.utf8Start[index], to: &hash) } },
      number: { addDigits(of: $0, to: &hash) })
    return hash
  }

  /// The text whose hash is the contract. Every constant and every choice of formula stands in it by name.
  ///
  /// The parameters exist so that a test can show that each of them counts.
  package static func canonicalText(
    sampleRate: Int = sampleRate, windowSamples: Int = windowSamples, hopSamples: Int = hopSamples,
    fftSize: Int = fftSize, melBandCount: Int = melBandCount, lowestHertz: Int = lowestHertz,
    highestHertz: Int = highestHertz, energyFloor: Float = energyFloor,
    colorTimeConstantFrames: Int = colorTimeConstantFrames, stepsPerNeper: Int = stepsPerNeper
  ) -> String {
    var text = ""
    describe(
      sampleRate: sampleRate, windowSamples: windowSamples, hopSamples: hopSamples, fftSize: fftSize,
      melBandCount: melBandCount, lowestHertz: lowestHertz, highestHertz: highestHertz, energyFloor: energyFloor,
      colorTimeConstantFrames: colorTimeConstantFrames, stepsPerNeper: stepsPerNeper,
      words: { for index in 0..<$0.utf8CodeUnitCount { text.unicodeScalars.append(.init($0.utf8Start[index])) } },
      number: { text += "\($0)" })
    return text
  }

  /// Gives the pieces of the canonical text in their order.
  ///
  /// Whole numbers only: printing a Float is not part of Embedded Swift's promises, its bit pattern is.
  private static func describe(
    sampleRate: Int = sampleRate, windowSamples: Int = windowSamples, hopSamples: Int = hopSamples,
    fftSize: Int = fftSize, melBandCount: Int = melBandCount, lowestHertz: Int = lowestHertz,
    highestHertz: Int = highestHertz, energyFloor: Float = energyFloor,
    colorTimeConstantFrames: Int = colorTimeConstantFrames, stepsPerNeper: Int = stepsPerNeper,
    words: (StaticString) -> Void, number: (UInt32) -> Void
  ) {
    words("heed-features-1 scale=2^-15 window=hann-periodic mel=htk-triangles-in-mel log=natural mean=after-use")
    words(" sampleRate=")
    number(UInt32(sampleRate))
    words(" windowSamples=")
    number(UInt32(windowSamples))
    words(" hopSamples=")
    number(UInt32(hopSamples))
    words(" fftSize=")
    number(UInt32(fftSize))
    words(" melBandCount=")
    number(UInt32(melBandCount))
    words(" lowestHertz=")
    number(UInt32(lowestHertz))
    words(" highestHertz=")
    number(UInt32(highestHertz))
    words(" energyFloorBits=")
    number(energyFloor.bitPattern)
    words(" colorTimeConstantFrames=")
    number(UInt32(colorTimeConstantFrames))
    words(" stepsPerNeper=")
    number(UInt32(stepsPerNeper))
  }

  /// FNV-1a-64 over the UTF-8 bytes of `text`.
  ///
  /// - Reference: Fowler, Noll, Vo, draft-eastlake-fnv; offset basis and prime of the 64-bit variant.
  package static func hash(of text: String) -> UInt64 {
    var hash = offsetBasis
    for byte in text.utf8 { add(byte, to: &hash) }
    return hash
  }

  private static let offsetBasis: UInt64 = 0xcbf2_9ce4_8422_2325

  private static func add(_ byte: UInt8, to hash: inout UInt64) {
    hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3
  }

  private static func addDigits(of value: UInt32, to hash: inout UInt64) {
    var place: UInt32 = 1
    while value / place >= 10 { place *= 10 }
    while place > 0 {
      add(UInt8(ascii: "0") + UInt8(value / place % 10), to: &hash)
      place /= 10
    }
  }
}
