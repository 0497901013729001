import AudioCapture
import SeededRandom
import Testing

@Suite("Channel selection")
struct ChannelSelectionTests {
  /// A sample's bytes in a card's layout; the value has as many bits as the format.
  private func bytes(_ value: Int, _ format: SampleFormat, filler: UInt8) -> [UInt8] {
    let all = (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    switch format {
    case .int16: return Array(all[..<2])
    case .packedInt24: return Array(all[..<3])
    // A card may leave anything in the fourth byte.
    case .int24: return all[..<3] + [filler]
    case .int32: return all
    }
  }

  private func bits(_ format: SampleFormat) -> Int {
    switch format {
    case .int16: 16
    case .int24, .packedInt24: 24
    case .int32: 32
    }
  }

  private func convert(
    _ frames: [UInt8], _ format: SampleFormat, channelCount: Int, channel: Int?
  ) -> [Int16] {
    let selection = ChannelSelection(format: format, channelCount: channelCount, channel: channel)
    let count = frames.count / selection.frameBytes
    var samples = [Int16](repeating: 0, count: count)
    samples.withUnsafeMutableBufferPointer { samples in
      frames.withUnsafeBytes { frames in
        selection.convert(frames.baseAddress!, frameCount: count, into: samples.baseAddress!)
      }
    }
    return samples
  }

  @Test(
    "any channel, or the mean of all, is exact within half a step and saturates at 16 bits",
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
      let samples = convert(frames, format, channelCount: channelCount, channel: channel)
      for frame in 0..<frameCount {
        let taken = (channel.map { $0...$0 } ?? 0...(channelCount - 1)).map { values[frame * channelCount + $0] }
        let mean = Double(taken.reduce(0, +)) / Double(taken.count) / Double(1 << (bits(format) - 16))
        let expected = min(max(mean.rounded(.toNearestOrAwayFromZero), -32_768), 32_767)
        #expect(
          Double(samples[frame]) == expected,
          "seed \(seed), frame \(frame), channel \(String(describing: channel)): mean \(mean)")
      }
    }
  }

  @Test("16-bit samples of one of several channels are unchanged")
  func unchanged() {
    let samples: [Int16] = [0, 1, -1, .max, .min, 77]
    let frames = samples.flatMap { bytes(Int($0), .int16, filler: 0) + bytes(1_234, .int16, filler: 0) }
    #expect(convert(frames, .int16, channelCount: 2, channel: 0) == samples)
    #expect(convert(frames, .int16, channelCount: 2, channel: 1) == [Int16](repeating: 1_234, count: 6))
  }
}
