import Recordings
import SeededRandom
import Testing

@Suite("Conversion of frames")
struct SampleConverterTests {
  /// A sample's bytes in a card's layout; the value has as many bits as the format, 24 for floating point.
  private func bytes(_ value: Int, _ format: SampleFormat, filler: UInt8) -> [UInt8] {
    let bits = format == .float32 ? Int((Float(value) / 0x1p23).bitPattern) : value
    let all = (0..<4).map { UInt8(truncatingIfNeeded: bits >> (8 * $0)) }
    switch format {
    case .int16: return Array(all[..<2])
    case .packedInt24: return Array(all[..<3])
    // A card may leave anything in the fourth byte.
    case .int24: return all[..<3] + [filler]
    case .int32, .float32: return all
    }
  }

  private func bits(_ format: SampleFormat) -> Int {
    switch format {
    case .int16: 16
    case .int24, .packedInt24, .float32: 24
    case .int32: 32
    }
  }

  private func convert(
    _ frames: [UInt8], _ format: SampleFormat, channelCount: Int, channel: Int?, gainDecibels: Int = 0
  ) -> (samples: [Int16], levels: SourceLevels) {
    var options = SourceOptions()
    options.channel = channel
    options.gainDecibels = gainDecibels
    let layout = SampleLayout(format: format, channelCount: channelCount)
    let count = frames.count / layout.frameBytes
    let converter = SampleConverter(layout, options, blockFrames: count)
    frames.withUnsafeBytes { converter.supply($0.baseAddress!, frameCount: count) }
    var samples = [Int16](repeating: 0, count: count + 1)
    let made = samples.withUnsafeMutableBufferPointer { converter.produce(into: $0) }
    return (Array(samples[..<made]), converter.levels)
  }

  @Test(
    "any channel, or the mean of all, is the nearest step of 16 bits and saturates",
    arguments: SampleFormat.allCases, [1, 2, 4, 6, 8])
  func seededFrames(format: SampleFormat, channelCount: Int) {
    let seed: UInt64 = 31
    var draws = SplitMix64(seed: seed)
    let frameCount = 200
    let half = 1 << (bits(format) - 1)
    let values = (0..<frameCount * channelCount).map { _ -> Int in
      let draw = draws.next()
      // Every eighth is an extreme one.
      return draw & 7 == 0 ? (draw & 8 == 0 ? -half : half - 1) : Int(draw >> 8 & UInt64(2 * half - 1)) - half
    }
    let frames = values.flatMap { bytes($0, format, filler: UInt8(truncatingIfNeeded: draws.next())) }
    for channel in [nil] + (0..<channelCount).map(Optional.init) {
      let samples = convert(frames, format, channelCount: channelCount, channel: channel).samples
      #expect(samples.count == frameCount)
      for frame in 0..<frameCount {
        let taken = (channel.map { $0...$0 } ?? 0...(channelCount - 1)).map { values[frame * channelCount + $0] }
        let mean = Double(taken.reduce(0, +)) / Double(taken.count) / Double(1 << (bits(format) - 16))
        let expected = min(max(mean, -32_768), 32_767)
        // The value is a Float before it is rounded, of 24 bits: a tie may go either way.
        #expect(
          abs(Double(samples[frame]) - expected) <= 0.5 + 0x1p-8,
          "seed \(seed), frame \(frame), channel \(String(describing: channel)): mean \(mean)")
      }
    }
  }

  @Test("16-bit samples of one of several channels are unchanged")
  func unchanged() {
    let samples: [Int16] = [0, 1, -1, .max, .min, 77]
    let frames = samples.flatMap { bytes(Int($0), .int16, filler: 0) + bytes(1_234, .int16, filler: 0) }
    #expect(convert(frames, .int16, channelCount: 2, channel: 0).samples == samples)
    #expect(convert(frames, .int16, channelCount: 2, channel: 1).samples == [Int16](repeating: 1_234, count: 6))
  }

  /// Noise with flat tops of full scale, in which two channels cancel each other if asked to.
  private func seededIntegers(_ channelCount: Int, frameCount: Int, isCancelling: Bool, _ seed: UInt64) -> [Int16] {
    var draws = SplitMix64(seed: seed)
    var samples: [Int16] = []
    for _ in 0..<frameCount {
      let tops = draws.next() & 127 == 0
      for channel in 0..<channelCount {
        let draw = draws.next()
        let value = Int16(truncatingIfNeeded: draw >> 8)
        // Full scale is -32,768, -32,767 and 32,767; the values beside are not.
        let top: Int16 = [.min, -32_767, -32_766, .max, 32_766, .max, .min, .max][Int(draw & 7)]
        let isOpposite = isCancelling && channel & 1 == 1
        samples.append(tops ? top : isOpposite ? -max(samples[samples.count - 1], -32_767) : value)
      }
    }
    // A flat top across the ends of blocks of any size, in the last channel, between values that just fit.
    for frame in 155...164 {
      let top: Int16 = frame == 155 ? 32_766 : frame == 164 ? -32_766 : [.max, .min, -32_767][frame % 3]
      samples[frame * channelCount + channelCount - 1] = top
    }
    return samples
  }

  @Test(
    "integers give the samples and the levels of floating point, in blocks of any size",
    arguments: [1, 2, 3, 4, 6, 7, 8, 63, 64, 65], [1, 7, 160, 400])
  func integers(channelCount: Int, blockFrames: Int) {
    let seed = UInt64(channelCount * 10_000 + blockFrames)
    let frameCount = 400
    for isCancelling in [false, true] {
      let samples = seededIntegers(channelCount, frameCount: frameCount, isCancelling: isCancelling, seed)
      // An odd address, which a stream may give.
      let bytes: [UInt8] = [0] + samples.flatMap { self.bytes(Int($0), .int16, filler: 0) }
      for channel in [nil, 0, channelCount - 1] {
        var options = SourceOptions()
        options.channel = channel
        let layout = SampleLayout(channelCount: channelCount)
        let results = [false, true].map { isReference -> (samples: [Int16], levels: SourceLevels) in
          let converter = SampleConverter(layout, options, blockFrames: blockFrames, isReference: isReference)
          var samples: [Int16] = []
          bytes.withUnsafeBytes { bytes in
            for start in stride(from: 0, to: frameCount, by: blockFrames) {
              converter.supply(
                bytes.baseAddress! + 1 + start * layout.frameBytes, frameCount: min(blockFrames, frameCount - start))
              withUnsafeTemporaryAllocation(of: Int16.self, capacity: 50) { part in
                while converter.hasOutput { samples += part[..<converter.produce(into: part)] }
                #expect(converter.produce(into: part) == 0)
              }
            }
          }
          return (samples, converter.levels)
        }
        let (made, expected) = (results[0], results[1])
        let place: Comment = "seed \(seed), channel \(String(describing: channel)), cancelling: \(isCancelling)"
        #expect(made.samples == expected.samples, place)
        #expect(made.levels.clippedCount == expected.levels.clippedCount, place)
        #expect(expected.levels.clippedCount >= (channel == 0 && channelCount > 1 ? 0 : 8), place)
        #expect(made.levels.firstClippedSeconds == expected.levels.firstClippedSeconds, place)
        #expect(made.levels.isCancelling == expected.levels.isCancelling, place)
        // Sixteen channels that have nothing in common lose 12 dB.
        if channel == nil, channelCount & 1 == 0, channelCount < 16 {
          #expect(made.levels.isCancelling == isCancelling, place)
        }
      }
    }
  }

  @Test("a gain multiplies and saturates", arguments: [-60, -7, 6, 20, 60])
  func gain(decibels: Int) {
    let factor = [-60: 0.001, -7: 0.446_683_592, 6: 1.995_262_315, 20: 10, 60: 1_000][decibels]!
    let values = [0, 1, -1, 100, -3_000, 20_000, 32_767, -32_768]
    let samples = convert(
      values.flatMap { bytes($0, .int16, filler: 0) }, .int16, channelCount: 1, channel: nil, gainDecibels: decibels
    ).samples
    for (value, sample) in zip(values, samples) {
      let expected = min(max(Double(value) * factor, -32_768), 32_767)
      #expect(abs(Double(sample) - expected) <= 0.51, "\(value) became \(sample)")
    }
  }

  @Test("a gain lifts what 24 bits have below one step of 16 bits")
  func gainBelowOneStep() {
    let values = [40, -40, 100, -100]
    let samples = convert(
      values.flatMap { bytes($0, .packedInt24, filler: 0) }, .packedInt24, channelCount: 1, channel: 0, gainDecibels: 40
    ).samples
    #expect(samples == [16, -16, 39, -39])
  }

  @Test("floating-point values that are no numbers or beyond full scale become silence or full scale")
  func floatExtremes() {
    let values: [Float] = [.nan, .infinity, -.infinity, 7, -7, .signalingNaN, .leastNonzeroMagnitude]
    let frames = values.flatMap { value in (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * $0)) } }
    #expect(
      convert(frames, .float32, channelCount: 1, channel: nil).samples
        == [0, 32_767, -32_768, 32_767, -32_768, 0, 0])
  }

  /// Two channels of noise, of which the second has a share of the first.
  private func stereo(_ share: Double, amplitude: Double = 8_000) -> [UInt8] {
    var draws = SplitMix64(seed: 5)
    func noise() -> Double { (Double(draws.next() >> 40) / 0x1p23 - 1) * amplitude }
    return (0..<4_000).flatMap { _ -> [UInt8] in
      let (first, own) = (noise(), noise())
      let second = share * first + (1 - abs(share)) * own
      return bytes(Int(first), .int16, filler: 0) + bytes(Int(second), .int16, filler: 0)
    }
  }

  @Test("channels cancel each other if the mix loses 12 dB; equal, unrelated and silent ones do not")
  func cancellation() {
    #expect(convert(stereo(-1), .int16, channelCount: 2, channel: nil).levels.isCancelling)
    #expect(convert(stereo(-0.8), .int16, channelCount: 2, channel: nil).levels.isCancelling)
    #expect(!convert(stereo(1), .int16, channelCount: 2, channel: nil).levels.isCancelling)
    #expect(!convert(stereo(0), .int16, channelCount: 2, channel: nil).levels.isCancelling)
    #expect(!convert(stereo(-0.5), .int16, channelCount: 2, channel: nil).levels.isCancelling)
    #expect(!convert(stereo(-1, amplitude: 20), .int16, channelCount: 2, channel: nil).levels.isCancelling)
    // Nothing is mixed.
    #expect(!convert(stereo(-1), .int16, channelCount: 2, channel: 1).levels.isCancelling)
  }

  @Test("clipping is counted where a channel in use stays at full scale, with the time of the first sample")
  func clipping() {
    var samples = [Int16](repeating: 100, count: 4_000)
    // Two are a peak that just fits.
    samples.replaceSubrange(100..<102, with: [.max, .max])
    samples.replaceSubrange(1_600..<1_620, with: [Int16](repeating: .min, count: 20))
    let frames = samples.flatMap { bytes(Int($0), .int16, filler: 0) + bytes(5, .int16, filler: 0) }
    let mixed = convert(frames, .int16, channelCount: 2, channel: nil).levels
    #expect(mixed.clippedCount == 20)
    #expect(mixed.firstClippedSeconds == 0.1)
    #expect(convert(frames, .int16, channelCount: 2, channel: 1).levels.clippedCount == 0)
  }
}
