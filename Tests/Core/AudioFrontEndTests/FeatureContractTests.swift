import AudioFrontEnd
import Testing

@Suite struct FeatureContractTests {
  @Test("The hash is the one recorded for this version of the features")
  func value() {
    #expect(FeatureContract.hash == FeatureContract.hash(of: FeatureContract.canonicalText()))
    #expect(FeatureContract.hash == 0xb4d5_77e6_c7e7_dac1)
  }

  @Test("FNV-1a-64 matches the published values")
  func fnv() {
    #expect(FeatureContract.hash(of: "") == 0xcbf2_9ce4_8422_2325)
    #expect(FeatureContract.hash(of: "a") == 0xaf63_dc4c_8601_ec8c)
    #expect(FeatureContract.hash(of: "foobar") == 0x8594_4171_f739_67e8)
  }

  @Test("Changing any constant changes the hash")
  func everyConstantCounts() {
    let names = [
      "sampleRate", "windowSamples", "hopSamples", "fftSize", "melBandCount", "lowestHertz", "highestHertz",
      "energyFloorBits", "levelRiseBits", "levelFallBits", "levelAboveMeanBits", "levelRangeBits", "heldLevelFallBits",
      "floorFallBits", "floorRiseBits", "speechRangeBits", "speechOverFloorBits", "colorTimeConstantFrames",
      "lowestFeatureBits", "stepsPerNeper",
    ]
    // As many as the text contains numbers.
    #expect(FeatureContract.canonicalText().split(separator: " ").filter { $0.last!.isNumber }.count == names.count + 2)
    let texts = [FeatureContract.canonicalText()] + names.map { FeatureContract.canonicalText(changing: ($0, 1)) }
    #expect(Set(texts.map(FeatureContract.hash(of:))).count == texts.count)
  }
}
