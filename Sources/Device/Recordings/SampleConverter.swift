/// Converts interleaved frames of any layout to 16 kHz Int16 samples of one channel, or of the mean of all channels.
///
/// At 16 kHz the result is `g · x / (n · s)`, as a Float, rounded half away from zero and saturated: x is the channel's
/// sample or the sum of the channels, n the number of channels in it, s the value of a step of 16 bits, g the gain.
/// 16-bit samples of one channel pass unchanged. Other rates go through ``RateConverter`` before they are rounded. What
/// needs no floating point goes through ``IntegerMixer``, which gives the same samples and levels.
///
/// Supply frames, then call ``produce(into:)`` until it returns 0. Allocates only in `init`. One thread at a time.
package final class SampleConverter {
  /// The layout of the frames.
  package let layout: SampleLayout
  /// The levels so far.
  package private(set) var levels: SourceLevels
  private let firstChannel: Int
  private let channelCount: Int
  /// Divides a sum of samples, so that full scale becomes 32,768.
  private let divisor: Double
  private var rate: RateConverter
  private let usesIntegers: Bool
  private var mixer: IntegerMixer

  /// - Parameters:
  ///   - options: The channel and the gain.
  ///   - blockFrames: The most frames that are supplied before the last sample is produced.
  ///   - isReference: Whether to compute in floating point even where integers are enough.
  /// - Precondition: The channel exists, and ``RateConverter`` accepts the rate.
  package init(_ layout: SampleLayout, _ options: SourceOptions, blockFrames: Int, isReference: Bool = false) {
    precondition(options.channel ?? 0 < layout.channelCount, "the channel does not exist")
    self.layout = layout
    levels = SourceLevels(hertz: layout.hertz)
    firstChannel = options.channel ?? 0
    channelCount = options.channel == nil ? layout.channelCount : 1
    divisor = Double(channelCount) * layout.format.fullScale / 32_768 / options.gain
    usesIntegers = !isReference && IntegerMixer.accepts(layout, options)
    rate = RateConverter(fromHertz: layout.hertz, blockSamples: usesIntegers ? 0 : blockFrames)
    mixer = IntegerMixer(
      layoutChannelCount: layout.channelCount, channel: options.channel, blockFrames: usesIntegers ? blockFrames : 0)
  }

  /// Supplies the next frames, which fit into the block.
  ///
  /// - Parameter frames: `[frameCount, channelCount]` in the layout.
  package func supply(_ frames: UnsafeRawPointer, frameCount: Int) {
    if usesIntegers {
      mixer.supply(frames, frameCount: frameCount, levels: &levels)
      return
    }
    rate.makeRoom(for: frameCount)
    let format = layout.format
    let scale = 1 / (32_768 * divisor)
    let ofChannel = scale * Double(channelCount)
    let powerScale = ofChannel * ofChannel / Double(channelCount)
    var next = frames + firstChannel * format.byteCount
    for _ in 0..<frameCount {
      var (sum, power, peak) = (0.0, 0.0, 0.0)
      var bytes = next
      for _ in 0..<channelCount {
        let value = format.value(bytes)
        sum += value
        power += value * value
        peak = max(peak, value.magnitude)
        bytes += format.byteCount
      }
      levels.add(mix: sum * scale, power: power * powerScale, peak: peak * ofChannel)
      rate.supply(Float(sum / divisor))
      next += layout.frameBytes
    }
  }

  /// Whether ``produce(into:)`` would give samples.
  package var hasOutput: Bool { usesIntegers ? mixer.hasOutput : rate.hasOutput }

  /// Ends the stream, so that ``produce(into:)`` gives the rest.
  package func finish() { if !usesIntegers { rate.finish() } }

  /// Writes the next samples. Returns their number; 0 if more frames are needed.
  package func produce(into samples: UnsafeMutableBufferPointer<Int16>) -> Int {
    usesIntegers ? mixer.produce(into: samples) : rate.produce(into: samples)
  }
}
