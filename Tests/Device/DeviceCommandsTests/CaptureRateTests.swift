import DeviceCommands
import Testing

@Suite("Clock rate of a sound card")
struct CaptureRateTests {
  /// Periods of 20 ms that come late by up to 15 ms, by a seeded generator.
  private func rate(speed: Double, seconds: Double, seed: UInt64 = 5) -> CaptureRate {
    var rate = CaptureRate()
    var state = seed
    for period in 1...Int(seconds * 50) {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      let late = Int64(state >> 40) % 15_000_000
      rate.add(sampleCount: 320, at: 1_000_000_000 + Int64(Double(period) * 0.02 / speed * 1e9) + late)
    }
    return rate
  }

  @Test("the rate is accurate to 0.2 % despite late periods", arguments: [1, 1.004, 0.99, 1.02, 0.5])
  func deviation(speed: Double) throws {
    for seed in 1...20 {
      let found = try #require(rate(speed: speed, seconds: 3 / min(speed, 1), seed: UInt64(seed)).deviation)
      #expect(abs(found - (speed - 1)) < 0.002, "seed \(seed): \(found)")
    }
  }

  @Test("less than two seconds give no rate")
  func tooShort() {
    #expect(CaptureRate().deviation == nil)
    #expect(rate(speed: 1, seconds: 1.9).deviation == nil)
  }
}
