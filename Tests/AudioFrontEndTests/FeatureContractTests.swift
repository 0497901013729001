import AudioFrontEnd
import Testing

@Suite struct FeatureContractTests {
  @Test("The hash is that of this version of the features")
  func value() {
    #expect(FeatureContract.hash == FeatureContract.hash(of: FeatureContract.canonicalText()))
    #expect(FeatureContract.hash == 0x5282_d059_3609_bb29)
  }

  @Test("FNV-1a-64 gives the published values")
  func fnv() {
    #expect(FeatureContract.hash(of: "") == 0xcbf2_9ce4_8422_2325)
    #expect(FeatureContract.hash(of: "a") == 0xaf63_dc4c_8601_ec8c)
    #expect(FeatureContract.hash(of: "foobar") == 0x8594_4171_f739_67e8)
  }

  @Test("Changing any constant changes the hash")
  func everyConstantCounts() {
    let texts = [
      FeatureContract.canonicalText(),
      FeatureContract.canonicalText(sampleRate: 8_000),
      FeatureContract.canonicalText(windowSamples: 512),
      FeatureContract.canonicalText(hopSamples: 200),
      FeatureContract.canonicalText(fftSize: 1_024),
      FeatureContract.canonicalText(melBandCount: 64),
      FeatureContract.canonicalText(lowestHertz: 60),
      FeatureContract.canonicalText(highestHertz: 8_000),
      FeatureContract.canonicalText(energyFloor: 1e-7),
      FeatureContract.canonicalText(meanTimeConstantFrames: 300),
      FeatureContract.canonicalText(stepsPerNeper: 8),
    ]
    #expect(Set(texts.map(FeatureContract.hash(of:))).count == texts.count)
  }
}
