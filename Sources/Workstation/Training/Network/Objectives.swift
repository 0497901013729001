/// How phrases' audio and text embeddings are pulled together.
public enum UtteranceObjective: String, Codable, Sendable, CaseIterable {
  /// Each audio against all texts of the shard and back, with a distance relation: ``UtteranceContrast``.
  case contrast
  /// The paper's relational proxy loss: AsyP between texts and audio, and the relations of ``RelationalStructure``.
  case relationalProxy
}

/// The forms of the terms of the loss. Their weights are ``ObjectiveWeights``; a weight of 0 leaves a term out.
public struct Objectives: Sendable, Codable, Equatable {
  public var phoneme = MetricObjective.asyP
  /// AdaMS: margins and scales of the metric terms are learned, at phoneme level one set a phoneme class.
  public var adaptiveMarginsAndScales = true
  public var utterance = UtteranceObjective.contrast
  public var keyword = KeywordObjective.none
  public var hardNegatives = HardNegatives.all

  public init() {}
}

/// The weight of each term of the loss in one step.
public struct ObjectiveWeights: Sendable, Codable, Equatable {
  /// CTC, in nats a phoneme.
  public var ctc: Float = 1
  /// Cross-entropy of the frames with a known phone, or with what a teacher heard.
  public var frame: Float = 0.5
  /// Phoneme-level metric learning.
  public var phoneme: Float = 0.3
  /// Utterance-level metric learning.
  public var utterance: Float = 0.2
  /// Share of the distance relation within the utterance level.
  public var relation: Float = 1
  /// Share of the angle relation within the utterance level.
  public var angle: Float = 0
  /// Keyword discrimination within the audio.
  public var keyword: Float = 0
  /// Match against mismatch at the phonemes of hard negatives.
  public var match: Float = 0.3
  /// Attention off the diagonal.
  public var monotonic: Float = 0.3
  /// Streaming scores of phrases on speech without them.
  public var falseAlarm: Float = 0.3
  /// Loss of the modality classifiers themselves.
  public var adversary: Float = 1
  /// What their reversed gradient is multiplied by, phoneme and utterance level; 0 only watches.
  public var reversalPhoneme: Float = 0.1
  public var reversalUtterance: Float = 0.1

  public init() {}
}

/// What a shard's step measured. Losses are means as they enter the objective, before their weights.
public struct StepReport: Sendable {
  public var ctc: Float = 0
  public var frame: Float = 0
  public var phoneme: Float = 0
  public var utterance: Float = 0
  public var keyword: Float = 0
  public var match: Float = 0
  public var monotonic: Float = 0
  public var falseAlarm: Float = 0
  public var phonemeModalityAccuracy: Float = 0
  public var utteranceModalityAccuracy: Float = 0
  public var phraseCount = 0
  public var skippedUtterances = 0

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
