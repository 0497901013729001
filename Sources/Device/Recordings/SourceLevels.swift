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
      if index + 8 <= samples.count, !Self.isAnyFullScale(samples.baseAddress! + index) {
        clipping = ClippingDetector()
        frameCount += 8
        index += 8
      } else {
        addFrame(isFullScale: Self.isFullScale(samples[index]))
        index += 1
      }
    }
  }

  /// Adds the power of frames, which ``addFrame(isFullScale:)`` counts.
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

  private static func isAnyFullScale(_ samples: UnsafePointer<Int16>) -> Bool {
    let next = UnsafeRawPointer(samples).loadUnaligned(as: SIMD8<Int16>.self) &+ SIMD8(repeating: 1)
    return next.min() <= -32_766
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
