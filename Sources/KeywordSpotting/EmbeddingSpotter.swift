import ModelFormat

/// Everything after the encoder: frame embeddings and posteriors in, candidates and events out.
///
/// ``KeywordSpotter`` feeds it from samples; whoever has embeddings from elsewhere, a model in training say, feeds it directly and
/// gets the same candidates, features and decisions that a device would.
///
/// All memory is allocated by `init`; the other functions are real-time safe. One thread at a time. The model's bytes must
/// outlive it.
public struct EmbeddingSpotter: ~Copyable {
  private let head: AcousticModel.ScoreHead
  private let enrollments: [Enrollment]
  /// Phrase and place among its variants, for each variant of the matcher.
  private let variants: [(phraseIndex: Int, variantIndex: Int)]
  private var matcher: PhraseMatcher
  private var verifier: Verifier
  private var decision: Decision

  /// A candidate waits for an open one only if that one's mean log-likelihood ratio is at most this far behind.
  private static let beatingMargin: Float = 0.5

  /// - Precondition: the phrases were enrolled with this model: their embeddings have its dimension.
  public init(
    model: AcousticModel, enrollments: [Enrollment], configuration: SpotterConfiguration = SpotterConfiguration()
  ) {
    var phonemes: [[UInt8]] = []
    var variants: [(phraseIndex: Int, variantIndex: Int)] = []
    var thresholds: [Float] = []
    for (phraseIndex, enrollment) in enrollments.enumerated() {
      thresholds.append(enrollment.threshold)
      for (variantIndex, variant) in enrollment.variants.enumerated() {
        precondition(
          variant.utteranceEmbedding.count == model.embeddingDimension, "the phrase was enrolled with another model")
        phonemes.append(variant.phonemes)
        variants.append((phraseIndex, variantIndex))
      }
    }
    head = model.streamHead
    self.enrollments = enrollments
    self.variants = variants
    matcher = PhraseMatcher(phonemes, configuration: configuration)
    verifier = Verifier(model, historyFrames: configuration.historyFrames)
    decision = Decision(thresholds: thresholds, configuration: configuration)
  }

  /// Takes the next frame.
  ///
  /// | operand         | shape  | type    | meaning                     |
  /// |-----------------|--------|---------|-----------------------------|
  /// | `unit`          | `[D]`  | `Float` | frame embedding of length 1 |
  /// | `logPosteriors` | `[40]` | `Float` | log p of every class        |
  ///
  /// Each candidate is reported once, when its fate is settled; an event is reported right after its candidate.
  public mutating func process(
    unit: UnsafePointer<Float>, logPosteriors: UnsafePointer<Float>, onCandidate: (Candidate) -> Void,
    onDetection: (Detection) -> Void
  ) {
    verifier.append(unit, logPosteriors: logPosteriors)
    let now = (matcher.frameIndex &+ 1) &* Int64(FrameTiming.samplesPerFrame)
    matcher.step(logPosteriors)
    for peak in matcher.closedPeaks { consider(peak, now: now, onCandidate, onDetection) }
    guard let waiting = decision.undecided else { return }
    let samplesPerFrame = Int64(FrameTiming.samplesPerFrame)
    let mayBeBeaten = matcher.hasOpenPeak(
      startFrame: waiting.startSample / samplesPerFrame, endFrame: waiting.endSample / samplesPerFrame &- 1,
      minimumScore: waiting.features.meanRatio - Self.beatingMargin)
    decision.advance(now: now, mayBeBeaten: mayBeBeaten) { Self.report($0, onCandidate, onDetection) }
  }

  /// Ends the stream: closes and decides what is open, and starts anew.
  public mutating func finish(onCandidate: (Candidate) -> Void, onDetection: (Detection) -> Void) {
    let now = matcher.frameIndex &* Int64(FrameTiming.samplesPerFrame)
    matcher.closeAll()
    for peak in matcher.closedPeaks { consider(peak, now: now, onCandidate, onDetection) }
    decision.settle { Self.report($0, onCandidate, onDetection) }
    reset()
  }

  /// Forgets the stream: the next frame is frame 0.
  public mutating func reset() {
    matcher.reset()
    verifier.reset()
    decision.reset()
  }

  /// Changes the score from which a phrase is detected.
  public mutating func setThreshold(_ threshold: Float, phraseIndex: Int) {
    decision.setThreshold(threshold, phraseIndex: phraseIndex)
  }

  private mutating func consider(
    _ peak: PhraseMatcher.Peak, now: Int64, _ onCandidate: (Candidate) -> Void, _ onDetection: (Detection) -> Void
  ) {
    let (phraseIndex, variantIndex) = variants[peak.variantIndex]
    let features = verifier.features(of: peak, variant: enrollments[phraseIndex].variants[variantIndex])
    let samplesPerFrame = Int64(FrameTiming.samplesPerFrame)
    let candidate = Candidate(
      detection: Detection(
        phraseIndex: phraseIndex, startSample: peak.startFrame &* samplesPerFrame,
        endSample: (peak.endFrame &+ 1) &* samplesPerFrame, score: head.score(features)),
      variantIndex: variantIndex, features: features)
    decision.consider(candidate, now: now) { Self.report($0, onCandidate, onDetection) }
  }

  private static func report(
    _ candidate: Candidate, _ onCandidate: (Candidate) -> Void, _ onDetection: (Detection) -> Void
  ) {
    onCandidate(candidate)
    if candidate.detected { onDetection(candidate.detection) }
  }
}
