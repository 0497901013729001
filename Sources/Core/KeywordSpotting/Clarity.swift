/// How clearly speech has been heard lately: the mean probability of speech in the frames that are speech, `Σ s² / Σ s`, while
/// somebody talks.
///
/// Where speech is clear, most frames are surely speech or surely none; in noise and across a room more of them are in between, and
/// by chance more paths fit a phrase. A frame counts by its probability of speech and is forgotten as more speech comes. While
/// nobody talks the value goes back to that of clear speech, for who talks next may be nearer; what a fan sounds like does not count.
public struct Clarity: Sendable {
  /// Per frame of speech: looks back on about 4 s of it.
  package static let forgetting: Float = 1 / 100
  /// Before anything was said: what *base* hears of clear speech, for as much as a second of it.
  package static let typical: Float = 0.85
  package static let priorFrames: Float = 25
  /// Per frame in which nobody talks: most is forgotten after 10 s.
  package static let relaxation: Float = 1 / 250
  /// Somebody talks while the mean probability of speech, over about half a second, is above this.
  package static let leastActivity: Float = 0.3
  package static let activityStep: Float = 1 / 12

  private var squares = Self.typical * Self.priorFrames
  private var sum = Self.priorFrames
  private var activity: Float = 0

  public init() {}

  /// Takes in a frame that is speech with this probability, 0…1.
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

  /// 0…1
  var value: Float { squares / sum }
}
