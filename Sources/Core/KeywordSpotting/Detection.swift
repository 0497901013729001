/// A phrase was said.
///
/// Samples count from the start of the stream, at 16 kHz.
public struct Detection: Equatable, Sendable {
  /// Index among the enrollments that the spotter was given.
  public var phraseIndex: Int
  /// The first sample of the first phoneme's first frame.
  public var startSample: Int64
  /// The sample after the last phoneme's frame.
  public var endSample: Int64
  /// 0…1, the calibrated probability that the phrase was said.
  public var score: Float

  public init(phraseIndex: Int, startSample: Int64, endSample: Int64, score: Float) {
    self.phraseIndex = phraseIndex
    self.startSample = startSample
    self.endSample = endSample
    self.score = score
  }
}

/// A stretch of the stream that was compared with a phrase, whether or not it became a detection.
public struct Candidate: Equatable, Sendable {
  /// Where it lies and how well it scored.
  public var detection: Detection
  /// Index among the phrase's variants.
  public var variantIndex: Int
  /// What the score was made from.
  public var features: CandidateFeatures
  /// Whether it became an event. A candidate above its phrase's threshold does not where a better one overlaps it or
  /// the phrase was reported just before.
  public var detected: Bool

  public var phraseIndex: Int { detection.phraseIndex }
  public var startSample: Int64 { detection.startSample }
  public var endSample: Int64 { detection.endSample }
  public var score: Float { detection.score }

  public init(detection: Detection, variantIndex: Int, features: CandidateFeatures, detected: Bool = false) {
    self.detection = detection
    self.variantIndex = variantIndex
    self.features = features
    self.detected = detected
  }
}

/// How encoder frames lie on the samples of the stream.
public enum FrameTiming {
  /// Samples from one encoder frame to the next: four hops of 10 ms.
  public static let samplesPerFrame = 640
  /// Encoder frames in a second.
  public static let framesPerSecond = 25
}
