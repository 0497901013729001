/// The position and level of a clip's speech.
///
/// Frames have 10 ms and do not overlap. Their power is smoothed over three frames. The clip's speech power *S* is the
/// 95th percentile of the smoothed powers, and its floor *N* is the 10th. A frame is active if its smoothed power is at
/// least `max(S / 10^2.5, min(10 N, √(S N)))`: 25 dB below the speech, or 10 dB above the floor if that is higher, but
/// never above the geometric mean of the two.
public struct SpeechActivity: Equatable, Sendable {
  /// From the first active frame to the last, in samples. The whole clip if it is shorter than a frame.
  public var range: Range<Int>
  /// Root mean square over the active frames, in units of Int16. Signal-to-noise ratios refer to this level.
  public var activeLevel: Double

  /// Measures a clip, 16 kHz.
  public init(_ samples: [Int16]) {
    let frameSamples = 160
    let frameCount = samples.count / frameSamples
    guard frameCount > 0 else {
      range = 0..<samples.count
      activeLevel = Self.rootMeanSquare(samples)
      return
    }
    let powers = (0..<frameCount).map { frame in
      samples[frame * frameSamples..<(frame + 1) * frameSamples].reduce(0.0) { $0 + Double($1) * Double($1) }
        / Double(frameSamples)
    }
    let smoothed = powers.indices.map { frame in
      let near = powers[max(0, frame - 1)...min(frameCount - 1, frame + 1)]
      return near.reduce(0, +) / Double(near.count)
    }
    let ascending = smoothed.sorted()
    let speech = Bootstrap.quantile(ascending, 0.95)
    let floor = Bootstrap.quantile(ascending, 0.1)
    let bound = max(speech / 316.227_766, min(10 * floor, (speech * floor).squareRoot()))
    let active = smoothed.indices.filter { smoothed[$0] >= bound }
    range = active.first! * frameSamples..<(active.last! + 1) * frameSamples
    activeLevel = (active.reduce(0) { $0 + powers[$1] } / Double(active.count)).squareRoot()
  }

  /// Root mean square of a whole clip; 0 for an empty one.
  static func rootMeanSquare(_ samples: [Int16]) -> Double {
    guard !samples.isEmpty else { return 0 }
    return (samples.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(samples.count)).squareRoot()
  }
}
