import ModelFormat

/// What a candidate's score is made from; of each, more is likelier, but for the last, which only shifts the threshold.
public struct CandidateFeatures: Equatable, Sendable {
  /// f0: mean log-likelihood ratio per phoneme, at least −12.
  public var meanRatio: Float = 0
  /// f1: smallest log-likelihood ratio of a phoneme, at least −12.
  public var minimumRatio: Float = 0
  /// f2: mean over the phonemes of the cosine between text embedding and aligned audio.
  public var meanCosine: Float = 0
  /// f3: the smallest of these cosines.
  public var minimumCosine: Float = 0
  /// f4: cosine between the utterance embeddings of audio and text.
  public var utteranceCosine: Float = 0
  /// f5: `−|ln(frames / (2·U + 1.5))|`
  public var durationPlausibility: Float = 0
  /// f6: how sure the encoder was along the path whatever it heard: Σ maxₖ log p[k] over the frames, per phoneme, at least −12.
  public var phonemeCertainty: Float = 0
  /// f7: the same per frame, at least −12.
  public var frameCertainty: Float = 0
  /// f8, f9: how little speech there is right before and right after the path, `−mean(1 − p[blank])` over 240 ms before and 160 ms
  /// after, as far as they were heard: who addresses a device pauses before, and often after, while what only sounds like the
  /// phrase stands mostly inside a sentence.
  public var pauseBefore: Float = 0
  public var pauseAfter: Float = 0
  /// f10: how clearly speech has been heard lately, 0…1: ``Clarity``.
  public var clarity: Float = 0
  /// f11: `min(U, 20) / 10`
  public var length: Float = 0

  /// The ratios of a very bad match are all alike: below this they say nothing more.
  public static let ratioFloor: Float = -12

  public init() {}

  /// The features f0…f11 in the order of the stream head.
  public var values: [Float] {
    [
      meanRatio, minimumRatio, meanCosine, minimumCosine, utteranceCosine, durationPlausibility, phonemeCertainty,
      frameCertainty, pauseBefore, pauseAfter, clarity, length,
    ]
  }

  /// f5 for a path of `frameCount` frames through `phonemeCount` phonemes.
  package static func durationPlausibility(frameCount: Int, phonemeCount: Int) -> Float {
    -abs(FloatFunctions.naturalLogarithm(Float(frameCount) / (2 * Float(phonemeCount) + 1.5)))
  }

  /// f11 for `phonemeCount` phonemes.
  package static func length(phonemeCount: Int) -> Float {
    Float(min(phonemeCount, 20)) / 10
  }
}

/// What the score of a clip against a phrase is made from.
public struct PairFeatures: Equatable, Sendable {
  /// f0…f11 of the best path anywhere in the clip.
  public var candidate = CandidateFeatures()
  /// c0: log-likelihood ratio per phoneme of the path that explains the whole clip, at least −12.
  public var clipRatio: Float = 0
  /// c1: smallest log-likelihood ratio of a phoneme along it, at least −12.
  public var clipMinimumRatio: Float = 0
  /// c2: log-likelihood ratio per frame of it, at least −12.
  public var clipFrameRatio: Float = 0

  public init() {}

  /// f0…f9, c0…c2, f11, in the order of the pair head.
  public var values: [Float] {
    Array(candidate.values[..<10]) + [clipRatio, clipMinimumRatio, clipFrameRatio, candidate.length]
  }
}

extension AcousticModel.ScoreHead {
  /// The probability that a stream's candidate is the phrase, 0…1. Allocates nothing.
  ///
  /// - Precondition: the head has 12 weights.
  public func score(_ features: CandidateFeatures) -> Float { FloatFunctions.logistic(logit(features)) }

  /// The log odds that a stream's candidate is the phrase: `weights · features + bias`. Allocates nothing.
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

  /// The probability that a clip is the phrase. Allocates nothing.
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
