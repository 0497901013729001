/// Takes one channel of interleaved 16-bit frames, or the mean of all channels, without floating point.
///
/// The samples of one channel pass unchanged. A mean is rounded to the nearest step, ties away from zero. Both are what
/// ``SampleConverter`` computes for every other layout: of up to 64 channels, a Float has all the digits that decide how
/// a mean is rounded. For little-endian machines, like all that Cooee is built for.
///
/// Supply frames, then call ``produce(into:)`` until it returns 0. Allocates only in `init`. One thread at a time.
struct IntegerMixer: ~Copyable {
  /// Whether frames can be taken: 16 bits, 16 kHz and no gain.
  static func accepts(_ layout: SampleLayout, _ options: SourceOptions) -> Bool {
    layout.format == .int16 && layout.hertz == 16_000 && options.gainDecibels == 0 && layout.channelCount <= 64
  }

  private let layoutChannelCount: Int
  private let channel: Int?
  private let samples: UnsafeMutableBufferPointer<Int16>
  /// The samples that were not produced yet.
  private var startIndex = 0
  private var endIndex = 0

  /// - Parameters:
  ///   - layoutChannelCount: The channels of a frame.
  ///   - channel: The channel to take; nil for the mean of all.
  ///   - blockFrames: The most frames that are supplied before the last sample is produced, at most 2²⁰.
  init(layoutChannelCount: Int, channel: Int?, blockFrames: Int) {
    precondition(blockFrames <= 1 << 20, "the block is too long")
    self.layoutChannelCount = layoutChannelCount
    self.channel = layoutChannelCount == 1 ? 0 : channel
    samples = .allocate(capacity: blockFrames)
  }

  deinit { samples.deallocate() }

  /// Supplies the next frames.
  mutating func supply(_ frames: UnsafeRawPointer, frameCount: Int, levels: inout SourceLevels) {
    let first = samples.baseAddress!
    if startIndex > 0 {
      UnsafeMutableRawPointer(first).copyMemory(from: first + startIndex, byteCount: 2 * (endIndex - startIndex))
      (startIndex, endIndex) = (0, endIndex - startIndex)
    }
    precondition(endIndex + frameCount <= samples.count, "the block does not fit")
    let output = first + endIndex
    endIndex += frameCount
    guard let channel else {
      mix(frames, frameCount, into: output, &levels)
      return
    }
    if layoutChannelCount == 1 {
      UnsafeMutableRawPointer(output).copyMemory(from: frames, byteCount: 2 * frameCount)
    } else {
      var next = frames + 2 * channel
      for index in 0..<frameCount {
        output[index] = next.loadUnaligned(as: Int16.self)
        next += 2 * layoutChannelCount
      }
    }
    levels.add(channel: UnsafeBufferPointer(start: output, count: frameCount))
  }

  private func mix(
    _ frames: UnsafeRawPointer, _ frameCount: Int, into output: UnsafeMutablePointer<Int16>,
    _ levels: inout SourceLevels
  ) {
    let count = Int32(layoutChannelCount)
    let half = count / 2
    // |sum| ≤ 2²¹, so that 2²⁰ squares of sums stay below 2⁶³.
    var sumPower: Int64 = 0
    var channelPower: Int64 = 0
    var next = frames
    var index = 0
    while index < frameCount {
      var sum: Int32 = 0
      let end = next + 2 * layoutChannelCount
      while next < end {
        let value = Int32(next.loadUnaligned(as: Int16.self))
        next += 2
        sum &+= value
        channelPower &+= Int64(value &* value)
      }
      sumPower &+= Int64(sum) &* Int64(sum)
      output[index] = Int16(truncatingIfNeeded: (sum < 0 ? sum &- half : sum &+ half) / count)
      index &+= 1
    }
    levels.add(sumPower: sumPower, channelPower: channelPower, channelCount: layoutChannelCount)
    levels.addFrames(frames, frameCount: frameCount, channelCount: layoutChannelCount)
  }

  /// Whether ``produce(into:)`` would give samples.
  var hasOutput: Bool { startIndex < endIndex }

  /// Writes the next samples. Returns their number; 0 if more frames are needed.
  mutating func produce(into output: UnsafeMutableBufferPointer<Int16>) -> Int {
    let count = min(output.count, endIndex - startIndex)
    guard count > 0 else { return 0 }
    UnsafeMutableRawPointer(output.baseAddress!).copyMemory(
      from: samples.baseAddress! + startIndex, byteCount: 2 * count)
    startIndex += count
    return count
  }
}
