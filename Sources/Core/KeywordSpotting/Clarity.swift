/// How clear recent speech was: the mean probability of speech over the speech frames, `Σ s² / Σ s`, while someone
/// talks.
///
/// If speech is clear, the encoder is sure about most frames. In noise and across a room, more frames are uncertain,
/// and more paths match by chance. A frame counts by its probability of speech and is forgotten as more speech arrives.
/// While nobody talks, the value returns to that of clear speech, because the next talker may be nearer; a fan's noise
/// does not count.
public struct Clarity: Sendable {
  /// Share forgotten per frame of speech: a memory of about 4 s of speech.
  package static let forgetting: Float = 1 / 100
  /// The value before any speech: that of *base* on clear speech.
  package static let typical: Float = 0.85
  /// Frames of speech that the initial value counts as: a second.
  package static let priorFrames: Float = 25
  /// Share of the return per frame without speech: most is forgotten after 10 s.
  package static let relaxation: Float = 1 / 250
  /// Someone talks while the mean probability of speech, over about half a second, is above this.
  package static let leastActivity: Float = 0.3
  /// Weight of a frame in this mean.
  package static let activityStep: Float = 1 / 12

  private var squares = Self.typical * Self.priorFrames
  private var sum = Self.priorFrames
  private var activity: Float = 0

  /// The value before any speech.
  public init() {}

  /// Adds a frame with this probability of speech, 0…1.
  mutating func hear(speech: Float) {
    activity += Self.activityStep * (speech - activity)
    guard activity > Self.leastActivity else {
      squares += Self.relaxation * (Self.typical * Self.priorFrames - squares)
      sum += Self.relaxation * (Self.priorFrames - sum)
      return
    }
    let kept = 1 - Self.forgetting * speech
    squares = kept * squares + speech * speech
    sum = kept * sum + speech
  }

  /// The clarity, 0…1.
  var value: Float { squares / sum }
}
