import Foundation
import SeededRandom
import Testing
import Training

@Suite struct CorpusAugmenterTests {
  static let seed: UInt64 = 41

  /// Augments with a corpus of the given clips. Clips without text are the noises.
  func augment(
    _ samples: [Int16], _ configuration: AugmentationConfiguration, seed: UInt64 = Self.seed,
    clips: [(text: String, samples: [Int16])] = [("", [1])]
  ) throws -> AugmentedAudio {
    let folder = try CorpusFolder()
    let corpus = try folder.prepared(clips)
    var augmenter = AudioAugmenter(
      corpus: corpus, noises: corpus.utterances.filter(\.isNoise), babble: corpus.utterances.filter { !$0.isNoise },
      configuration: configuration)
    var generator = SplitMix64(seed: seed)
    return samples.withUnsafeBufferPointer { augmenter.augment($0, using: &generator) }
  }

  /// Every recording gets a recorded noise and no other change.
  private static var recordedNoises: AugmentationConfiguration {
    var configuration = AugmentationConfiguration.none
    configuration.noiseShare = 1
    configuration.babbleShare = 0
    configuration.steadyNoiseShare = 0
    return configuration
  }

  func difference(_ a: [Int16], _ b: [Int16]) -> [Double] { zip(a, b).map { Double($0) - Double($1) } }

  @Test("Without any effect the samples are unchanged")
  func nothing() throws {
    let samples = tone(440, amplitude: 32_767, count: 5_000)
    let result = try augment(samples, .none)
    #expect(result.samples == samples)
    #expect(result.speedFactor == 1)
    #expect(result.leadingSamples == 0)
  }

  @Test("The same seed gives the same audio, another seed different audio")
  func determinism() throws {
    let samples = tone(440, amplitude: 9_000, count: 20_000)
    let clips = [("", tone(3_000, amplitude: 500, count: 9_000)), ("HELLO", tone(700, amplitude: 800, count: 7_000))]
    var differing = 0
    for seed in 1...20 as ClosedRange<UInt64> {
      let first = try augment(samples, AugmentationConfiguration(), seed: seed, clips: clips)
      let second = try augment(samples, AugmentationConfiguration(), seed: seed, clips: clips)
      #expect(first.samples == second.samples, "seed \(seed)")
      #expect(first.leadingSamples == second.leadingSamples && first.speedFactor == second.speedFactor)
      let other = try augment(samples, AugmentationConfiguration(), seed: seed + 100, clips: clips)
      if other.samples != first.samples { differing += 1 }
    }
    #expect(differing == 20)
  }

  @Test("Earlier calls of an instance do not affect later ones")
  func noMemory() throws {
    let folder = try CorpusFolder()
    let corpus = try folder.prepared([("", tone(3_000, amplitude: 500, count: 9_000))])
    var configuration = AugmentationConfiguration()
    configuration.roomShare = 1
    var augmenter = AudioAugmenter(
      corpus: corpus, noises: corpus.utterances, babble: [], configuration: configuration)
    let samples = tone(440, amplitude: 9_000, count: 12_345)
    var results: [[Int16]] = []
    for _ in 0..<2 {
      var generator = SplitMix64(seed: 8)
      results.append(samples.withUnsafeBufferPointer { augmenter.augment($0, using: &generator).samples })
      for length in [50_000, 3, 0] {
        let others = [Int16](repeating: 30_000, count: length)
        _ = others.withUnsafeBufferPointer { augmenter.augment($0, using: &generator) }
      }
    }
    #expect(results[0] == results[1])
  }

  @Test(
    "Recorded noise is added at the drawn signal-to-noise ratio, unchanged or varied",
    arguments: [0, 5, 10, 25] as [Float], [0, 1] as [Float])
  func recordedNoise(decibels: Float, varietyShare: Float) throws {
    var configuration = Self.recordedNoises
    configuration.noiseVarietyShare = varietyShare
    configuration.signalToNoiseDecibels = decibels...decibels
    let samples = tone(1_000, amplitude: 8_000, count: 16_000)
    let result = try augment(samples, configuration, clips: [("", tone(3_000, amplitude: 40, count: 4_800))])
    let noise = difference(result.samples, samples).reduce(0) { $0 + $1 * $1 }
    let ratio = 10 * log10(samples.reduce(0.0) { $0 + Double($1) * Double($1) } / noise)
    #expect(abs(ratio - Double(decibels)) < 0.3, "seed \(Self.seed): \(ratio) dB")
  }

  @Test("A few recorded noises are varied in speed and number, without repetition")
  func variety() throws {
    var configuration = Self.recordedNoises
    configuration.noiseVarietyShare = 1
    configuration.signalToNoiseDecibels = 0...0
    let samples = tone(200, amplitude: 5_000, count: 16_000)
    let clips = [("", tone(1_000, amplitude: 300, count: 8_000)), ("", tone(3_000, amplitude: 9_000, count: 5_000))]
    var pitches: Set<Int> = []
    var mixed = 0
    for seed in 1...40 as ClosedRange<UInt64> {
      let noise = difference(try augment(samples, configuration, seed: seed, clips: clips).samples, samples)
      // A tone crosses zero twice per period. The rate of two tones lies in between.
      let crossings = zip(noise, noise.dropFirst()).count { ($0 < 0) != ($1 < 0) }
      pitches.insert(crossings / 20)
      // One second: 1,000 Hz becomes 670 to 1,490, 3,000 Hz 2,010 to 4,480.
      #expect(crossings > 1_200 && crossings < 9_200, "seed \(seed)")
      // The peak of one tone is √2 times its root mean square; that of several is higher.
      let power = noise.reduce(0) { $0 + $1 * $1 } / Double(noise.count)
      if noise.map(abs).max()! > 1.6 * power.squareRoot() { mixed += 1 }
    }
    #expect(pitches.count > 15)
    #expect(mixed > 5)
  }

  @Test("Babble and steady noise have the drawn signal-to-noise ratio", arguments: [true, false])
  func otherNoise(isBabble: Bool) throws {
    var configuration = AugmentationConfiguration.none
    configuration.noiseShare = 1
    configuration.babbleShare = isBabble ? 1 : 0
    configuration.steadyNoiseShare = 1
    configuration.signalToNoiseDecibels = 12...12
    let samples = tone(1_000, amplitude: 8_000, count: 16_000)
    let talkers = (0..<5).map { ("WORD", tone(300 + 170 * Double($0), amplitude: 900, count: 3_000 + 777 * $0)) }
    for seed in 1...5 as ClosedRange<UInt64> {
      let result = try augment(samples, configuration, seed: seed, clips: talkers)
      let ratio = 10 * log10(power(samples) / power(difference(result.samples, samples)))
      #expect(abs(ratio - 12) < 0.1, "seed \(seed): \(ratio) dB")
    }
  }

  @Test("Digital silence as noise changes nothing")
  func silentNoise() throws {
    var configuration = AugmentationConfiguration.none
    configuration.noiseShare = 1
    configuration.babbleShare = 0
    configuration.steadyNoiseShare = 0
    let samples = tone(1_000, amplitude: 8_000, count: 4_000)
    #expect(try augment(samples, configuration, clips: [("", [0, 0, 0])]).samples == samples)
  }

  @Test("Sample i comes from position (i − leadingSamples) · speedFactor", arguments: [0.88, 1, 1.12] as [Float])
  func mapping(factor: Float) throws {
    var configuration = AugmentationConfiguration.none
    configuration.speedShare = 1
    configuration.speedFactors = factor...factor
    configuration.paddingShare = 1
    for seed in 1...5 as ClosedRange<UInt64> {
      for said in [1_000, 8_000, 14_900] {
        var samples = [Int16](repeating: 0, count: 15_000)
        for offset in -20...20 { samples[said + offset] = Int16(20_000 * exp(-pow(Double(offset) / 6, 2))) }
        let result = try augment(samples, configuration, seed: seed)
        #expect(result.speedFactor == factor)
        let heard = try #require(result.samples.indices.max { result.samples[$0] < result.samples[$1] })
        let mapped = Double(heard - result.leadingSamples) * Double(factor)
        #expect(abs(mapped - Double(said)) <= 1, "seed \(seed), said \(said), heard \(heard)")
        #expect(result.samples.count >= result.leadingSamples + Int(14_999 / Double(factor)))
        #expect(result.samples.count <= Int(15_000 / Double(factor)) + 16_001)
        #expect((0...8_000).contains(result.leadingSamples))
      }
    }
  }

  @Test("A tone played faster or slower is a clean tone of another pitch", arguments: [0.88, 0.95, 1.12] as [Float])
  func pitch(factor: Float) throws {
    var configuration = AugmentationConfiguration.none
    configuration.speedShare = 1
    configuration.speedFactors = factor...factor
    for hertz in [200.0, 1_000, 3_000, 5_000] {
      let result = try augment(tone(hertz, amplitude: 20_000, count: 16_000), configuration).samples
      let inner = Array(result[100..<result.count - 100])
      let (heard, rest) = fittedTone(inner, hertz: hertz * Double(factor))
      #expect(abs(20 * log10(heard / 20_000)) < 0.3, "\(hertz) Hz: \(heard)")
      let decibels = 10 * log10(rest / power(inner))
      #expect(decibels < (hertz < 4_000 ? -48 : -38), "\(hertz) Hz: \(decibels) dB")
    }
  }

  @Test(
    "A simulated room preserves direct sound and level, and adds decaying reflections of the drawn energy"
  )
  func room() throws {
    var click = [Int16](repeating: 0, count: 12_000)
    click[500] = 30_000
    for (seed, ratio) in zip(1...12 as ClosedRange<UInt64>, [-15, -6, 0, 6, 12, -3, -15, -6, 0, 6, 12, -3] as [Float]) {
      var configuration = AugmentationConfiguration.none
      configuration.roomShare = 1
      configuration.reverberationSeconds = 0.5...0.5
      configuration.reverberantToDirectDecibels = ratio...ratio
      let heard = try augment(click, configuration, seed: seed).samples.map(Double.init)
      let draw: Comment = "seed \(seed), \(ratio) dB"
      #expect(abs(heard[500]) > 2 * heard[400..<498].map(abs).max()!, draw)
      let before = heard[..<495].reduce(0) { $0 + $1 * $1 }
      let direct = heard[495..<540].reduce(0) { $0 + $1 * $1 }
      let reflections = heard[540...].reduce(0) { $0 + $1 * $1 }
      #expect(abs(10 * log10(reflections / direct) - Double(ratio)) < 0.8, draw)
      #expect(before < direct / 100, draw)
      #expect(abs((before + direct + reflections) / 9e8 - 1) < 1e-2, draw)
      // From 100 to 200 ms a sound falls by 12 dB if the reverberation time is half a second.
      let early = power(Array(heard[2_100..<2_900]))
      let late = power(Array(heard[3_700..<4_500]))
      #expect((6...20).contains(10 * log10(early / late)), draw)
      // Low octaves ring up to twice as long.
      #expect(heard[11_000...].reduce(0) { $0 + $1 * $1 } < reflections / 1_000, draw)
    }
  }

  @Test("The low-pass halves at its frequency, blocks 1 kHz above it and passes 1 kHz below it")
  func lowPass() throws {
    var configuration = AugmentationConfiguration.none
    configuration.lowPassShare = 1
    configuration.lowPassHertz = 4_000...4_000
    for (hertz, range) in [(1_000, -0.2...0.2), (3_000, -0.5...0.2), (4_000, -7 ... -5), (5_000, -200 ... -40)] {
      let result = try augment(tone(Double(hertz), amplitude: 20_000, count: 8_000), configuration).samples
      let gain = 20 * log10(amplitude(Array(result[400..<7_600]), at: Double(hertz)) / 20_000)
      #expect(range.contains(gain), "\(hertz) Hz: \(gain) dB")
    }
  }

  @Test("The high-pass attenuates by 3 dB at its frequency and by 6 dB more an octave below")
  func highPass() throws {
    var configuration = AugmentationConfiguration.none
    configuration.highPassShare = 1
    configuration.highPassHertz = 200...200
    for (hertz, expected) in [(200, -3.01), (100, -6.99), (2_000, -0.04)] {
      let result = try augment(tone(Double(hertz), amplitude: 20_000, count: 16_000), configuration).samples
      let gain = 20 * log10(amplitude(Array(result[4_000..<12_000]), at: Double(hertz)) / 20_000)
      #expect(abs(gain - expected) < 0.1, "\(hertz) Hz: \(gain) dB")
    }
  }

  @Test("The codec gives the levels of G.711")
  func codec() throws {
    var configuration = AugmentationConfiguration.none
    configuration.codecShare = 1
    let all = (Int(Int16.min)...Int(Int16.max)).map { Int16($0) }
    let once = try augment(all, configuration).samples
    #expect(try augment(once, configuration).samples == once)
    // ±0 are the same level here.
    #expect(Set(once).count == 255)
    for (sample, level) in [(0, 0), (1_000, 988), (-1_000, -988), (32_767, 32_124), (-32_768, -32_124)] {
      #expect(once[sample + 32_768] == level)
    }
    let wrong = zip(all, once).filter { (sample: Int16, level: Int16) -> Bool in
      let distance = abs(Int(sample) - Int(level))
      return abs(Int(sample)) < 32_200 && distance > 8 + abs(Int(sample)) / 30
    }
    #expect(wrong.isEmpty, "\(wrong.count) of the samples, first \(String(describing: wrong.first))")
  }

  @Test("A telephone line passes speech below 3 kHz and nothing above 4.3 kHz, in the levels of its codec")
  func telephone() throws {
    var configuration = AugmentationConfiguration.none
    configuration.telephoneShare = 1
    for (hertz, range) in [(300, -0.3...0.3), (1_000, -0.3...0.3), (2_500, -0.8...0.3), (5_000, -200 ... -35)] {
      let result = try augment(tone(Double(hertz), amplitude: 12_000, count: 8_000), configuration).samples
      let inner = Array(result[400..<7_600])
      let gain = 20 * log10(amplitude(inner, at: Double(hertz)) / 12_000)
      #expect(range.contains(gain), "\(hertz) Hz: \(gain) dB")
      guard hertz < 4_000 else { continue }
      // 8 bits of µ-law give 38 dB. The mirrored tone above 4 kHz stays below.
      let (_, rest) = fittedTone(inner, hertz: Double(hertz))
      #expect((-48 ... -30).contains(10 * log10(rest / power(inner))), "\(hertz) Hz")
      #expect(amplitude(inner, at: 8_000 - Double(hertz)) < 12_000 / 50, "\(hertz) Hz")
    }
  }

  @Test("Gain is in decibels and clips at full scale")
  func gain() throws {
    var configuration = AugmentationConfiguration.none
    configuration.gainDecibels = -6.0206 ... -6.0206
    let samples = tone(500, amplitude: 30_000, count: 4_000)
    let half = try augment(samples, configuration).samples
    #expect(difference(half, samples.map { $0 / 2 }).allSatisfy { abs($0) <= 1 })
    configuration.gainDecibels = 10...10
    let clipped = try augment(samples, configuration).samples
    #expect(clipped.max() == 32_767 && clipped.min() == -32_768)
    #expect(zip(clipped, samples).allSatisfy { ($0 >= 0) == ($1 >= 0) || $1 == 0 })
  }

  @Test("An overdriven recording is clipped at the drawn depth and otherwise unchanged")
  func overdrive() throws {
    var configuration = AugmentationConfiguration.none
    configuration.overdriveShare = 1
    configuration.overdriveDecibels = 6.0206...6.0206
    let samples = tone(500, amplitude: 20_000, count: 4_000)
    let result = try augment(samples, configuration).samples
    let cut = samples.map { max(-10_000, min(10_000, $0)) }
    #expect(difference(result, cut).allSatisfy { abs($0) <= 1.5 })
  }

  @Test("Self-noise has a level within the configured range and covers the padding")
  func selfNoise() throws {
    var configuration = AugmentationConfiguration.none
    configuration.selfNoiseShare = 1
    configuration.selfNoiseDecibels = -60 ... -60
    configuration.paddingShare = 1
    let result = try augment([Int16](repeating: 0, count: 16_000), configuration)
    #expect(abs(10 * log10(power(result.samples) / pow(32_768, 2)) - -60) < 1)
  }

  @Test("Recordings of 0, 1 and 7 samples pass through every effect")
  func short() throws {
    for count in [0, 1, 7] {
      for seed in 1...40 as ClosedRange<UInt64> {
        let result = try augment(
          [Int16](repeating: -32_768, count: count), AugmentationConfiguration(), seed: seed,
          clips: [("", [5]), ("A", [7, -7])])
        #expect(result.samples.count <= 16_000 + 8)
        #expect(result.samples.count >= count - 1)
      }
    }
  }

  @Test("Augmentation costs less than 1 ms of processor time per second of audio")
  func cost() throws {
    let folder = try CorpusFolder()
    var draw = SplitMix64(seed: 2)
    let samples = (0..<80_000).map { _ in Int16(draw.nextNormal() * 2_000) }
    let corpus = try folder.prepared([("", samples), ("A", samples), ("B", samples)])
    var augmenter = AudioAugmenter(
      corpus: corpus, noises: corpus.utterances.filter(\.isNoise), babble: corpus.utterances.filter { !$0.isNoise })
    var generator = SplitMix64(seed: 3)
    var count = 0
    let seconds = medianProcessorSeconds {
      for _ in 0..<200 {
        count += samples.withUnsafeBufferPointer { augmenter.augment($0, using: &generator).samples.count }
      }
    }
    // The five runs have drawn about as much audio each.
    let cost = seconds / (Double(count) / 5 / 16_000)
    print("augmentation: \(cost * 1e3) ms of processor time per second of audio")
    #if !DEBUG
      #expect(cost < 1e-3)
    #endif
  }
}
