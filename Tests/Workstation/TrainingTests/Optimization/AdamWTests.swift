import Foundation
import SeededRandom
import Testing
import Training

@Suite struct AdamWTests {
  private static func bank() -> ParameterBank {
    let bank = ParameterBank(seed: 1)
    _ = bank.slot("matrix", rows: 2, columns: 2, decays: true, .scaledNormal(fanIn: 1, gain: 1))
    _ = bank.slot("bias", rows: 1, columns: 3, decays: false, .scaledNormal(fanIn: 1, gain: 1))
    bank.seal()
    return bank
  }

  @Test("Each value follows the published update, with decay for matrices only and a limited norm")
  func formula() {
    let seed: UInt64 = 1201
    var draws = Draws(seed: seed)
    let bank = Self.bank()
    let optimizer = AdamW(valueCount: 7, weightDecay: 0.1, beta2: 0.95, maximumNorm: 2)
    var values = (0..<7).map { Double(bank.values[$0]) }
    var first = [Double](repeating: 0, count: 7)
    var second = [Double](repeating: 0, count: 7)
    for step in 1...8 {
      // Small at first, then above the limit.
      let gradient = (0..<7).map { _ in draws.generator.nextNormal() * (step <= 4 ? 0.1 : 3) }
      for index in 0..<7 { bank.gradients[index] = gradient[index] }
      let rate = 0.01 * Double(step)
      let norm = gradient.map { Double($0) * Double($0) }.reduce(0, +).squareRoot()
      #expect(abs(Double(optimizer.step(bank, learningRate: Float(rate))) - norm) < 1e-4 * norm)
      for index in 0..<7 {
        let limited = Double(gradient[index]) * min(1, 2 / norm)
        first[index] = 0.9 * first[index] + 0.1 * limited
        second[index] = 0.95 * second[index] + 0.05 * limited * limited
        let unbiasedFirst = first[index] / (1 - pow(0.9, Double(step)))
        let unbiasedSecond = second[index] / (1 - pow(0.95, Double(step)))
        let decay = index < 4 ? 0.1 * values[index] : 0
        values[index] -= rate * (unbiasedFirst / (unbiasedSecond.squareRoot() + 1e-8) + decay)
        #expect(
          abs(Double(bank.values[index]) - values[index]) < 1e-4, "step \(step), value \(index), seed \(seed)")
      }
    }
    #expect(optimizer.stepCount == 8)
  }

  @Test("A NaN gradient changes nothing") func notANumber() {
    let bank = Self.bank()
    let optimizer = AdamW(valueCount: 7)
    let before = (0..<7).map { bank.values[$0] }
    bank.gradients[3] = .nan
    #expect(!optimizer.step(bank, learningRate: 0.1).isFinite)
    #expect((0..<7).map { bank.values[$0] } == before)
    #expect(optimizer.stepCount == 0)
    #expect(optimizer.firstMoment.allSatisfy { $0 == 0 })
  }

  @Test("The rate rises to its peak and falls along half a cosine to its final share") func schedule() {
    let schedule = CosineSchedule(peak: 2, warmUpSteps: 10, totalSteps: 110)
    #expect(abs(schedule.rate(at: 0) - 0.2) < 1e-6)
    #expect(abs(schedule.rate(at: 9) - 2) < 1e-6)
    #expect(abs(schedule.rate(at: 10) - 2) < 1e-6)
    #expect(abs(schedule.rate(at: 60) - (0.04 + 1.96 / 2)) < 1e-5)
    #expect(abs(schedule.rate(at: 110) - 0.04) < 1e-5)
    #expect(abs(schedule.rate(at: 500) - 0.04) < 1e-5)
  }
}

@Suite struct SplitMix64Tests {
  /// From the reference implementation, https://prng.di.unimi.it/splitmix64.c, with the seeds 1234567 and 0.
  @Test("The generator gives the published values") func published() {
    var generator = SplitMix64(seed: 1_234_567)
    #expect(
      (0..<5).map { _ in generator.next() } == [
        6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423, 4_593_380_528_125_082_431,
        16_408_922_859_458_223_821,
      ])
    generator = SplitMix64(seed: 0)
    #expect(generator.next() == 0xE220_A839_7B1D_CDAF)
    #expect(generator.next() == 0x6E78_9E6A_A1B9_65F4)
  }

  @Test("Uniform, index and normal draws have the right ranges and moments") func moments() {
    var generator = SplitMix64(seed: 1301)
    let count = 20_000
    let uniforms = (0..<count).map { _ in Double(generator.nextUniform()) }
    #expect(uniforms.allSatisfy { (0..<1).contains($0) })
    #expect(abs(uniforms.reduce(0, +) / Double(count) - 0.5) < 0.01)
    var counts = [Int](repeating: 0, count: 7)
    for _ in 0..<count { counts[generator.nextIndex(7)] += 1 }
    #expect(counts.allSatisfy { abs(Double($0) - Double(count) / 7) < 200 }, "\(counts)")
    let normals = (0..<count).map { _ in Double(generator.nextNormal()) }
    #expect(abs(normals.reduce(0, +) / Double(count)) < 0.03)
    #expect(abs(normals.map { $0 * $0 }.reduce(0, +) / Double(count) - 1) < 0.04)
  }

  @Test("Derived generators differ for every stream and index, and repeat") func derived() {
    var seen = Set<UInt64>()
    for stream in 0..<20 as Range<UInt64> {
      for index in 0..<200 as Range<UInt64> {
        var generator = SplitMix64.derived(42, stream, index)
        var again = SplitMix64.derived(42, stream, index)
        let value = generator.next()
        #expect(value == again.next())
        seen.insert(value)
      }
    }
    #expect(seen.count == 4_000)
  }
}
