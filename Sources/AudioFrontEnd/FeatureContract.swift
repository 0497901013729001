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
  /// Time constant of the running mean: four seconds.
  public static let meanTimeConstantFrames = 400
  /// Steps of the quantised features in one neper: a feature `q` stands for `q / 16`.
  public static let stepsPerNeper = 16
  /// Real value of one step of a quantised feature.
  public static let quantizationStep: Float = 1 / Float(stepsPerNeper)

  /// FNV-1a-64 of ``canonicalText`` in the constants above.
  public static var hash: UInt64 { hash(of: canonicalText()) }

  /// The text whose hash is the contract. Every constant and every choice of formula stands in it by name.
  ///
  /// The parameters exist so that a test can show that each of them counts.
  package static func canonicalText(
    sampleRate: Int = sampleRate, windowSamples: Int = windowSamples, hopSamples: Int = hopSamples,
    fftSize: Int = fftSize, melBandCount: Int = melBandCount, lowestHertz: Int = lowestHertz,
    highestHertz: Int = highestHertz, energyFloor: Float = energyFloor,
    meanTimeConstantFrames: Int = meanTimeConstantFrames, stepsPerNeper: Int = stepsPerNeper
  ) -> String {
    // Whole numbers only: printing a Float is not part of Embedded Swift's promises, its bit pattern is.
    "heed-features-1 scale=2^-15 window=hann-periodic mel=htk-triangles-in-mel log=natural mean=after-use"
      + " sampleRate=\(sampleRate) windowSamples=\(windowSamples) hopSamples=\(hopSamples) fftSize=\(fftSize)"
      + " melBandCount=\(melBandCount) lowestHertz=\(lowestHertz) highestHertz=\(highestHertz)"
      + " energyFloorBits=\(energyFloor.bitPattern) meanTimeConstantFrames=\(meanTimeConstantFrames)"
      + " stepsPerNeper=\(stepsPerNeper)"
  }

  /// FNV-1a-64 over the UTF-8 bytes of `text`.
  ///
  /// - Reference: Fowler, Noll, Vo, draft-eastlake-fnv; offset basis and prime of the 64-bit variant.
  package static func hash(of text: String) -> UInt64 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
    return hash
  }
}
