/// What mixing does to a source's level, and how many of its samples clip.
public struct SourceLevels: Sendable {
  /// Sums of squares, full scale is 1: of the output, and of the channels in it, their mean in each frame.
  private var mixPower = 0.0
  private var channelPower = 0.0
  private var frameCount: Int64 = 0
  private var clipping = ClippingDetector()
  /// Clipped frames: those where a channel in use is one of three or more in a row at full scale.
  package private(set) var clippedCount = 0
  private var firstClipped: Int64 = 0
  private let hertz: Int

  /// Creates levels of nothing.
  ///
  /// - Parameter hertz: Frames per second.
  package init(hertz: Int) { self.hertz = hertz }

  /// Adds a frame; full scale is 1.
  ///
  /// - Parameters:
  ///   - mix: The mean of the channels in use.
  ///   - power: The mean of their squares.
  ///   - peak: The largest magnitude among them.
  @inline(__always)
  package mutating func add(mix: Double, power: Double, peak: Double) {
    mixPower += mix * mix
    channelPower += power
    addFrame(isFullScale: peak >= 32_767.0 / 32_768)
  }

  /// Adds frames of which one channel is in use. It is the mix, and cannot cancel.
  package mutating func add(channel samples: UnsafeBufferPointer<Int16>) {
    var index = 0
    while index < samples.count {
      if index &+ 8 <= samples.count, !Self.isAnyFullScale(samples.baseAddress! + index) {
        clipping = ClippingDetector()
        frameCount += 8
        index &+= 8
      } else {
        addFrame(isFullScale: Self.isFullScale(samples[index]))
        index += 1
      }
    }
  }

  /// Counts frames, and those that clip, of which all channels are in use.
  ///
  /// - Parameter frames: `[frameCount, channelCount]`, of Int16.
  mutating func addFrames(_ frames: UnsafeRawPointer, frameCount: Int, channelCount: Int) {
    let count = frameCount * channelCount
    var index = 0
    while index &+ 8 <= count, !Self.isAnyFullScale(frames + 2 * index) { index &+= 8 }
    // Most blocks have a few samples left here, of the last frames.
    let plainCount = index / channelCount
    if plainCount > 0 {
      clipping = ClippingDetector()
      self.frameCount += Int64(plainCount)
    }
    for frame in plainCount..<frameCount {
      var isFullScale = false
      for channel in 0..<channelCount {
        let bytes = frames + 2 * (frame * channelCount + channel)
        if Self.isFullScale(bytes.loadUnaligned(as: Int16.self)) { isFullScale = true }
      }
      addFrame(isFullScale: isFullScale)
    }
  }

  /// Adds the power of frames, which ``addFrames(_:frameCount:channelCount:)`` counts.
  ///
  /// - Parameters:
  ///   - sumPower: The sum of the squares of the frames' sums of 16-bit samples.
  ///   - channelPower: The sum of the squares of these samples.
  ///   - channelCount: The number of channels in use.
  mutating func add(sumPower: Int64, channelPower: Int64, channelCount: Int) {
    let scale = 1 / (0x1p30 * Double(channelCount))
    mixPower += Double(sumPower) * scale / Double(channelCount)
    self.channelPower += Double(channelPower) * scale
  }

  /// Whether a sample is ±32,767 or beyond.
  @inline(__always)
  static func isFullScale(_ sample: Int16) -> Bool { sample &+ 1 <= -32_766 }

  /// Whether one of eight samples is.
  private static func isAnyFullScale(_ samples: UnsafeRawPointer) -> Bool {
    (samples.loadUnaligned(as: SIMD8<Int16>.self) &+ SIMD8(repeating: 1)).min() <= -32_766
  }

  /// Counts a frame, and whether it clips.
  ///
  /// - Parameter isFullScale: Whether a channel in use is at full scale.
  @inline(__always)
  mutating func addFrame(isFullScale: Bool) {
    let clipped = clipping.add(magnitude: isFullScale ? 32_767 : 0)
    if clipped > 0 {
      if clippedCount == 0 { firstClipped = frameCount - 2 }
      clippedCount += clipped
    }
    frameCount += 1
  }

  /// Whether the channels cancel each other when mixed: the mean is 12 dB or more quieter than they are.
  ///
  /// Channels that have nothing in common lose 3 dB (two) to 9 dB (eight). A source below −60 dBFS is not judged.
  package var isCancelling: Bool {
    frameCount > 0 && channelPower > 1e-6 * Double(frameCount) && 16 * mixPower < channelPower
  }

  /// When the first clipped frame comes, in seconds.
  package var firstClippedSeconds: Double { Double(firstClipped) / Double(hertz) }
}
