import AudioFrontEnd
import Foundation
import Testing

@Suite struct FeatureExtractorTests {
  static let means = (0..<40).map { Float($0) * -0.1 - 4 }

  /// All frames of `samples`, handed over `chunk` at a time.
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

  @Test("Any chunking of the samples gives identical bytes", arguments: [1, 7, 160, 4096])
  func chunking(chunk: Int) {
    var draw = Draw(seed: 20)
    let samples = draw.signal(sampleCount: 40_003)
    #expect(features(samples, chunk: chunk) == features(samples, chunk: samples.count))
  }

  @Test("The first frame comes with sample 400 and the next every 160 samples")
  func timing() {
    for (count, frames) in [(0, 0), (399, 0), (400, 1), (559, 1), (560, 2), (719, 2), (720, 3), (16_000, 98)] {
      var draw = Draw(seed: 3)
      #expect(features(draw.signal(sampleCount: count), chunk: 160).count == frames * 40, "\(count) samples")
    }
  }

  @Test("Frame i depends on samples 160·i to 160·i + 399 alone, running means aside")
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

  @Test("After a reset the same samples give the same bytes")
  func reset() {
    var draw = Draw(seed: 9)
    let samples = draw.signal(sampleCount: 12_345)
    var extractor = FeatureExtractor(initialMeans: Self.means)
    let first = features(samples, chunk: 997, &extractor)
    extractor.reset()
    #expect(features(samples, chunk: 997, &extractor) == first)
  }

  @Test("Silence saturates below, then the means follow with a time constant of 400 frames")
  func silence() {
    var extractor = FeatureExtractor(initialMeans: [Float](repeating: -9, count: 40))
    let frames = features([Int16](repeating: 0, count: 400 + 160 * 1_200), chunk: 4096, &extractor)
    let y = -13.815511 + 9.0
    for index in [0, 1, 400, 1_200] {
      let expected = (16 * y * pow(1 - 1.0 / 400, Double(index))).rounded()
      for band in 0..<40 { #expect(abs(Double(frames[index * 40 + band]) - expected) <= 1) }
    }
  }

  @Test("A full-scale square wave saturates at 127 where it is loud and never wraps round")
  func squareWave() {
    var extractor = FeatureExtractor(initialMeans: [Float](repeating: -13, count: 40))
    let wave = (0..<16_000).map { $0 % 100 < 50 ? Int16.max : Int16.min }
    let frames = features(wave, chunk: 160, &extractor)
    #expect(frames[..<40].max() == 127)
    #expect(frames[..<40].min()! > 0)
  }

  @Test("A gain shifts every feature alike, and the running means take the shift away")
  func gain() {
    var draw = Draw(seed: 12)
    let loud = (0..<400 + 160 * 3_000).map { _ in Int16(Int(draw.next() % 8_192) - 4_096) * 2 }
    let loudFrames = features(loud, chunk: 4096)
    let quietFrames = features(loud.map { $0 / 2 }, chunk: 4096)
    for index in 0..<40 where abs(loudFrames[index]) < 127 && abs(quietFrames[index]) < 127 {
      #expect(abs(Double(loudFrames[index]) - Double(quietFrames[index]) - 16 * log(4.0)) <= 1)
    }
    // The means have their start forgotten but for e^−7.
    for index in loudFrames.count - 400..<loudFrames.count {
      #expect(abs(Int(loudFrames[index]) - Int(quietFrames[index])) <= 1)
    }
  }

  @Test("Frames cost under 3 µs each on the workstation")
  func cost() {
    var draw = Draw(seed: 1)
    let samples = draw.signal(sampleCount: 400 + 160 * 2_000)
    var extractor = FeatureExtractor(initialMeans: Self.means)
    var best = Double.infinity
    for _ in 0..<20 {
      var start = timespec()
      var end = timespec()
      clock_gettime(CLOCK_THREAD_CPUTIME_ID, &start)
      var checksum = 0
      samples.withUnsafeBufferPointer { extractor.process($0) { checksum += Int($0[3]) } }
      clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end)
      let seconds = Double(end.tv_sec - start.tv_sec) + Double(end.tv_nsec - start.tv_nsec) * 1e-9
      best = min(best, seconds / 2_000 + (checksum == .max ? 1 : 0))
    }
    print("feature frame: \(best * 1e6) µs of processor time")
    #if !DEBUG
      // Four times the usual cost: the test machine may be an old one.
      #expect(best < 12e-6)
    #endif
  }
}
