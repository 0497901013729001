/// A detected phrase.
///
/// Samples count from the start of the stream, at 16 kHz.
public struct Detection: Equatable, Sendable {
  /// Index among the enrollments of the spotter.
  public var phraseIndex: Int
  /// The first sample of the first frame of the first phoneme.
  public var startSample: Int64
  /// The sample after the last frame of the last phoneme.
  public var endSample: Int64
  /// The calibrated probability, 0…1, that the phrase was said.
  public var score: Float

  /// Creates a detection from its values.
  public init(phraseIndex: Int, startSample: Int64, endSample: Int64, score: Float) {
    self.phraseIndex = phraseIndex
    self.startSample = startSample
    self.endSample = endSample
    self.score = score
  }
}

/// A segment of the stream that was compared with a phrase, detected or not.
public struct Candidate: Equatable, Sendable {
  /// Position and score.
  public var detection: Detection
  /// Index among the phrase's variants.
  public var variantIndex: Int
  /// The features behind the score.
  public var features: CandidateFeatures
  /// Whether the candidate became a detection. One above the threshold does not if a better one overlaps it or the same
  /// phrase was reported just before.
  public var detected: Bool

  /// ``Detection/phraseIndex`` of the detection.
  public var phraseIndex: Int { detection.phraseIndex }
  /// ``Detection/startSample`` of the detection.
  public var startSample: Int64 { detection.startSample }
  /// ``Detection/endSample`` of the detection.
  public var endSample: Int64 { detection.endSample }
  /// ``Detection/score`` of the detection.
  public var score: Float { detection.score }

  /// Creates a candidate from its values.
  public init(detection: Detection, variantIndex: Int, features: CandidateFeatures, detected: Bool = false) {
    self.detection = detection
    self.variantIndex = variantIndex
    self.features = features
    self.detected = detected
  }
}

/// The position of encoder frames in the stream.
public enum FrameTiming {
  /// Samples per encoder frame: four hops of 10 ms.
  public static let samplesPerFrame = 640
  /// Encoder frames per second.
  public static let framesPerSecond = 25
}
