/// How candidates are found and detections decided. Frames are encoder frames of 40 ms.
public struct SpotterConfiguration: Equatable, Sendable {
  /// The lowest mean log-likelihood ratio of a candidate, in nepers per phoneme.
  public var candidateFloor: Float = -4
  /// The lowest log-likelihood ratio, in nepers, of each further phoneme of a longer phrase that may be in progress, or
  /// of a word that a phrase repeats.
  public var furtherPhonemeFloor: Float = -3
  /// A candidate closes when its score has not risen for this many frames.
  public var closingFrames = 4
  /// The maximum number of frames that a closed candidate waits for an overlapping one that may still beat it.
  public var waitingFrames = 4
  /// The number of frames that a phrase contained in a longer one waits after its own end for the longer one's next
  /// phoneme: 0.48 s.
  ///
  /// A shorter phrase followed by silence is reported this much later. If the talker pauses longer within the longer
  /// phrase, the pause separates two utterances, and the first is reported.
  public var continuationPauseFrames = 12
  /// The maximum number of frames after its own closing that the shorter phrase waits while the longer one is in
  /// progress: 3 s.
  public var longestContinuationFrames = 75
  /// The longest pause between two phonemes of a phrase, in frames: 0.6 s.
  ///
  /// Silence costs a path nothing. Without a limit, the start of a phrase said long ago would wait for its end.
  public var longestPauseFrames = 15
  /// The time after the end of a detection in which the same phrase is not reported again.
  public var refractoryMilliseconds = 1000
  /// The number of past frames that the verifier keeps: 6 s. Only the end of a longer candidate is verified.
  public var historyFrames = 150

  /// The default values.
  public init() {}
}
