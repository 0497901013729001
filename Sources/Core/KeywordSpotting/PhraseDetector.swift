import CoreMemory
import ModelFormat

/// Everything after the encoder: turns frame embeddings and posteriors into candidates and detections.
///
/// ``KeywordSpotter`` feeds it from samples. Code with embeddings from another source, such as a model in training,
/// feeds it directly and gets the candidates, features and decisions of a device.
///
/// All memory is taken in `init`, from a workspace or its own allocation. The other functions are real-time safe. Use
/// from one thread at a time. The model's bytes must outlive the detector.
public struct PhraseDetector: ~Copyable {
  private let head: AcousticModel.ScoreHead
  /// The variants in the order of the matcher.
  private let variants: UnsafeMutablePointer<PhraseVariantView>
  private var matcher: PhraseMatcher
  private var verifier: Verifier
  private let containment: PhraseContainment
  private var decision: Decision

  /// A candidate waits for an open one only if the open one's mean log-likelihood ratio is at most this far below its
  /// own, in nepers.
  package static let beatingMargin: Float = 0.5

  private var memory = WorkspaceMemory()
  private var copies: PhraseCopies?

  /// The number of workspace bytes that a detector of these phrases takes.
  public static func requiredByteCount(
    model: AcousticModel, phrases: some Sequence<PhraseVariantView>, configuration: SpotterConfiguration
  ) -> Int {
    var workspace = Workspace.measuring()
    _ = PhraseDetector(model: model, phrases: phrases, configuration: configuration, in: &workspace)
    return workspace.usedBytes
  }

  /// Creates a detector that allocates its own memory and copies the phrases.
  ///
  /// - Precondition: the phrases were enrolled with `model`, so their embeddings have its dimension.
  public init(
    model: AcousticModel, enrollments: [Enrollment], configuration: SpotterConfiguration = SpotterConfiguration()
  ) {
    let copies = PhraseCopies(enrollments)
    let memory = WorkspaceMemory(
      byteCount: Self.requiredByteCount(model: model, phrases: copies.variants, configuration: configuration))
    var workspace = memory.workspace()
    self.init(model: model, phrases: copies.variants, configuration: configuration, in: &workspace)
    self.memory = memory
    self.copies = consume copies
  }

  /// Creates a detector in `workspace`, without allocating. The data that the phrases borrow must outlive the detector.
  ///
  /// - Parameter phrases: the variants of phrase 0, then of phrase 1, and so on. Every iteration must yield the same
  ///   variants.
  /// - Precondition: the phrases were enrolled with `model`, so their embeddings have its dimension.
  public init(
    model: AcousticModel, phrases: some Sequence<PhraseVariantView>, configuration: SpotterConfiguration,
    in workspace: inout Workspace
  ) {
    var phraseCount = 0
    var variantCount = 0
    for variant in phrases {
      precondition(
        variant.utteranceEmbedding.count == model.embeddingDimension, "the phrase was enrolled with another model")
      precondition(
        variant.phraseIndex == phraseCount || variant.phraseIndex + 1 == phraseCount,
        "phrase indices start at 0 and ascend without gaps")
      phraseCount = variant.phraseIndex + 1
      variantCount += 1
    }
    head = model.streamHead
    variants = workspace.take(variantCount, of: PhraseVariantView.self)
    matcher = PhraseMatcher(phrases, configuration: configuration, in: &workspace)
    verifier = Verifier(model, historyFrames: configuration.historyFrames, in: &workspace)
    decision = Decision(phraseCount: phraseCount, configuration: configuration, in: &workspace)
    if !workspace.isMeasuring {
      var index = 0
      for variant in phrases {
        (variants + index).initialize(to: variant)
        decision.setThreshold(variant.threshold, phraseIndex: variant.phraseIndex)
        index += 1
      }
    }
    containment = PhraseContainment(
      variants, variantCount: variantCount, phraseCount: phraseCount, in: &workspace)
  }

  /// Processes the next frame.
  ///
  /// | operand         | shape  | type    | meaning                     |
  /// |-----------------|--------|---------|-----------------------------|
  /// | `unit`          | `[D]`  | `Float` | frame embedding of length 1 |
  /// | `logPosteriors` | `[40]` | `Float` | log p of every class        |
  ///
  /// Each candidate is reported once, when it is decided. A detection is reported right after its candidate.
  public mutating func process(
    unit: UnsafePointer<Float>, logPosteriors: UnsafePointer<Float>, onCandidate: (Candidate) -> Void,
    onDetection: (Detection) -> Void
  ) {
    process(
      unit: unit, logPosteriors: logPosteriors, isHeld: { _ in false }, onCandidate: onCandidate,
      onDetection: onDetection)
  }

  /// - Parameter isHeld: whether a candidate must not be decided yet, as while a longer phrase may be in progress.
  private mutating func process(
    unit: UnsafePointer<Float>, logPosteriors: UnsafePointer<Float>, isHeld: (Candidate) -> Bool,
    onCandidate: (Candidate) -> Void, onDetection: (Detection) -> Void
  ) {
    verifier.append(unit, logPosteriors: logPosteriors)
    let now = (matcher.frameIndex &+ 1) &* Int64(FrameTiming.samplesPerFrame)
    matcher.step(logPosteriors)
    for peak in matcher.closedPeaks { consider(peak, now: now, onCandidate, onDetection) }
    var index = 0
    while index < decision.undecidedCount {
      let waiting = decision.undecided(index)
      let part = path(of: waiting)
      let mayBeBeaten = matcher.hasOpenPeak(
        startFrame: part.startFrame, endFrame: part.endFrame, minimumScore: part.score - Self.beatingMargin)
      let isDecided = decision.advance(
        index, now: now, mayBeBeaten: mayBeBeaten,
        isContinued: isContinued(waiting.phraseIndex, part) || isHeld(waiting)
      ) { Self.report($0, onCandidate, onDetection) }
      index = isDecided ? 0 : index &+ 1
    }
  }

  /// The path of a candidate.
  private func path(of candidate: Candidate) -> PhraseMatcher.Peak {
    let samplesPerFrame = Int64(FrameTiming.samplesPerFrame)
    return PhraseMatcher.Peak(
      variantIndex: containment.firstVariant(of: candidate.phraseIndex) &+ candidate.variantIndex,
      score: candidate.features.meanRatio,
      minimumRatio: candidate.features.minimumRatio, startFrame: candidate.startSample / samplesPerFrame,
      endFrame: candidate.endSample / samplesPerFrame &- 1)
  }

  /// Whether a longer phrase may be in progress around the path of a phrase that is part of it.
  private func isContinued(_ phraseIndex: Int, _ part: PhraseMatcher.Peak) -> Bool {
    containment.contains(part: phraseIndex) { variantIndex, lastPhoneme in
      matcher.mayContinue(
        variantIndex: variantIndex, lastPhoneme: lastPhoneme, part: part,
        phonemeCount: variants[part.variantIndex].phonemes.count)
    }
  }

  /// Ends the stream: closes and decides what is open, then resets.
  public mutating func finish(onCandidate: (Candidate) -> Void, onDetection: (Detection) -> Void) {
    let now = matcher.frameIndex &* Int64(FrameTiming.samplesPerFrame)
    matcher.closeAll()
    for peak in matcher.closedPeaks { consider(peak, now: now, onCandidate, onDetection) }
    decision.settle { Self.report($0, onCandidate, onDetection) }
    reset()
  }

  /// How clear recent speech was. You can start a stream with the value of an earlier one.
  public var clarity: Clarity {
    get { verifier.clarity }
    set { verifier.clarity = newValue }
  }

  /// Resets the stream. The next frame is frame 0.
  public mutating func reset() {
    matcher.reset()
    verifier.reset()
    decision.reset()
  }

  /// Continues the stream of another detector of the same model, as if these phrases had been enrolled from the start.
  /// Processes the frames that `other` still has and reports nothing from them, because `other` did. Candidates that
  /// `other` has not decided are decided here.
  ///
  /// - Parameters:
  ///   - posteriors: the layer of the same model.
  ///   - logPosteriors: memory for `[40]`.
  mutating func follow(
    _ other: borrowing PhraseDetector, posteriors: borrowing PosteriorLayer,
    logPosteriors: UnsafeMutablePointer<Float>
  ) {
    let frames = other.verifier.frames
    matcher.reset(atFrame: frames.lowerBound)
    verifier.reset(atFrame: frames.lowerBound)
    decision.reset()
    var frame = frames.lowerBound
    while frame < frames.upperBound {
      let unit = other.verifier.embedding(frame)
      posteriors.process(unit: unit, logPosteriors: logPosteriors)
      process(
        unit: unit, logPosteriors: logPosteriors, isHeld: { other.decision.hasUndecided(overlapping: $0) },
        onCandidate: { _ in }, onDetection: { _ in })
      frame &+= 1
    }
    verifier.clarity = other.verifier.clarity
    decision.follow(other.decision)
  }

  /// Sets the score, 0…1, from which a phrase is detected.
  public mutating func setThreshold(_ threshold: Float, phraseIndex: Int) {
    decision.setThreshold(threshold, phraseIndex: phraseIndex)
  }

  private mutating func consider(
    _ peak: PhraseMatcher.Peak, now: Int64, _ onCandidate: (Candidate) -> Void, _ onDetection: (Detection) -> Void
  ) {
    let variant = variants[peak.variantIndex]
    let features = verifier.features(of: peak, variant: variant)
    let samplesPerFrame = Int64(FrameTiming.samplesPerFrame)
    let candidate = Candidate(
      detection: Detection(
        phraseIndex: variant.phraseIndex, startSample: peak.startFrame &* samplesPerFrame,
        endSample: (peak.endFrame &+ 1) &* samplesPerFrame, score: head.score(features)),
      variantIndex: variant.variantIndex, features: features)
    decision.consider(candidate, now: now, containment: containment) { Self.report($0, onCandidate, onDetection) }
  }

  private static func report(
    _ candidate: Candidate, _ onCandidate: (Candidate) -> Void, _ onDetection: (Detection) -> Void
  ) {
    onCandidate(candidate)
    if candidate.detected { onDetection(candidate.detection) }
  }
}
