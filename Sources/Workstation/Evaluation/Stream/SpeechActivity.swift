/// Where a clip's speech is, and how loud.
///
/// Frames are of 10 ms without overlap; their power is smoothed over three. The clip's speech power *S* is the 95th
/// percentile of the smoothed powers, its floor *N* the 10th. A frame is active where its smoothed power is at least
/// `max(S / 10^2.5, min(10 N, √(S N)))`: 25 dB under the speech, or 10 dB over the floor where that is higher, but never
/// above the middle of the two.
public struct SpeechActivity: Equatable, Sendable {
  /// From the first active frame to the last, in samples; the whole clip where it is shorter than a frame.
  public var range: Range<Int>
  /// Root mean square over the active frames, in units of Int16: the level that signal-to-noise ratios refer to.
  public var activeLevel: Double

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

  /// Of a whole clip; 0 of an empty one.
  static func rootMeanSquare(_ samples: [Int16]) -> Double {
    guard !samples.isEmpty else { return 0 }
    return (samples.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(samples.count)).squareRoot()
  }
}
