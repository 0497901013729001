import Testing
import TextEnrollment

#if canImport(Glibc)
  import Glibc
#endif

@Suite struct FalseAlarmRateTests {
  private static let levels = DeclineLevels(first: -3, step: 0.5, count: 16)

  private static func decline(_ share: Float, weight: Float = 8) -> TypicalDecline {
    TypicalDecline(
      ratePerHour: 40, rateHours: 0.025, weight: weight, survival: [Float](repeating: share, count: levels.count - 1))
  }

  private static func rate(_ counts: [Float], hours: Float, share: Float = 0.5) -> FalseAlarmRate {
    FalseAlarmRate(counts: counts, hours: hours, levels: levels, decline: decline(share))
  }

  private static let none = [Float](repeating: 0, count: levels.count)

  private static func forecast(_ rate: FalseAlarmRate) -> FalseAlarmForecast {
    FalseAlarmForecast(mixed: rate, kinds: [], conditions: [], mix: .home, hours: rate.hours)
  }

  /// Random phrases that follow the decline: their rates and shares are drawn, then their events.
  private struct Population {
    var generator: TestGenerator

    mutating func uniform() -> Float { (generator.nextFloat() + 1) / 2 * 0.999_998 + 0.000_001 }

    /// A gamma draw with an integer shape.
    mutating func gamma(_ shape: Int) -> Float { (0..<shape).reduce(0) { sum, _ in sum - logf(uniform()) } }

    mutating func poisson(_ mean: Float) -> Int {
      var count = -1
      var time: Float = 0
      while time < mean {
        time -= logf(uniform())
        count += 1
      }
      return max(count, 0)
    }

    /// Rates at every level, and the events of `hours`.
    mutating func phrase(hours: Float) -> (rates: [Float], counts: [Float]) {
      // A mean of 40 per hour with the weight of one event, and shares with mean ½ and the weight of 8 events.
      var rates = [40 * gamma(1)]
      var count = poisson(rates[0] * hours)
      var counts = [Float(count)]
      for _ in 1..<FalseAlarmRateTests.levels.count {
        let (hits, misses) = (gamma(4), gamma(4))
        let share = hits / (hits + misses)
        rates.append(rates.last! * share)
        count = (0..<count).reduce(0) { sum, _ in sum + (uniform() < share ? 1 : 0) }
        counts.append(Float(count))
      }
      return (rates, counts)
    }
  }

  @Test(
    "At the thresholds for a rate, many phrases together have that rate, however few the hours",
    arguments: [(hours: Float(0.1), target: Float(0.5)), (0.5, 0.1), (0.5, 1), (4, 0.5)])
  func pooled(hours: Float, target: Float) {
    let seed: UInt64 = 11
    var population = Population(generator: TestGenerator(seed: seed))
    var sum: Float = 0
    for _ in 0..<3_000 {
      let (rates, counts) = population.phrase(hours: hours)
      let logit = Self.rate(counts, hours: hours).logit(atMostPerHour: target)
      // The true rate, log-linear between levels.
      let position = (logit - Self.levels.first) / Self.levels.step
      let lower = min(max(0, Int(position)), Self.levels.count - 2)
      let step = logf(rates[lower + 1] / rates[lower])
      sum += rates[lower] * expf(step * max(0, position - Float(lower)))
    }
    let measured = sum / 3_000
    #expect(measured > 0.8 * target && measured < 1.25 * target, "seed \(seed): \(measured) an hour for \(target)")
  }

  @Test("With enough events, the rate is their count")
  func counted() {
    let counts = (0..<Self.levels.count).map { Float(100_000 >> $0) }
    let rate = Self.rate(counts, hours: 2)
    for level in 0..<8 {
      let found = rate.perHour(atLogit: Self.levels.logit(level))
      #expect(abs(found / (counts[level] / 2) - 1) < 0.02, "level \(level): \(found)")
    }
    #expect(rate.perHour(atLogit: -50) == rate.rates[0])
  }

  @Test("A phrase without events has the rate of an ordinary phrase after as many hours without events")
  func noEvents() {
    let rate = Self.rate(Self.none, hours: 2)
    #expect(abs(rate.rates[0] - 1 / 2.025) < 1e-4)
    #expect(abs(rate.perHour(atLogit: -2) - rate.rates[0] / 4) < 1e-4)
    let standard = DeclineLevels.standard
    let unheard = FalseAlarmRate(
      counts: [Float](repeating: 0, count: standard.count), hours: 100, levels: standard, decline: .standard(standard))
    let threshold = AdvisedThreshold(for: Self.forecast(unheard), targetPerHour: 1)
    #expect(threshold.bound == .lowest)
    #expect(abs(threshold.threshold - AdvisedThreshold.lowest) < 1e-5)
    #expect(threshold.falseAlarmsPerHour < 0.5)
  }

  @Test("The decline is that of ordinary phrases with few events and the phrase's own with many")
  func ownDecline() {
    // Every event reaches the highest level.
    let few = Self.rate([Float](repeating: 1, count: Self.levels.count), hours: 1)
    #expect(abs(few.rates[1] / few.rates[0] - 5.0 / 9) < 1e-5)
    let many = Self.rate([Float](repeating: 1_000, count: Self.levels.count), hours: 1)
    #expect(many.rates[15] / many.rates[0] > 0.9)
  }

  @Test("The threshold for a rate has that rate, and rates fall with the threshold", arguments: [0, 1, 2, 9, 600])
  func inverse(count: Int) {
    let counts = (0..<Self.levels.count).map { (Float(count) * powf(0.6, Float($0))).rounded() }
    let rate = Self.rate(counts, hours: 1.25)
    var last = Float.infinity
    for step in -60...200 {
      let value = rate.perHour(atLogit: Float(step) / 4)
      #expect(value <= last * 1.000_1 && value >= 0, "\(count) events, logit \(Float(step) / 4)")
      last = value
    }
    for target in [1e-6, 0.01, 0.1, 1, 5, 20] as [Float] {
      let logit = rate.logit(atMostPerHour: target)
      #expect(rate.perHour(atLogit: logit) <= target * 1.01, "\(count) events at \(target)")
      if target < rate.rates[0] { #expect(abs(rate.perHour(atLogit: logit) / target - 1) < 0.02) }
    }
  }

  @Test("Some scores reach a threshold near 1, and others do not")
  func highest() {
    let levels = DeclineLevels(first: -3, step: 1, count: 20)
    func threshold(_ reaching: Int) -> AdvisedThreshold {
      let rate = FalseAlarmRate(
        counts: (0..<20).map { $0 <= reaching ? 400 : 0 }, hours: 1, levels: levels,
        decline: TypicalDecline(
          ratePerHour: 40, rateHours: 0.025, weight: 1, survival: [Float](repeating: 0.2, count: 19)))
      return AdvisedThreshold(for: Self.forecast(rate), targetPerHour: 0.1)
    }
    let highest = threshold(19)
    #expect(highest.bound == .highest)
    #expect(highest.threshold < 1 && highest.threshold > 0.999_999)
    #expect(highest.falseAlarmsPerHour > 0.1)
    #expect(abs(FalseAlarmRate.logit(ofScore: highest.threshold) - AdvisedThreshold.highestLogit) < 0.2)
    let usual = threshold(4)
    #expect(usual.bound == nil && abs(usual.falseAlarmsPerHour - 0.1) < 0.001)
    #expect(usual.threshold > 0.7 && usual.threshold < 1)
  }

  @Test("Each score has its level, with the first and the last at the ends")
  func levelOfLogit() {
    for level in 0..<Self.levels.count {
      #expect(Self.levels.level(of: Self.levels.logit(level)) == level)
      #expect(Self.levels.level(of: Self.levels.logit(level) + 0.49) == level)
    }
    #expect(Self.levels.level(of: -3.01) == nil)
    #expect(Self.levels.level(of: 100) == Self.levels.count - 1)
  }

  @Test("Logits of scores, including 0 and 1")
  func logits() {
    #expect(FalseAlarmRate.logit(ofScore: 0.5) == 0)
    #expect(abs(FalseAlarmRate.logit(ofScore: 0.9) - logf(9)) < 1e-5)
    #expect(FalseAlarmRate.logit(ofScore: 0) == -100)
    #expect(FalseAlarmRate.logit(ofScore: 1) == 100)
  }

  @Test("The miss share counts the matches below the logit and needs at least 20 matches")
  func missShare() {
    let matches = (0..<40).map { Float($0) }
    func reference(_ matches: [Float]) -> ReferencePhrases {
      ReferencePhrases(
        levels: Self.levels,
        lengths: [.init(leastPhonemeCount: 0, mixed: Self.decline(0.5), kinds: [], conditions: [])],
        matchLogits: matches)
    }
    #expect(reference(matches).missShare(belowLogit: 10) == 0.25)
    #expect(reference([1]).missShare(belowLogit: 10) == nil)
  }
}

@Suite struct PhraseTallyTests {
  private let mix = BackgroundMix(
    kinds: [.init(name: "a", share: 0.75), .init(name: "b", share: 0.25), .init(name: "c", share: 0)],
    conditions: [.init(name: "quiet", share: 0.5), .init(name: "noise", share: 0.5)])
  private let levels = DeclineLevels(first: 0, step: 1, count: 4)

  /// Frames and logits of events of each part.
  private func tally(_ parts: [(kind: Int, condition: Int, hours: Int, logits: [Float])]) -> PhraseTally {
    var tally = PhraseTally(mix: mix, levels: levels)
    for part in parts {
      tally.add(frameCount: part.hours * 90_000, kind: part.kind, condition: part.condition)
      for logit in part.logits { tally.add(logit: logit, kind: part.kind, condition: part.condition) }
    }
    return tally
  }

  @Test("The rate of the mix weights each part by its share, whatever its duration")
  func weights() throws {
    let tally = tally([
      (0, 0, 1, [0.5, 2]), (0, 1, 2, [1]), (1, 0, 4, [0, 0.1, 3.5, -1]), (1, 1, 1, []), (2, 0, 1, [3, 3, 3]),
    ])
    let (counts, hours) = try #require(tally.weighted())
    // Per hour at level 0: a in quiet 2, a in noise ½, b in quiet ¾, b in noise 0.
    #expect(abs(counts[0] / hours - (0.375 * 2 + 0.375 * 0.5 + 0.125 * 0.75)) < 1e-4)
    #expect(abs(counts[3] / hours - 0.125 * 0.25) < 1e-4)
    // Its variance is that of hours with even shares: Σ share² / hours.
    let spread: Float = 0.375 * 0.375 + 0.375 * 0.375 / 2 + 0.125 * 0.125 / 4 + 0.125 * 0.125
    #expect(abs(hours - 1 / spread) < 1e-3)
    #expect(zip(counts, counts.dropFirst()).allSatisfy { $0 >= $1 })
  }

  @Test("A kind weights its conditions by their shares, and a kind outside the mix has its own rate")
  func kinds() throws {
    let tally = tally([(0, 0, 1, [1]), (0, 1, 1, [1, 1, 1]), (2, 0, 2, [1, 1])])
    let (counts, hours) = try #require(tally.weighted(kind: 0))
    #expect(abs(counts[0] / hours - 2) < 1e-4 && abs(hours - 2) < 1e-3)
    let other = try #require(tally.weighted(kind: 2))
    #expect(abs(other.counts[0] / other.hours - 1) < 1e-4 && abs(other.hours - 2) < 1e-3)
    #expect(tally.weighted(kind: 1) == nil)
    let noise = try #require(tally.weighted(condition: 1))
    #expect(abs(noise.counts[0] / noise.hours - 3) < 1e-4)
    let forecast = tally.forecast(nil, phonemeCount: 6)
    #expect(forecast.kinds.map { $0 == nil } == [false, true, false])
    #expect(forecast.hours == 4)
  }

  @Test("A phrase gets the results of phrases of its length, or the next shorter one")
  func lengths() {
    func length(_ least: Int, _ rate: Float) -> ReferencePhrases.Length {
      let decline = TypicalDecline(ratePerHour: rate, rateHours: 1, weight: 1, survival: [0.5, 0.5, 0.5])
      return .init(
        leastPhonemeCount: least, mixed: decline, kinds: mix.kinds.map { _ in decline },
        conditions: mix.conditions.map { _ in decline })
    }
    let reference = ReferencePhrases(
      levels: levels, lengths: [length(0, 8), length(9, 4), length(15, 2)], matchLogits: [])
    let heard = tally([(0, 0, 1, [])])
    for (count, rate) in [(0, 4), (8, 4), (9, 2), (14, 2), (15, 1), (48, 1)] as [(Int, Float)] {
      #expect(heard.forecast(reference, phonemeCount: count).perHour(atLogit: 0) == rate, "\(count) phonemes")
    }
  }

  @Test("A phrase that is said all the time has a forecast")
  func nothingHeard() {
    let forecast = tally([]).forecast(nil, phonemeCount: 6)
    #expect(forecast.hours == 0 && forecast.kinds.allSatisfy { $0 == nil })
    #expect(forecast.perHour(atLogit: 0) > 0)
  }
}
