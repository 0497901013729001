/// The loss that aligns the audio and text embeddings of phrases.
public enum UtteranceObjective: String, Codable, Sendable, CaseIterable {
  /// Each audio against all texts of the shard and vice versa, with a distance relation: ``UtteranceContrast``.
  case contrast
  /// The paper's relational proxy loss: AsyP between texts and audio, and the relations of ``RelationalStructure``.
  case relationalProxy
}

/// The forms of the loss terms. ``ObjectiveWeights`` gives their weights; a weight of 0 disables a term.
public struct Objectives: Sendable, Codable, Equatable {
  /// The metric loss at phoneme level.
  public var phoneme = MetricObjective.asyP
  /// AdaMS: learned margins and scales in the metric terms; at phoneme level one set per phoneme class.
  public var adaptiveMarginsAndScales = true
  /// The metric loss at utterance level.
  public var utterance = UtteranceObjective.contrast
  /// The keyword loss on the audio.
  public var keyword = KeywordObjective.none
  /// The texts used as hard negatives.
  public var hardNegatives = HardNegatives.all

  /// Creates the default objectives.
  public init() {}
}

/// The weight of each term of the loss in one step.
public struct ObjectiveWeights: Sendable, Codable, Equatable {
  /// CTC, in nats per phoneme.
  public var ctc: Float = 1
  /// Cross-entropy of frames with a known phone or with a teacher's posteriors.
  public var frame: Float = 0.5
  /// Phoneme-level metric learning.
  public var phoneme: Float = 0.3
  /// Utterance-level metric learning.
  public var utterance: Float = 0.2
  /// Weight of the distance relation within the utterance level.
  public var relation: Float = 1
  /// Weight of the angle relation within the utterance level.
  public var angle: Float = 0
  /// Keyword discrimination on the audio.
  public var keyword: Float = 0
  /// Match versus mismatch at the phonemes of hard negatives.
  public var match: Float = 0.3
  /// Attention away from the diagonal.
  public var monotonic: Float = 0.3
  /// Streaming scores of phrases on speech that does not contain them.
  public var falseAlarm: Float = 0.3
  /// Loss of the modality classifiers.
  public var adversary: Float = 1
  /// Factor of the reversed gradient of the modality classifier at phoneme level; 0 only measures.
  public var reversalPhoneme: Float = 0.1
  /// Factor of the reversed gradient of the modality classifier at utterance level; 0 only measures.
  public var reversalUtterance: Float = 0.1

  /// Creates the default weights.
  public init() {}
}

/// The measurements of one shard's step. Losses are means as they enter the objective, before weighting.
public struct StepReport: Sendable {
  /// CTC loss in nats per phoneme.
  public var ctc: Float = 0
  /// Cross-entropy of the frames.
  public var frame: Float = 0
  /// Metric loss at phoneme level.
  public var phoneme: Float = 0
  /// Metric loss at utterance level.
  public var utterance: Float = 0
  /// Keyword loss.
  public var keyword: Float = 0
  /// Loss of match versus mismatch.
  public var match: Float = 0
  /// Monotonic matching loss.
  public var monotonic: Float = 0
  /// Running-speech penalty.
  public var falseAlarm: Float = 0
  /// Accuracy of the modality classifier at phoneme level, 0…1. 0.5 is chance.
  public var phonemeModalityAccuracy: Float = 0
  /// Accuracy of the modality classifier at utterance level, 0…1. 0.5 is chance.
  public var utteranceModalityAccuracy: Float = 0
  /// Phrases sampled for the metric terms.
  public var phraseCount = 0
  /// Utterances that could not be aligned.
  public var skippedUtterances = 0

  /// Creates a report of zeros.
  public init() {}

  /// Adds `share` times the losses of `other`, and its counts.
  public mutating func add(_ other: StepReport, share: Float) {
    for path in Self.losses { self[keyPath: path] += share * other[keyPath: path] }
    phraseCount += other.phraseCount
    skippedUtterances += other.skippedUtterances
  }

  private static var losses: [WritableKeyPath<StepReport, Float>] {
    [
      \.ctc, \.frame, \.phoneme, \.utterance, \.keyword, \.match, \.monotonic, \.falseAlarm, \.phonemeModalityAccuracy,
      \.utteranceModalityAccuracy,
    ]
  }
}
