import AudioFrontEnd
import Foundation
import Testing

@Suite struct FeatureExtractorTests {
  static let means = (0..<40).map { Float($0) * -0.1 - 4 }

  /// All frames of `samples`, processed `chunk` samples at a time.
  func features(_ samples: [Int16], chunk: Int) -> [Int8] {
    var extractor = FeatureExtractor(initialMeans: Self.means)
    return features(samples, chunk: chunk, &extractor)
  }

  func features(_ samples: [Int16], chunk: Int, _ extractor: inout FeatureExtractor) -> [Int8] {
    var result: [Int8] = []
    var start = 0
    while start < samples.count {
      let end = min(start + chunk, samples.count)
      samples[start..<end].withUnsafeBufferPointer { part in
        extractor.process(part) { result.append(contentsOf: UnsafeBufferPointer(start: $0, count: 40)) }
      }
      start = end
    }
    return result
  }

  @Test("Features do not depend on how samples are divided among calls", arguments: [1, 7, 160, 4096])
  func chunking(chunk: Int) {
    var draw = Draw(seed: 20)
    let samples = draw.signal(sampleCount: 40_003)
    #expect(features(samples, chunk: chunk) == features(samples, chunk: samples.count))
  }

  @Test("The first frame completes at sample 400, and another one every 160 samples")
  func timing() {
    for (count, frames) in [(0, 0), (399, 0), (400, 1), (559, 1), (560, 2), (719, 2), (720, 3), (16_000, 98)] {
      var draw = Draw(seed: 3)
      #expect(features(draw.signal(sampleCount: count), chunk: 160).count == frames * 40, "\(count) samples")
    }
  }

  @Test("Frame i depends only on samples 160·i to 160·i + 399, apart from level and color")
  func support() {
    var draw = Draw(seed: 5)
    let samples = draw.signal(sampleCount: 1_600)
    let original = features(samples, chunk: 160)
    for (changed, lastUntouchedFrame) in [(680, 1), (720, 2), (1_000, 3), (1_040, 4)] {
      var other = samples
      other[changed] = other[changed] > 0 ? -30_000 : 30_000
      let frames = features(other, chunk: 160)
      let untouched = (lastUntouchedFrame + 1) * 40
      #expect(frames[..<untouched] == original[..<untouched], "sample \(changed)")
      #expect(frames[untouched..<untouched + 40] != original[untouched..<untouched + 40], "sample \(changed)")
    }
  }

  @Test("After a reset, the same samples give the same bytes")
  func reset() {
    var draw = Draw(seed: 9)
    let samples = draw.signal(sampleCount: 12_345)
    var extractor = FeatureExtractor(initialMeans: Self.means)
    let first = features(samples, chunk: 997, &extractor)
    extractor.reset()
    #expect(features(samples, chunk: 997, &extractor) == first)
  }

  /// `seconds` of white noise of constant level.
  func noise(_ amplitude: Int, seconds: Double, seed: UInt64) -> [Int16] {
    var draw = Draw(seed: seed)
    return (0..<Int(seconds * 16_000)).map { _ in Int16(Int(draw.next() % UInt64(2 * amplitude + 1)) - amplitude) }
  }

  /// Bursts of noise, four per second, at the level of speech.
  func bursts(_ amplitude: Int, seconds: Double, seed: UInt64) -> [Int16] {
    noise(amplitude, seconds: seconds, seed: seed).enumerated().map { $0 % 4_000 < 2_000 ? $1 : $1 / 64 }
  }

  /// The means for noise of this amplitude.
  func means(ofNoise amplitude: Int) -> [Float] {
    let samples = noise(amplitude, seconds: 2, seed: 77)
    var transform = LogMelTransform()
    var sums = [Float](repeating: 0, count: 40)
    var energies = sums
    for frame in 0..<190 {
      samples.withUnsafeBufferPointer { transform.transform($0.baseAddress! + 160 * frame, into: &energies) }
      for band in 0..<40 { sums[band] += energies[band] / 190 }
    }
    return sums
  }

  @Test("Silence of any length stays at the lowest feature in every band")
  func silence() {
    var extractor = FeatureExtractor(initialMeans: [Float](repeating: -5, count: 40))
    let frames = features([Int16](repeating: 0, count: 400 + 160 * 3_000), chunk: 4096, &extractor)
    // The level falls to its minimum, −5 + 1.5 − 5, and the color is −1.5, so −13.8 + 8.5 + 1.5 nepers remain.
    let expected = Int8((16 * (-13.815511 + 8.5 + 1.5)).rounded())
    for index in [1_000, 2_000, 3_000] {
      for band in 0..<40 { #expect(frames[index * 40 + band] == expected) }
    }
    var loud = FeatureExtractor(initialMeans: [Float](repeating: 0, count: 40))
    #expect(features([Int16](repeating: 0, count: 4_000), chunk: 160, &loud).allSatisfy { $0 == -96 })
  }

  @Test(
    "After 15 minutes of any background noise, speech has the same features as after other speech",
    arguments: [0, 1, 10, 60, 200])
  func afterQuiet(floor amplitude: Int) {
    let speech = bursts(8_000, seconds: 2, seed: 4)
    func heard(after before: [Int16]) -> [Int8] {
      var extractor = FeatureExtractor(initialMeans: means(ofNoise: 4_000))
      _ = features(before, chunk: 4096, &extractor)
      // The first two frames contain a few samples of the previous window.
      return features(speech, chunk: 4096, &extractor)
    }
    let before = bursts(8_000, seconds: 20, seed: 5)
    let usual = heard(after: before)
    let afterFloor = heard(after: before + noise(amplitude, seconds: 900, seed: 6))
    // Loud frames from the sixth after the onset: the level is within a tenth of a neper.
    for frame in 10..<12 {
      for band in 0..<40 {
        let (a, b) = (usual[frame * 40 + band], afterFloor[frame * 40 + band])
        #expect(abs(Int(a) - Int(b)) <= 4, "floor \(amplitude), frame \(frame), band \(band): \(a) and \(b)")
      }
    }
    // Even the first loud frame stays within the range of 8 bits.
    #expect(afterFloor[..<(8 * 40)].allSatisfy { $0 < 127 })
  }

  @Test("A full-scale square wave saturates at 127 and never wraps around")
  func squareWave() {
    var extractor = FeatureExtractor(initialMeans: [Float](repeating: -13, count: 40))
    let wave = (0..<16_000).map { $0 % 100 < 50 ? Int16.max : Int16.min }
    let frames = features(wave, chunk: 160, &extractor)
    #expect(frames[..<40].max() == 127)
    #expect(frames[..<40].min()! > 0)
  }

  @Test("Features of speech adapt to a gain of ±20 dB within seconds", arguments: [10, 0.1])
  func gain(factor: Double) {
    func heard(_ gain: Double) -> [Int8] {
      var extractor = FeatureExtractor(initialMeans: means(ofNoise: 1_500))
      _ = features(bursts(3_000, seconds: 10, seed: 2), chunk: 4096, &extractor)
      let other = bursts(3_000, seconds: 10, seed: 3).map { Int16((Double($0) * gain).rounded()) }
      return features(other, chunk: 4096, &extractor)
    }
    let (usual, changed) = (heard(1), heard(factor))
    // Burst 36, at nine seconds: loud from frame 900 to 911.
    for frame in 905..<910 {
      for band in 5..<40 {
        let (a, b) = (usual[frame * 40 + band], changed[frame * 40 + band])
        #expect(abs(Int(a) - Int(b)) <= 6, "frame \(frame), band \(band): \(a) and \(b)")
      }
    }
  }

  @Test("The microphone's color is learned from speech and kept through minutes of noise with another color")
  func color() {
    /// First-order high-pass filter: a microphone without bass.
    func thin(_ samples: [Int16]) -> [Int16] {
      var previous = 0.0
      return samples.map { sample in
        defer { previous = Double(sample) }
        return Int16(max(-32_768, min(32_767, 0.9 * (Double(sample) - 0.9 * previous))))
      }
    }
    func mean(_ frames: [Int8], _ range: Range<Int>) -> [Double] {
      (0..<40).map { band in
        range.reduce(0) { $0 + Double(frames[$1 * 40 + band]) } / Double(range.count) / 16
      }
    }
    let speech = thin(bursts(8_000, seconds: 30, seed: 8))
    var extractor = FeatureExtractor(initialMeans: means(ofNoise: 4_000))
    let start = mean(features(Array(speech[..<8_000]), chunk: 4096, &extractor), 0..<10)
    _ = features(speech, chunk: 4096, &extractor)
    let learned = mean(features(Array(speech[..<8_000]), chunk: 4096, &extractor), 2..<12)
    _ = features(noise(40, seconds: 600, seed: 9), chunk: 4096, &extractor)
    let kept = mean(features(Array(speech[..<8_000]), chunk: 4096, &extractor), 6..<12)
    func tilt(_ bands: [Double]) -> Double { bands[30..<40].reduce(0, +) / 10 - bands[2..<12].reduce(0, +) / 10 }
    #expect(tilt(start) > 2, "the microphone's tilt is heard at first: \(tilt(start))")
    #expect(abs(tilt(learned)) < 0.5, "\(tilt(learned))")
    #expect(abs(tilt(kept)) < 0.5, "\(tilt(kept))")
  }
}
