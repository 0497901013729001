import ModelFormat

/// The features behind the score of a candidate. For each one, a larger value means a better match, except for the
/// last, which only shifts the threshold.
public struct CandidateFeatures: Equatable, Sendable {
  /// f0: mean log-likelihood ratio per phoneme, in nepers, at least −12.
  public var meanRatio: Float = 0
  /// f1: smallest log-likelihood ratio of a phoneme, in nepers, at least −12.
  public var minimumRatio: Float = 0
  /// f2: mean cosine between the text embedding and the aligned audio of a phoneme.
  public var meanCosine: Float = 0
  /// f3: smallest of these cosines.
  public var minimumCosine: Float = 0
  /// f4: cosine between the utterance embeddings of audio and text.
  public var utteranceCosine: Float = 0
  /// f5: `−|ln(frames / (2·U + 1.5))|`.
  public var durationPlausibility: Float = 0
  /// f6: certainty of the encoder along the path, regardless of the classes: Σ maxₖ log p[k] over the frames, per
  /// phoneme, at least −12.
  public var phonemeCertainty: Float = 0
  /// f7: the same sum per frame, at least −12.
  public var frameCertainty: Float = 0
  /// f8: absence of speech before the path, `−mean(1 − p[blank])` over the 240 ms before it.
  ///
  /// Talkers pause before they address a device, and often afterwards. Words that only resemble the phrase are mostly
  /// within a sentence.
  public var pauseBefore: Float = 0
  /// f9: absence of speech after the path, `−mean(1 − p[blank])` over the frames already processed of the 160 ms after
  /// it.
  public var pauseAfter: Float = 0
  /// f10: how clear recent speech was, 0…1: ``Clarity``.
  public var clarity: Float = 0
  /// f11: `min(U, 20) / 10`.
  public var length: Float = 0

  /// The lowest value of a ratio. Ratios of very bad matches below it carry no information.
  public static let ratioFloor: Float = -12

  /// All features 0.
  public init() {}

  /// The features f0…f11 in the order of the stream head.
  public var values: [Float] {
    [
      meanRatio, minimumRatio, meanCosine, minimumCosine, utteranceCosine, durationPlausibility, phonemeCertainty,
      frameCertainty, pauseBefore, pauseAfter, clarity, length,
    ]
  }

  /// f5 of a path of `frameCount` frames through `phonemeCount` phonemes.
  package static func durationPlausibility(frameCount: Int, phonemeCount: Int) -> Float {
    -abs(FloatFunctions.naturalLogarithm(Float(frameCount) / (2 * Float(phonemeCount) + 1.5)))
  }

  /// f11 of `phonemeCount` phonemes.
  package static func length(phonemeCount: Int) -> Float {
    Float(min(phonemeCount, 20)) / 10
  }
}

/// The features behind the score of a clip against a phrase.
public struct PairFeatures: Equatable, Sendable {
  /// f0…f11 of the best path anywhere in the clip.
  public var candidate = CandidateFeatures()
  /// c0: log-likelihood ratio per phoneme of the path through the whole clip, in nepers, at least −12.
  public var clipRatio: Float = 0
  /// c1: smallest log-likelihood ratio of a phoneme along this path, in nepers, at least −12.
  public var clipMinimumRatio: Float = 0
  /// c2: log-likelihood ratio per frame of this path, in nepers, at least −12.
  public var clipFrameRatio: Float = 0

  /// All features 0.
  public init() {}

  /// f0…f9, c0…c2 and f11, in the order of the pair head.
  public var values: [Float] {
    Array(candidate.values[..<10]) + [clipRatio, clipMinimumRatio, clipFrameRatio, candidate.length]
  }
}

extension AcousticModel.ScoreHead {
  /// The probability, 0…1, that a candidate is the phrase. Allocates nothing.
  ///
  /// - Precondition: the head has 12 weights.
  public func score(_ features: CandidateFeatures) -> Float { FloatFunctions.logistic(logit(features)) }

  /// The log odds that a candidate is the phrase: `weights · features + bias`. Allocates nothing.
  ///
  /// - Precondition: the head has 12 weights.
  public func logit(_ features: CandidateFeatures) -> Float {
    precondition(weights.count == AcousticModel.streamFeatureCount)
    let ratios = weights[0] * features.meanRatio + weights[1] * features.minimumRatio
    let cosines = weights[2] * features.meanCosine + weights[3] * features.minimumCosine
    let segment = weights[4] * features.utteranceCosine + weights[5] * features.durationPlausibility
    let certainties = weights[6] * features.phonemeCertainty + weights[7] * features.frameCertainty
    let pauses = weights[8] * features.pauseBefore + weights[9] * features.pauseAfter
    let clarity = weights[10] * features.clarity
    let length = weights[11] * features.length
    return ratios + cosines + segment + certainties + pauses + clarity + length + bias
  }

  /// The probability, 0…1, that a clip contains the phrase. Allocates nothing.
  ///
  /// - Precondition: the head has 14 weights.
  public func score(_ features: PairFeatures) -> Float {
    precondition(weights.count == AcousticModel.pairFeatureCount)
    let candidate = features.candidate
    let ratios = weights[0] * candidate.meanRatio + weights[1] * candidate.minimumRatio
    let cosines = weights[2] * candidate.meanCosine + weights[3] * candidate.minimumCosine
    let segment = weights[4] * candidate.utteranceCosine + weights[5] * candidate.durationPlausibility
    let certainties = weights[6] * candidate.phonemeCertainty + weights[7] * candidate.frameCertainty
    let pauses = weights[8] * candidate.pauseBefore + weights[9] * candidate.pauseAfter
    let clip =
      weights[10] * features.clipRatio + weights[11] * features.clipMinimumRatio + weights[12] * features.clipFrameRatio
    let length = weights[13] * candidate.length
    return FloatFunctions.logistic(ratios + cosines + segment + certainties + pauses + clip + length + bias)
  }
}
