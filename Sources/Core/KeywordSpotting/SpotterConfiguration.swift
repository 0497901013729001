/// How candidates are found and events decided. Frames are encoder frames of 40 ms.
public struct SpotterConfiguration: Equatable, Sendable {
  /// The mean log-likelihood ratio per phoneme, in nepers, below which a path is not even a candidate.
  public var candidateFloor: Float = -3
  /// A candidate is closed once its score has not risen for this many frames.
  public var closingFrames = 4
  /// How many frames a closed candidate waits at most for an overlapping one that may still beat it.
  public var waitingFrames = 4
  /// How many frames a phrase that is part of a longer one waits after its own end for the longer one's next phoneme: 0.48 s.
  ///
  /// Whoever says the shorter phrase and falls silent waits as long for it; within the longer phrase, a longer pause makes it two
  /// utterances, of which the first is reported.
  public var continuationPauseFrames = 12
  /// How many frames after its own closing it waits at most while the longer phrase goes on: 3 s.
  public var longestContinuationFrames = 75
  /// The longest pause between two phonemes of a phrase, in frames: 0.6 s.
  ///
  /// Silence costs a path nothing, so without a bound the start of a phrase heard long ago would wait for its end.
  public var longestPauseFrames = 15
  /// After an event, its phrase is not reported again until this long after the event's end.
  public var refractoryMilliseconds = 1000
  /// How many past frames the verifier can look back on: 6 s. Longer candidates are judged by their end.
  public var historyFrames = 150

  public init() {}
}
