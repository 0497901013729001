import Foundation
import SeededRandom
import Testing
import Training

@Suite struct RoomSimulationTests {
  static let seed: UInt64 = 19

  func rooms(
    _ count: Int, seconds: ClosedRange<Float> = 0.12...0.9, decibels: ClosedRange<Float> = -15...12, seed: UInt64 = seed
  ) -> RoomResponses {
    var configuration = AugmentationConfiguration()
    configuration.reverberationSeconds = seconds
    configuration.reverberantToDirectDecibels = decibels
    return RoomResponses(simulating: count, configuration, seed: seed)
  }

  func median(_ values: [Float]) -> Float {
    let sorted = values.filter(\.isFinite).sorted()
    return sorted[sorted.count / 2]
  }

  @Test(
    "Measures of noise that decays by 60 dB in a known time equal the formula",
    arguments: [0.25, 0.7] as [Float])
  func measures(seconds: Float) throws {
    var generator = SplitMix64(seed: Self.seed)
    var transforms: [Int: ComplexTransform] = [:]
    let rate = 6.907_755 / (seconds * 16_000)
    // Energy of the tail over that of the direct sound: Σ g²·e^(−2·rate·n) = g² / (2·rate).
    let gain = (4 * 2 * rate).squareRoot()
    let responses = try (0..<12).map { _ in
      var samples = (0..<Int(seconds * 20_000)).map { gain * generator.nextNormal() * expf(-rate * Float($0)) }
      samples[0] = 1
      return try #require(
        RoomResponse(name: "", kind: .talker, metres: 1, samples: samples, directIndex: 0, sharing: &transforms))
    }
    let measures = RoomMeasures.measure(responses)
    func mean(_ value: (RoomMeasures) -> Float) -> Float {
      measures.reduce(0) { $0 + value($1) } / Float(measures.count)
    }
    for (band, hertz) in RoomMeasures.octaveHertz.enumerated() {
      let found = mean { $0.reverberationSeconds[band] }
      // The decay of a low octave has few independent values.
      #expect(abs(found / seconds - 1) < (hertz < 500 ? 0.2 : 0.07), "seed \(Self.seed), \(hertz) Hz: \(found) s")
    }
    let early = 1 - expf(-2 * rate * 40)
    let ratio = 10 * log10f(4 * (1 - early) / (1 + 4 * early))
    #expect(abs(mean { $0.reverberantToDirectDecibels } - ratio) < 0.3, "seed \(Self.seed)")
    let clear = 1 - expf(-2 * rate * 800)
    let clarity = 10 * log10f((1 + 4 * clear) / (4 * (1 - clear)))
    #expect(abs(mean { $0.clarityDecibels } - clarity) < 0.4, "seed \(Self.seed)")
    for index in 2..<4 {
      #expect((0.93...1.07).contains(mean { $0.echoDensities[index] }), "seed \(Self.seed)")
    }
  }

  @Test("Sparse echoes have a low echo density, and a comb is colored")
  func sparseEchoes() throws {
    var transforms: [Int: ComplexTransform] = [:]
    var samples = [Float](repeating: 0, count: 3_000)
    for place in stride(from: 0, to: 3_000, by: 40) { samples[place] = 1 }
    let sparse = try #require(
      RoomResponse(name: "", kind: .talker, metres: 1, samples: samples, directIndex: 0, sharing: &transforms))
    let dry = try #require(
      RoomResponse(name: "", kind: .talker, metres: 1, samples: [1] + samples.map { $0 * 0 }, sharing: &transforms))
    let measures = RoomMeasures.measure([sparse, dry])
    #expect(measures[0].echoDensities[2] < 0.15)
    #expect(measures[0].colorationDecibels > 1)
    #expect(measures[1].colorationDecibels < 0.01)
    #expect(measures[1].reverberantToDirectDecibels < -60)
  }

  @Test("The same seed gives the same rooms, another seed different ones")
  func determinism() {
    #expect(rooms(5).fingerprint == rooms(5).fingerprint)
    #expect(rooms(5).fingerprint != rooms(5, seed: Self.seed + 1).fingerprint)
  }

  @Test("Middle octaves decay in the drawn time", arguments: [0.15, 0.4, 0.9] as [Float])
  func reverberation(seconds: Float) {
    let measures = RoomMeasures.measure(rooms(40, seconds: seconds...seconds).rooms.flatMap(\.noises))
    let found = median(measures.map { $0.reverberationSeconds[3] })
    // In a box, walls of different absorption ring slightly longer or shorter than in Eyring's formula.
    #expect((0.75...1.3).contains(found / seconds), "seed \(Self.seed): \(found) s")
  }

  @Test("Talkers have the drawn ratio of reflections to direct sound", arguments: [-15, -5, 0, 6, 12] as [Float])
  func ratios(decibels: Float) {
    let talkers = rooms(20, decibels: decibels...decibels).rooms.flatMap(\.talkers)
    let found = RoomMeasures.measure(talkers).map(\.reverberantToDirectDecibels)
    #expect(found.allSatisfy { abs($0 - decibels) < 0.3 }, "seed \(Self.seed): \(found)")
    let metres = median(talkers.map(\.metres))
    #expect(decibels < -10 ? metres < 0.6 : decibels > 5 ? metres > 1 : true, "seed \(Self.seed): \(metres) m")
  }

  @Test(
    "Rooms resemble measured ones: low octaves ring longer, distant places are less clear, tails are dense")
  func statistics() {
    let places = rooms(150, seconds: 0.2...0.9).rooms.flatMap(\.noises)
    let measures = RoomMeasures.measure(places)
    let seconds = (0..<7).map { band in median(measures.map { $0.reverberationSeconds[band] }) }
    let draw: Comment = "seed \(Self.seed)"
    #expect((0.5...0.85).contains(seconds[0]), draw)
    #expect((0.4...0.65).contains(seconds[3]), draw)
    #expect((0.25...0.5).contains(seconds[6]), draw)
    #expect(zip(seconds[1...], seconds[2...]).allSatisfy { $0 > $1 }, "seed \(Self.seed): \(seconds)")
    #expect((4...9).contains(median(measures.map(\.reverberantToDirectDecibels))), draw)
    #expect((4...10).contains(median(measures.map(\.clarityDecibels))), draw)
    func ratio(_ range: ClosedRange<Float>) -> Float {
      median(zip(places, measures).filter { range.contains($0.0.metres) }.map(\.1.reverberantToDirectDecibels))
    }
    #expect(ratio(0...1.2) < ratio(1.2...2.5) && ratio(1.2...2.5) < ratio(2.5...9), draw)
    let densities = (0..<5).map { index in median(measures.map { $0.echoDensities[index] }) }
    #expect(densities[0] < 0.7 && densities[2] > 0.75 && (0.9...1.15).contains(densities[4]), "\(densities)")
    #expect((1...3).contains(median(measures.map(\.colorationDecibels))), draw)
  }

  @Test("A simulated room costs less than 4 ms of processor time")
  func cost() {
    let seconds = medianProcessorSeconds { _ = rooms(30) } / 30
    print("a simulated room: \(seconds * 1e3) ms of processor time")
    #if !DEBUG
      #expect(seconds < 4e-3)
    #endif
  }
}
