import Testing
import TextEnrollment

#if canImport(Glibc)
  import Glibc
#endif

@Suite struct FalseAlarmRateTests {
  /// Logits above −5 with an exponential tail.
  private func drawn(_ count: Int, slope: Float, seed: UInt64) -> [Float] {
    var generator = TestGenerator(seed: seed)
    return (0..<count).map { _ in -5 - logf((generator.nextFloat() + 1) / 2 * 0.999_9 + 0.000_1) / slope }
  }

  private let reference = ReferencePhrases.Condition(tailSlope: 2, candidateLogit: -3)

  private func quiet(_ logits: [Float], hours: Float) -> FalseAlarmForecast {
    FalseAlarmForecast(quiet: FalseAlarmRate(logits: logits, hours: hours, reference: reference), noisy: nil)
  }

  @Test("The rate beyond the highest event is that of the tail that the events were drawn from, on average")
  func extrapolation() {
    for slope in [0.5, 1, 3] as [Float] {
      var ratio: Float = 0
      for seed in 0..<200 as Range<UInt64> {
        let rate = FalseAlarmRate(
          logits: drawn(400, slope: slope, seed: seed), hours: 2,
          reference: .init(tailSlope: slope, candidateLogit: -3))
        // 200 events an hour at −5; this is where one in ten hours is left.
        let logit = -5 + logf(2_000) / slope
        ratio += logf(rate.perHour(atLogit: logit) / 0.1)
      }
      #expect(abs(ratio / 200) < 0.3, "slope \(slope): \(ratio / 200)")
    }
  }

  @Test("Where there are events enough, they are counted")
  func counted() {
    let logits = (0..<500).map { Float($0) / 100 }
    let rate = FalseAlarmRate(logits: logits, hours: 2, reference: nil)
    for logit in [0.505, 1.005, 2.505] as [Float] {
      let count = logits.filter { $0 >= logit }.count
      #expect(abs(rate.perHour(atLogit: logit) - Float(count) / 2) < 0.5)
    }
    #expect(rate.perHour(atLogit: -50) == 250)
  }

  @Test(
    "The threshold for a rate has that rate, and rates fall as thresholds rise", arguments: [0, 1, 2, 5, 9, 10, 600])
  func inverse(count: Int) {
    let rate = FalseAlarmRate(logits: drawn(count, slope: 1.3, seed: UInt64(count)), hours: 1.25, reference: reference)
    var last = Float.infinity
    for step in -60...60 {
      let value = rate.perHour(atLogit: Float(step) / 4)
      #expect(value <= last * 1.000_1 && value >= 0, "\(count) events, logit \(Float(step) / 4)")
      last = value
    }
    for target in [0.01, 0.1, 1, 5, 20] as [Float] {
      let logit = rate.logit(atMostPerHour: target)
      #expect(rate.perHour(atLogit: logit) <= target * 1.01, "\(count) events at \(target)")
      if target < Float(count) / 2 { #expect(abs(rate.perHour(atLogit: logit) / target - 1) < 0.02) }
    }
  }

  @Test("Few events take the slope of ordinary phrases, and many their own")
  func priorSlope() {
    #expect(FalseAlarmRate(logits: [], hours: 1, reference: reference).slope == 2)
    #expect(FalseAlarmRate(logits: [1], hours: 1, reference: reference).slope == 2)
    let two = FalseAlarmRate(logits: [1, 0], hours: 1, reference: reference)
    #expect(abs(two.slope - 5.0 / 3) < 1e-5)
    let many = FalseAlarmRate(logits: drawn(2_000, slope: 0.5, seed: 3), hours: 1, reference: reference)
    #expect(many.slope > 0.3 && many.slope < 0.9)
  }

  @Test("A phrase that nothing was taken for has half an event at the logit of an ordinary candidate")
  func noEvents() {
    let rate = FalseAlarmRate(logits: [], hours: 2, reference: reference)
    #expect(rate.perHour(atLogit: -3) == 0.25)
    #expect(abs(rate.perHour(atLogit: -2) - 0.25 * expf(-2)) < 1e-4)
    let threshold = AdvisedThreshold(for: quiet([], hours: 2), targetPerHour: 1)
    #expect(threshold.bound == .lowest)
    #expect(abs(threshold.threshold - AdvisedThreshold.lowest) < 1e-5)
    #expect(threshold.falseAlarmsPerHour < 0.25)
  }

  @Test("A threshold near 1 stays one that a score can reach and that not every score reaches")
  func highest() {
    let threshold = AdvisedThreshold(for: quiet((0..<40).map { 13 + Float($0) / 10 }, hours: 1), targetPerHour: 0.1)
    #expect(threshold.bound == .highest)
    #expect(threshold.threshold < 1 && threshold.threshold > 0.999_999)
    #expect(threshold.falseAlarmsPerHour > 0.1)
    #expect(abs(FalseAlarmRate.logit(ofScore: threshold.threshold) - AdvisedThreshold.highestLogit) < 0.2)
    let usual = AdvisedThreshold(for: quiet((0..<40).map { Float($0) / 10 }, hours: 1), targetPerHour: 0.1)
    #expect(usual.bound == nil && abs(usual.falseAlarmsPerHour - 0.1) < 0.001)
    #expect(usual.threshold > 0.98 && usual.threshold < 1)
  }

  @Test("The rate over quiet and noise is their mean by the hours of each, and its threshold lies between theirs")
  func mixture() {
    let quiet = FalseAlarmRate(logits: drawn(300, slope: 1, seed: 1), hours: 1, reference: reference)
    let noisy = FalseAlarmRate(logits: drawn(300, slope: 0.4, seed: 2), hours: 3, reference: reference)
    let both = FalseAlarmForecast(quiet: quiet, noisy: noisy)
    #expect(both.hours == 4)
    for logit in [-4, 0, 3] as [Float] {
      let mean = (quiet.perHour(atLogit: logit) + 3 * noisy.perHour(atLogit: logit)) / 4
      #expect(abs(both.perHour(atLogit: logit) - mean) < 1e-4 * mean)
    }
    for target in [0.1, 1, 10] as [Float] {
      let logit = both.logit(atMostPerHour: target)
      #expect(abs(both.perHour(atLogit: logit) / target - 1) < 0.02)
      #expect(logit > quiet.logit(atMostPerHour: target) && logit < noisy.logit(atMostPerHour: target))
    }
  }

  @Test("Logits of scores, and those of 0 and 1")
  func logits() {
    #expect(FalseAlarmRate.logit(ofScore: 0.5) == 0)
    #expect(abs(FalseAlarmRate.logit(ofScore: 0.9) - logf(9)) < 1e-5)
    #expect(FalseAlarmRate.logit(ofScore: 0) == -100)
    #expect(FalseAlarmRate.logit(ofScore: 1) == 100)
  }

  @Test("The share that is missed counts the matches below, and is not told of a handful")
  func missShare() {
    let matches = (0..<40).map { Float($0) }
    let many = ReferencePhrases(quiet: reference, noisy: reference, matchLogits: matches)
    #expect(many.missShare(belowLogit: 10) == 0.25)
    let one = ReferencePhrases(quiet: reference, noisy: reference, matchLogits: [1])
    #expect(one.missShare(belowLogit: 10) == nil)
  }
}
