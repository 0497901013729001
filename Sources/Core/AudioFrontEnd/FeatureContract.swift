/// The constants of the front end. Two programs with the same ``hash`` compute the same features from the same samples.
///
/// Samples → 25 ms Hann windows every 10 ms → 512-point power spectrum → 40 triangular mel filters → natural logarithm
/// → current level and color subtracted → `Int8` in steps of 1/16 (nepers of energy). A model file contains the hash of
/// the features that it was trained on. A front end with another hash must reject it.
public enum FeatureContract {
  /// Samples per second of the single channel.
  public static let sampleRate = 16_000
  /// Length of a window in samples: 25 ms.
  public static let windowSamples = 400
  /// Distance between the starts of adjacent windows in samples: 10 ms.
  public static let hopSamples = 160
  /// Points of the real Fourier transform. A window is zero-padded at its end.
  public static let fftSize = 512
  /// Features per frame.
  public static let melBandCount = 40
  /// Lower edge of the first mel filter, in Hz.
  public static let lowestHertz = 20
  /// Upper edge of the last mel filter, in Hz.
  public static let highestHertz = 7_600
  /// Added to the energy of a band inside the logarithm. Energies are of samples scaled to ±1.
  public static let energyFloor: Float = 1e-6
  /// Share of the difference by which the level follows a louder frame.
  public static let levelRise: Float = 0.4
  /// Fall of the level in a frame that is not louder, in nepers.
  public static let levelFall: Float = 0.008
  /// The initial level, in nepers above the mean of the initial means. Speech is louder than its average with pauses.
  public static let levelAboveMean: Float = 1.5
  /// Maximum fall of the level below its initial value, in nepers.
  public static let levelRange: Float = 5
  /// Fall of the held level per frame, in nepers.
  public static let heldLevelFall: Float = 0.0003
  /// Share of the difference by which the floor follows a softer frame.
  public static let floorFall: Float = 0.1
  /// Maximum rise of the floor per frame, in nepers.
  public static let floorRise: Float = 0.002
  /// The color adapts to frames that are at most this far below the held level, in nepers…
  public static let speechRange: Float = 3
  /// …and more than this above the floor, in nepers.
  public static let speechOverFloor: Float = 1
  /// Time constant of the color, in frames: four seconds of speech.
  public static let colorTimeConstantFrames = 400
  /// The lowest feature, in nepers.
  public static let lowestFeature: Float = -6
  /// Steps of the quantized features per neper: a feature `q` stands for `q / 16`.
  public static let stepsPerNeper = 16
  /// One step of a quantized feature, in nepers.
  public static let quantizationStep: Float = 1 / Float(stepsPerNeper)

  /// FNV-1a-64 of ``canonicalText(changing:)`` with the constants above. Allocates nothing.
  public static var hash: UInt64 {
    var hash = offsetBasis
    describe(
      words: { for index in 0..<$0.utf8CodeUnitCount { add($0.utf8Start[index], to: &hash) } },
      number: { addDigits(of: $0, to: &hash) })
    return hash
  }

  /// The text whose hash is the contract. It names every constant and every choice of formula.
  ///
  /// - Parameter changed: a replacement for the number of a constant, for a test that each constant affects the hash.
  package static func canonicalText(changing changed: (name: String, number: UInt32)? = nil) -> String {
    var text = ""
    var last = ""
    describe(
      words: {
        last = ""
        for index in 0..<$0.utf8CodeUnitCount { last.unicodeScalars.append(.init($0.utf8Start[index])) }
        text += last
      },
      number: { number in
        if let changed, last == " \(changed.name)=" { text += "\(changed.number)" } else { text += "\(number)" }
      })
    return text
  }

  /// Passes the pieces of the canonical text in order: words, then the name and the number of each constant.
  ///
  /// Integers only: Embedded Swift does not guarantee how a Float is printed, but it guarantees its bit pattern.
  private static func describe(words: (StaticString) -> Void, number: (UInt32) -> Void) {
    words(
      "cooee-features-2 scale=2^-15 window=hann-periodic mel=htk-triangles-in-mel log=natural normalization=level-and-color"
    )
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
    words(" levelRiseBits=")
    number(levelRise.bitPattern)
    words(" levelFallBits=")
    number(levelFall.bitPattern)
    words(" levelAboveMeanBits=")
    number(levelAboveMean.bitPattern)
    words(" levelRangeBits=")
    number(levelRange.bitPattern)
    words(" heldLevelFallBits=")
    number(heldLevelFall.bitPattern)
    words(" floorFallBits=")
    number(floorFall.bitPattern)
    words(" floorRiseBits=")
    number(floorRise.bitPattern)
    words(" speechRangeBits=")
    number(speechRange.bitPattern)
    words(" speechOverFloorBits=")
    number(speechOverFloor.bitPattern)
    words(" colorTimeConstantFrames=")
    number(UInt32(colorTimeConstantFrames))
    words(" lowestFeatureBits=")
    number(lowestFeature.bitPattern)
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
