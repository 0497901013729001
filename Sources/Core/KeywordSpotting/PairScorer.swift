import Int8Kernels
import ModelFormat

/// How well a clip matches a phrase.
public struct PairScore: Equatable, Sendable {
  /// 0…1, from the pair head of the model; 0 if the clip is too short for every variant.
  public var score: Float
  /// The variant with the highest score.
  public var variantIndex: Int
  /// The features that gave the score; `nil` if the clip is too short.
  public var features: PairFeatures?

  /// Creates a score from its values.
  public init(score: Float, variantIndex: Int, features: PairFeatures?) {
    self.score = score
    self.variantIndex = variantIndex
    self.features = features
  }
}

/// Scores whole clips against phrases.
///
/// Load a clip once and score it against any number of phrases. Results that depend only on the clip are computed once.
/// Memory is reused from clip to clip. Use from one thread at a time. The model's bytes must outlive the scorer.
public final class PairScorer {
  private let model: AcousticModel
  private let encoder: ClipEncoder
  private var verifier: Verifier
  private var aligner = PathAligner()
  /// `[frameCount, 40]` log p of a class minus that of the best class of the frame.
  private var ratios: [Float] = []
  private let longestPauseFrames: Int

  /// The number of frames of the loaded clip.
  public private(set) var frameCount = 0

  /// Creates a scorer without a clip.
  ///
  /// - Precondition: `kernelPath` is available on this machine.
  public init(
    model: AcousticModel, configuration: SpotterConfiguration = SpotterConfiguration(), kernelPath: KernelPath = .best
  ) {
    self.model = model
    encoder = ClipEncoder(model, kernelPath: kernelPath)
    verifier = Verifier(model, historyFrames: configuration.historyFrames)
    longestPauseFrames = configuration.longestPauseFrames
  }

  /// Loads a clip: 16 kHz, one channel.
  public func load(_ samples: UnsafeBufferPointer<Int16>) {
    encoder.encode(samples)
    load(units: encoder.units, logPosteriors: encoder.logPosteriors)
  }

  /// Loads a clip that was encoded elsewhere.
  ///
  /// | operand         | shape     | meaning                      |
  /// |-----------------|-----------|------------------------------|
  /// | `units`         | `[T, D]`  | frame embeddings of length 1 |
  /// | `logPosteriors` | `[T, 40]` | log p of every class         |
  public func load(units: UnsafeBufferPointer<Float>, logPosteriors: UnsafeBufferPointer<Float>) {
    let dimension = model.embeddingDimension
    frameCount = logPosteriors.count / Phoneme.classCount
    precondition(logPosteriors.count == frameCount * Phoneme.classCount && units.count == frameCount * dimension)
    if verifier.historyFrames < frameCount { verifier = Verifier(model, historyFrames: 2 * frameCount) }
    verifier.reset()
    while ratios.count < logPosteriors.count { ratios.append(0) }
    for frame in 0..<frameCount {
      let row = frame * Phoneme.classCount
      verifier.append(units.baseAddress! + frame * dimension, logPosteriors: logPosteriors.baseAddress! + row)
      var largest = logPosteriors[row]
      for index in 1..<Phoneme.classCount { largest = max(largest, logPosteriors[row + index]) }
      for index in 0..<Phoneme.classCount { ratios[row + index] = logPosteriors[row + index] - largest }
    }
  }

  /// The score of the loaded clip against the best variant of a phrase.
  public func score(_ enrollment: Enrollment) -> PairScore {
    var best = PairScore(score: 0, variantIndex: 0, features: nil)
    for (index, variant) in enrollment.variants.enumerated() {
      guard let features = features(variant) else { continue }
      let score = model.pairHead.score(features)
      if best.features == nil || score > best.score {
        best = PairScore(score: score, variantIndex: index, features: features)
      }
    }
    return best
  }

  /// The features of the loaded clip against one variant; `nil` if the clip is too short for the variant.
  public func features(_ variant: PhraseVariant) -> PairFeatures? {
    let frameCount = frameCount
    let longestPauseFrames = longestPauseFrames
    let paths = ratios.withUnsafeBufferPointer { ratios -> (PhraseMatcher.Peak, PathAligner.WholeClip)? in
      guard frameCount > 0,
        let path = aligner.bestPath(
          variant.phonemes, ratios: ratios.baseAddress!, frameCount: frameCount, longestPauseFrames: longestPauseFrames),
        let clip = aligner.wholeClip(variant.phonemes, ratios: ratios.baseAddress!, frameCount: frameCount)
      else { return nil }
      return (path, clip)
    }
    guard let (path, clip) = paths else { return nil }
    var features = PairFeatures()
    features.candidate = verifier.features(of: path, variant: variant)
    let floor = CandidateFeatures.ratioFloor
    features.clipRatio = max(clip.score / Float(variant.phonemes.count), floor)
    features.clipMinimumRatio = max(clip.minimumRatio, floor)
    features.clipFrameRatio = max(clip.score / Float(frameCount), floor)
    return features
  }

  /// The utterance embedding `[D]` of the whole loaded clip, of length 1.
  ///
  /// - Precondition: the clip has a frame.
  public func utteranceEmbedding() -> [Float] {
    verifier.utteranceEmbedding(frameCount: frameCount)
  }
}
