import Foundation
import KeywordSpotting

/// One shard of a step: features and what is known of them.
public struct TrainingBatch {
  /// `[T, 40]`, ragged by utterance, 100 frames a second.
  public var features = Matrix()
  public var bounds = SequenceBounds(lengths: [])
  /// Pronunciations `[utterance][word][variant][phoneme]`.
  public var words: [[[[UInt8]]]] = []
  /// The variant of each word that stands in the CTC labels.
  public var chosenVariants: [[Int]] = []
  /// Class of each embedding frame where an alignment is given, −1 elsewhere; one array an utterance, may be empty.
  public var frameTargets: [[Int16]] = []

  public init() {}
}

/// The weight of each term of the loss in one step.
public struct ObjectiveWeights: Sendable, Codable, Equatable {
  /// CTC, in nats a phoneme.
  public var ctc: Float = 1
  /// Cross-entropy of the frames with a known phone.
  public var frame: Float = 0.5
  /// Phoneme-level metric learning.
  public var phoneme: Float = 0.3
  /// Utterance-level metric learning.
  public var utterance: Float = 0.2
  /// Share of the distance relation within the utterance level.
  public var relation: Float = 1
  /// Match against mismatch at the phonemes of hard negatives.
  public var match: Float = 0.3
  /// Loss of the modality classifiers themselves.
  public var adversary: Float = 1
  /// What their reversed gradient is multiplied by, phoneme and utterance level.
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
  public var match: Float = 0
  public var phonemeModalityAccuracy: Float = 0
  public var utteranceModalityAccuracy: Float = 0
  public var phraseCount = 0
  public var skippedUtterances = 0

  public init() {}
}

/// Both encoders with every training head: what one worker holds.
public final class SpottingNetwork {
  public let bank: ParameterBank
  public let encoder: AcousticEncoder
  public let classifier: PhonemeClassifier
  public let textEncoder: PhraseTextEncoder
  public let attention: PhonemeAttention
  public let pooling: AttentiveStatisticsPooling
  private let phonemeLoss: AsymmetricProxyLoss
  private let utteranceLoss: UtteranceContrast
  private let matchLoss: MatchDiscrimination
  private let phonemeAdversary: ModalityAdversary
  private let utteranceAdversary: ModalityAdversary
  private let ctc = CTCLoss()
  private let aligner = ForcedAligner()
  private let unitRows = UnitRows()
  /// Unit frame embeddings of the last forward pass, `[T, D]`.
  public let embeddings = Matrix()
  public let logits = Matrix()
  private let logitGradient = Matrix()
  private let embeddingGradient = Matrix()
  private let logPosteriors = Matrix()
  private let attended = Matrix()
  private let attendedGradient = Matrix()
  private let pooled = Matrix()
  private let pooledGradient = Matrix()
  private let phonemeGradient = Matrix()
  private let utteranceGradient = Matrix()
  /// Alignments of the last ``step(_:weights:metricLearning:using:)``, one an utterance, nil where none was possible.
  public private(set) var alignments: [UtteranceAlignment?] = []

  public static let classCount = 40
  public static let blank = 39

  public init(_ configuration: EncoderConfiguration, bank: ParameterBank) {
    self.bank = bank
    encoder = AcousticEncoder(configuration, bank: bank)
    classifier = PhonemeClassifier(bank: bank, classCount: Self.classCount, dimension: configuration.dimension)
    textEncoder = PhraseTextEncoder(bank: bank, classifier: classifier)
    attention = PhonemeAttention("attention", bank: bank)
    pooling = AttentiveStatisticsPooling("pooling", bank: bank, dimension: configuration.dimension, hiddenCount: 48)
    phonemeLoss = AsymmetricProxyLoss("loss.phoneme", bank: bank, classCount: Phoneme.count)
    utteranceLoss = UtteranceContrast("loss.utterance", bank: bank)
    matchLoss = MatchDiscrimination("loss.match", bank: bank)
    phonemeAdversary = ModalityAdversary("adversary.phoneme", bank: bank, dimension: configuration.dimension)
    utteranceAdversary = ModalityAdversary("adversary.utterance", bank: bank, dimension: configuration.dimension)
  }

  /// Embeddings and logits of a batch.
  @discardableResult
  public func forward(_ features: Matrix, _ bounds: SequenceBounds, training: Bool) -> SequenceBounds {
    classifier.prepare()
    let outputBounds = encoder.forward(features, bounds, into: embeddings, training: training)
    unitRows.forward(embeddings)
    classifier.forward(embeddings, into: logits)
    return outputBounds
  }

  /// Forward and backward pass of one shard: adds to the bank's gradients.
  /// - Parameter metricLearning: whether the metric and adversarial terms take part (they need usable alignments).
  public func step(
    _ batch: TrainingBatch, weights: ObjectiveWeights, metricLearning: Bool, using generator: inout SplitMix64
  ) -> StepReport {
    var report = StepReport()
    let bounds = forward(batch.features, batch.bounds, training: true)
    logitGradient.reshape(rows: logits.rows, columns: logits.columns)
    logitGradient.setZero()
    accumulateSequenceLosses(batch, bounds, weights, &report)
    classifier.backward(logitGradient, into: embeddingGradient)
    if metricLearning { accumulateMetricLosses(batch, bounds, weights, &generator, &report) }
    classifier.finishBackward()
    unitRows.backward(embeddingGradient, output: embeddings)
    encoder.backward(embeddingGradient)
    return report
  }

  private func accumulateSequenceLosses(
    _ batch: TrainingBatch, _ bounds: SequenceBounds, _ weights: ObjectiveWeights, _ report: inout StepReport
  ) {
    let labels = batch.words.indices.map { utterance in
      zip(batch.words[utterance], batch.chosenVariants[utterance]).flatMap { $0[$1] }
    }
    let labelCount = Float(max(labels.reduce(0) { $0 + $1.count }, 1))
    let targetCount = Float(max(batch.frameTargets.reduce(0) { $0 + $1.count { $0 >= 0 } }, 1))
    for utterance in 0..<bounds.count {
      let row = bounds.starts[utterance]
      let loss = ctc.accumulate(
        logits: logits.row(row), frameCount: bounds.length(utterance), classCount: Self.classCount,
        labels: labels[utterance], blank: Self.blank, weight: weights.ctc / labelCount,
        gradient: logitGradient.row(row))
      if let loss { report.ctc += loss / labelCount } else { report.skippedUtterances += 1 }
      let targets = batch.frameTargets[utterance]
      if !targets.isEmpty {
        precondition(targets.count <= bounds.length(utterance), "more frame targets than frames")
        report.frame +=
          FrameCrossEntropy.accumulate(
            logits: logits.row(row), targets: targets, classCount: Self.classCount, weight: weights.frame / targetCount,
            gradient: logitGradient.row(row)
          ).loss / targetCount
      }
    }
  }

  private func align(_ batch: TrainingBatch, _ bounds: SequenceBounds) {
    logPosteriors.reshape(rows: logits.rows, columns: logits.columns)
    for row in 0..<logits.rows {
      Softmax.logProbabilities(logits.row(row), into: logPosteriors.row(row), Self.classCount)
    }
    alignments = (0..<bounds.count).map { utterance in
      let frames = UnsafeBufferPointer(
        start: logPosteriors.row(bounds.starts[utterance]), count: bounds.length(utterance) * Self.classCount)
      return try? aligner.align(
        logPosteriors: frames, frameCount: bounds.length(utterance), words: batch.words[utterance])
    }
  }

  private func accumulateMetricLosses(
    _ batch: TrainingBatch, _ bounds: SequenceBounds, _ weights: ObjectiveWeights, _ generator: inout SplitMix64,
    _ report: inout StepReport
  ) {
    align(batch, bounds)
    var phrases: [SampledPhrase] = []
    for utterance in 0..<bounds.count {
      guard let alignment = alignments[utterance], !alignment.words.isEmpty, alignment.meanLogLikelihoodRatio > -3
      else {
        continue
      }
      phrases += PhraseSampler.phrases(
        alignment, words: batch.words[utterance], firstRow: bounds.starts[utterance],
        frameCount: bounds.length(utterance), using: &generator)
    }
    report.phraseCount = phrases.count
    guard phrases.count > 1 else { return }
    let negatives = phrases.map { PhraseSampler.hardNegative(of: $0, using: &generator) }
    let lengths = phrases.map(\.phonemes.count) + negatives.map(\.phonemes.count)
    let textBounds = SequenceBounds(lengths: lengths)
    textEncoder.forward(
      phonemes: phrases.flatMap(\.phonemes) + negatives.flatMap(\.phonemes),
      wordInitial: phrases.flatMap(\.wordInitial) + negatives.flatMap(\.wordInitial), textBounds)
    let text = textEncoder.phonemeEmbeddings
    let segments = phrases.map(\.frames)
    attention.forward(queries: text, textBounds, frames: embeddings, segments: segments + segments, into: attended)
    pooling.forward(frames: embeddings, segments: segments, into: pooled)
    for (gradient, shape) in [
      (phonemeGradient, text), (attendedGradient, attended), (pooledGradient, pooled),
      (utteranceGradient, textEncoder.utteranceEmbeddings),
    ] {
      gradient.reshape(rows: shape.rows, columns: shape.columns)
      gradient.setZero()
    }
    let trueRows = textBounds.starts[phrases.count]
    accumulatePhonemeLevel(phrases, negatives, trueRows: trueRows, weights, &report)
    accumulateUtteranceLevel(phrases, negatives, weights, &report)
    pooling.backward(pooledGradient, frameGradient: embeddingGradient)
    attention.backward(attendedGradient, queryGradient: phonemeGradient, frameGradient: embeddingGradient)
    textEncoder.backward(phonemeGradient: phonemeGradient, utteranceGradient: utteranceGradient)
  }

  private func accumulatePhonemeLevel(
    _ phrases: [SampledPhrase], _ negatives: [HardNegative], trueRows: Int, _ weights: ObjectiveWeights,
    _ report: inout StepReport
  ) {
    let text = textEncoder.phonemeEmbeddings
    let targets =
      [Int8](repeating: 1, count: trueRows) + negatives.flatMap { $0.replaced.map { $0 ? Int8(0) : Int8(-1) } }
    report.match = matchLoss.accumulate(
      text: text, audio: attended, targets: targets, weight: weights.match, textGradient: phonemeGradient,
      audioGradient: attendedGradient)
    // The metric and adversarial terms see the phrases that were spoken: the first rows.
    let views = [text, attended, phonemeGradient, attendedGradient].map { MatrixView.prefix(of: $0, rows: trueRows) }
    report.phoneme = phonemeLoss.accumulate(
      text: views[0], audio: views[1], classes: phrases.flatMap(\.phonemes), weight: weights.phoneme,
      textGradient: views[2], audioGradient: views[3])
    report.phonemeModalityAccuracy =
      phonemeAdversary.accumulate(
        audio: views[1], text: views[0], weight: weights.adversary, reversal: weights.reversalPhoneme,
        audioGradient: views[3], textGradient: views[2]
      ).accuracy
    MatrixView.copyBack(views[2], into: phonemeGradient)
    MatrixView.copyBack(views[3], into: attendedGradient)
  }

  private func accumulateUtteranceLevel(
    _ phrases: [SampledPhrase], _ negatives: [HardNegative], _ weights: ObjectiveWeights, _ report: inout StepReport
  ) {
    var keyOf: [[UInt8]: Int] = [:]
    let keys = (phrases.map(\.phonemes) + negatives.map(\.phonemes)).map { phonemes -> Int in
      if let key = keyOf[phonemes] { return key }
      keyOf[phonemes] = keyOf.count
      return keyOf.count - 1
    }
    let text = textEncoder.utteranceEmbeddings
    report.utterance = utteranceLoss.accumulate(
      audio: pooled, text: text, keys: keys, weight: weights.utterance, relationWeight: weights.relation,
      audioGradient: pooledGradient, textGradient: utteranceGradient)
    let own = MatrixView.prefix(of: text, rows: phrases.count)
    let ownGradient = MatrixView.prefix(of: utteranceGradient, rows: phrases.count)
    report.utteranceModalityAccuracy =
      utteranceAdversary.accumulate(
        audio: pooled, text: own, weight: weights.adversary, reversal: weights.reversalUtterance,
        audioGradient: pooledGradient, textGradient: ownGradient
      ).accuracy
    MatrixView.copyBack(ownGradient, into: utteranceGradient)
  }
}

/// Copies of a matrix's first rows, for terms that see only these.
enum MatrixView {
  static func prefix(of matrix: Matrix, rows: Int) -> Matrix {
    let copy = Matrix(rows: rows, columns: matrix.columns)
    copy.pointer.update(from: matrix.pointer, count: rows * matrix.columns)
    return copy
  }

  static func copyBack(_ prefix: Matrix, into matrix: Matrix) {
    matrix.pointer.update(from: prefix.pointer, count: prefix.count)
  }
}
