import Foundation
import KeywordSpotting
import SeededRandom

/// One shard of a step: features and their labels.
public struct TrainingBatch {
  /// `[T, 40]`, ragged by utterance, 100 frames a second.
  public var features = Matrix()
  /// The rows of each utterance in `features`.
  public var bounds = SequenceBounds(lengths: [])
  /// Rows of consecutive utterances joined into streams. The encoder uses these in place of `bounds`. Each utterance
  /// except the last of a stream has a multiple of four frames.
  public var streamBounds: SequenceBounds?
  /// Pronunciations `[utterance][word][variant][phoneme]`.
  public var words: [[[[UInt8]]]] = []
  /// The variant of each word used in the CTC labels.
  public var chosenVariants: [[Int]] = []
  /// Class of each embedding frame with a given alignment, −1 for others. One array per utterance; may be empty.
  public var frameTargets: [[Int16]] = []
  /// `[T/4, 40]`, probability · 255 of each class of each embedding frame, for utterances with a teacher's posteriors.
  /// They replace the frame targets. One array per utterance, empty without a teacher; may be empty.
  public var teacherTargets: [[UInt8]] = []
  /// Word positions of each utterance if the run uses given alignments; empty if the network aligns.
  public var alignments: [UtteranceAlignment?] = []
  /// Class of each word for the keyword loss, −1 for none: `[utterance][word]`; may be empty.
  public var keywordClasses: [[Int]] = []

  /// Creates an empty shard.
  public init() {}

  func taught(_ utterance: Int) -> [UInt8] { teacherTargets.isEmpty ? [] : teacherTargets[utterance] }
}

/// Both encoders with every training head: the network of one worker.
public final class SpottingNetwork {
  /// The bank that owns the parameters.
  public let bank: ParameterBank
  /// The acoustic encoder.
  public let frameEncoder: any FrameEncoder
  /// The frame classifier.
  public let classifier: PhonemeClassifier
  /// The text encoder.
  public let textEncoder: PhraseTextEncoder
  /// The attention from phonemes to frames.
  public let attention: PhonemeAttention
  /// The pooling of frames to one vector per phrase.
  public let pooling: AttentiveStatisticsPooling
  /// The forms of the loss terms.
  public let objectives: Objectives
  private let phonemeLoss: MetricLearningLoss
  private let utteranceLoss: UtteranceContrast?
  private let utteranceMetric: MetricLearningLoss?
  private let keywordLoss: KeywordLoss
  private let matchLoss: MatchDiscrimination
  private let runningSpeech = RunningSpeechPenalty()
  private let phonemeAdversary: ModalityAdversary
  private let utteranceAdversary: ModalityAdversary
  private let ctc = CTCLoss()
  private let aligner = ForcedAligner()
  private let unitRows = UnitRows()
  /// Unit frame embeddings of the last forward pass, `[T, D]`.
  public let embeddings = Matrix()
  /// Logits of the last forward pass, `[T, 40]`.
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
  /// Alignments of the last ``step(_:weights:metricLearning:using:)``, one per utterance, nil if none was possible.
  public private(set) var alignments: [UtteranceAlignment?] = []
  /// Time spent in each phase of the last step.
  public private(set) var phases = StepPhases()

  /// The class of the CTC blank, after those of the phonemes.
  public static let blank = 39

  /// Registers the parameters of all parts in `bank`.
  ///
  /// - Parameter keywordClassCount: classes of the keyword loss, if the objectives use it.
  public init(
    _ configuration: NetworkConfiguration, objectives: Objectives = Objectives(), keywordClassCount: Int = 0,
    bank: ParameterBank
  ) {
    self.bank = bank
    self.objectives = objectives
    frameEncoder = configuration.makeEncoder(bank: bank)
    let dimension = frameEncoder.dimension
    classifier = PhonemeClassifier(bank: bank, classCount: Phoneme.classCount, dimension: dimension)
    textEncoder = PhraseTextEncoder(configuration.text, bank: bank, classifier: classifier)
    attention = PhonemeAttention("attention", bank: bank)
    pooling = AttentiveStatisticsPooling("pooling", bank: bank, dimension: dimension, hiddenCount: 48)
    phonemeLoss = MetricLearningLoss(
      "loss.phoneme", bank: bank, classCount: Phoneme.count, objective: objectives.phoneme,
      isAdaptive: objectives.adaptiveMarginsAndScales)
    let isContrast = objectives.utterance == .contrast
    utteranceLoss = isContrast ? UtteranceContrast("loss.utterance", bank: bank) : nil
    utteranceMetric =
      isContrast
      ? nil
      : MetricLearningLoss(
        "loss.utteranceMetric", bank: bank, classCount: 1, isAdaptive: objectives.adaptiveMarginsAndScales)
    matchLoss = MatchDiscrimination("loss.match", bank: bank)
    phonemeAdversary = ModalityAdversary("adversary.phoneme", bank: bank, dimension: dimension)
    utteranceAdversary = ModalityAdversary("adversary.utterance", bank: bank, dimension: dimension)
    keywordLoss = KeywordLoss(
      "loss.keyword", bank: bank, objective: objectives.keyword, classCount: keywordClassCount, dimension: dimension)
  }

  /// The encoder that a model file stores.
  /// - Precondition: the network has the streaming architecture.
  public var encoder: AcousticEncoder {
    guard let encoder = frameEncoder as? AcousticEncoder else {
      preconditionFailure("the network does not have the streaming encoder")
    }
    return encoder
  }

  /// Computes the embeddings and logits of a batch.
  ///
  /// - Parameters:
  ///   - features: `[T, 40]`, ragged by `bounds`.
  ///   - training: whether batch normalization uses the statistics of the batch.
  /// - Returns: the bounds of the embeddings' sequences.
  @discardableResult
  public func forward(_ features: Matrix, _ bounds: SequenceBounds, training: Bool) -> SequenceBounds {
    classifier.prepare()
    let outputBounds = frameEncoder.forward(features, bounds, into: embeddings, training: training)
    unitRows.forward(embeddings)
    classifier.forward(embeddings, into: logits)
    return outputBounds
  }

  /// Runs the forward and backward pass of one shard. Adds to the gradients of the bank.
  /// - Parameter metricLearning: whether to include the metric and adversarial terms, which need usable alignments.
  public func step(
    _ batch: TrainingBatch, weights: ObjectiveWeights, metricLearning: Bool, using generator: inout SplitMix64
  ) -> StepReport {
    var report = StepReport()
    phases = StepPhases()
    let encoded = phases.time(\.encoderForward) {
      forward(batch.features, batch.streamBounds ?? batch.bounds, training: true)
    }
    let bounds = batch.streamBounds == nil ? encoded : batch.bounds.strided(by: 2).strided(by: 2)
    precondition(bounds.rowCount == encoded.rowCount, "an utterance within a stream needs a multiple of four frames")
    let phrases = phases.time(\.sequenceLosses) {
      accumulateFrameLevel(batch, bounds, weights, metricLearning: metricLearning, &generator, &report)
    }
    if phrases.count > 1 {
      phases.time(\.metricLosses) { accumulateMetricLosses(batch, bounds, phrases, weights, &generator, &report) }
    }
    phases.time(\.encoderBackward) {
      classifier.finishBackward()
      unitRows.backward(embeddingGradient, output: embeddings)
      frameEncoder.backward(embeddingGradient)
    }
    return report
  }

  /// Computes the terms on the logits and propagates them to the embeddings. Returns the phrases for the metric terms.
  private func accumulateFrameLevel(
    _ batch: TrainingBatch, _ bounds: SequenceBounds, _ weights: ObjectiveWeights, metricLearning: Bool,
    _ generator: inout SplitMix64, _ report: inout StepReport
  ) -> [SampledPhrase] {
    var phrases: [SampledPhrase] = []
    if metricLearning {
      align(batch, bounds)
      phrases = samplePhrases(batch, bounds, &generator)
      report.phraseCount = phrases.count
    }
    logitGradient.reshape(rows: logits.rows, columns: logits.columns)
    logitGradient.setZero()
    accumulateSequenceLosses(batch, bounds, weights, &report)
    if weights.falseAlarm > 0, !phrases.isEmpty { accumulateFalseAlarms(batch, bounds, phrases, weights, &report) }
    classifier.backward(logitGradient, into: embeddingGradient)
    return phrases
  }

  private func accumulateSequenceLosses(
    _ batch: TrainingBatch, _ bounds: SequenceBounds, _ weights: ObjectiveWeights, _ report: inout StepReport
  ) {
    let labels = batch.words.indices.map { utterance in
      zip(batch.words[utterance], batch.chosenVariants[utterance]).flatMap { $0[$1] }
    }
    let labelCount = Float(max(labels.reduce(0) { $0 + $1.count }, 1))
    let targetCounts = batch.frameTargets.indices.map { utterance in
      let taught = batch.taught(utterance).count / Phoneme.classCount
      return taught > 0 ? taught : batch.frameTargets[utterance].count { $0 >= 0 }
    }
    let targetCount = Float(max(targetCounts.reduce(0, +), 1))
    for utterance in 0..<bounds.count {
      let row = bounds.starts[utterance]
      if weights.ctc > 0 {
        let loss = ctc.accumulate(
          logits: logits.row(row), frameCount: bounds.length(utterance), classCount: Phoneme.classCount,
          labels: labels[utterance], blank: Self.blank, weight: weights.ctc / labelCount,
          gradient: logitGradient.row(row))
        if let loss { report.ctc += loss / labelCount } else { report.skippedUtterances += 1 }
      }
      let targets = batch.frameTargets[utterance]
      let taught = batch.taught(utterance)
      if weights.frame > 0, !taught.isEmpty {
        precondition(taught.count <= bounds.length(utterance) * Phoneme.classCount, "more teacher's frames than frames")
        report.frame +=
          FrameCrossEntropy.accumulate(
            logits: logits.row(row), probabilities: taught, classCount: Phoneme.classCount,
            weight: weights.frame / targetCount, gradient: logitGradient.row(row)) / targetCount
      } else if weights.frame > 0, !targets.isEmpty {
        precondition(targets.count <= bounds.length(utterance), "more frame targets than frames")
        report.frame +=
          FrameCrossEntropy.accumulate(
            logits: logits.row(row), targets: targets, classCount: Phoneme.classCount,
            weight: weights.frame / targetCount,
            gradient: logitGradient.row(row)
          ).loss / targetCount
      }
    }
  }

  private func align(_ batch: TrainingBatch, _ bounds: SequenceBounds) {
    guard batch.alignments.isEmpty else {
      alignments = batch.alignments
      return
    }
    logPosteriors.reshape(rows: logits.rows, columns: logits.columns)
    for row in 0..<logits.rows {
      Softmax.logProbabilities(logits.row(row), into: logPosteriors.row(row), Phoneme.classCount)
    }
    alignments = (0..<bounds.count).map { utterance in
      let frames = UnsafeBufferPointer(
        start: logPosteriors.row(bounds.starts[utterance]), count: bounds.length(utterance) * Phoneme.classCount)
      return try? aligner.align(
        logPosteriors: frames, frameCount: bounds.length(utterance), words: batch.words[utterance])
    }
  }

  private func samplePhrases(
    _ batch: TrainingBatch, _ bounds: SequenceBounds, _ generator: inout SplitMix64
  ) -> [SampledPhrase] {
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
    return phrases
  }

  /// Maximum number of phrases of a shard that are scored on the other utterances of the shard.
  private static let falseAlarmPhraseLimit = 64

  private func accumulateFalseAlarms(
    _ batch: TrainingBatch, _ bounds: SequenceBounds, _ phrases: [SampledPhrase], _ weights: ObjectiveWeights,
    _ report: inout StepReport
  ) {
    report.falseAlarm = runningSpeech.accumulate(
      logits: logits, bounds, words: batch.words, phrases: phrases.prefix(Self.falseAlarmPhraseLimit).map(\.phonemes),
      weight: weights.falseAlarm, gradient: logitGradient)
  }

  /// Frames and classes of the words in the keyword vocabulary.
  private func keywords(_ batch: TrainingBatch, _ bounds: SequenceBounds) -> (segments: [Range<Int>], labels: [Int]) {
    var segments: [Range<Int>] = []
    var labels: [Int] = []
    for (utterance, classes) in batch.keywordClasses.enumerated() {
      for word in alignments[utterance]?.words ?? [] where classes[word.wordIndex] >= 0 {
        let first = max(PhraseSampler.frameIndex(word.startSeconds), 0)
        let end = min(PhraseSampler.frameIndex(word.endSeconds) + 1, bounds.length(utterance))
        guard end - first >= 3 else { continue }
        segments.append(bounds.starts[utterance] + first..<bounds.starts[utterance] + end)
        labels.append(classes[word.wordIndex])
      }
    }
    return (segments, labels)
  }

  private func accumulateMetricLosses(
    _ batch: TrainingBatch, _ bounds: SequenceBounds, _ phrases: [SampledPhrase], _ weights: ObjectiveWeights,
    _ generator: inout SplitMix64, _ report: inout StepReport
  ) {
    var negatives: [HardNegative] = []
    if objectives.hardNegatives != .none {
      for phrase in phrases {
        let extra = phrases[generator.nextIndex(phrases.count)]
        let end = extra.wordInitial.dropFirst().firstIndex(of: true) ?? extra.phonemes.count
        negatives.append(
          PhraseSampler.hardNegative(
            of: phrase, kinds: objectives.hardNegatives, extra: Array(extra.phonemes[..<end]), using: &generator))
      }
    }
    let (keywordSegments, keywordLabels) = keywords(batch, bounds)
    let lengths = phrases.map(\.phonemes.count) + negatives.map(\.phonemes.count)
    let textBounds = SequenceBounds(lengths: lengths)
    textEncoder.forward(
      phonemes: phrases.flatMap(\.phonemes) + negatives.flatMap(\.phonemes),
      wordInitial: phrases.flatMap(\.wordInitial) + negatives.flatMap(\.wordInitial), textBounds)
    let text = textEncoder.phonemeEmbeddings
    let segments = phrases.map(\.frames)
    attention.forward(
      queries: text, textBounds, frames: embeddings, segments: segments + segments.prefix(negatives.count),
      into: attended)
    pooling.forward(frames: embeddings, segments: segments + keywordSegments, into: pooled)
    for (gradient, shape) in [
      (phonemeGradient, text), (attendedGradient, attended), (pooledGradient, pooled),
      (utteranceGradient, textEncoder.utteranceEmbeddings),
    ] {
      gradient.reshape(rows: shape.rows, columns: shape.columns)
      gradient.setZero()
    }
    let trueRows = textBounds.starts[phrases.count]
    accumulatePhonemeLevel(phrases, negatives, trueRows: trueRows, weights, &report)
    if weights.monotonic > 0 {
      report.monotonic = attention.accumulateMonotonicLoss(phraseCount: phrases.count, weight: weights.monotonic)
    }
    accumulateUtteranceLevel(phrases, negatives, keywordLabels, weights, &report)
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
    // The metric and adversarial terms cover only the spoken phrases, which are the first rows.
    let views = [text, attended, phonemeGradient, attendedGradient].map { MatrixRowCopy.prefix(of: $0, rows: trueRows) }
    let classes = phrases.flatMap { $0.phonemes.map(Int.init) }
    if weights.phoneme > 0 {
      report.phoneme = phonemeLoss.accumulate(
        anchors: views[0], candidates: views[1], anchorLabels: classes, candidateLabels: classes,
        parameterClasses: classes, weight: weights.phoneme, anchorGradient: views[2], candidateGradient: views[3])
    }
    report.phonemeModalityAccuracy =
      phonemeAdversary.accumulate(
        audio: views[1], text: views[0], weight: weights.adversary, reversal: weights.reversalPhoneme,
        audioGradient: views[3], textGradient: views[2]
      ).accuracy
    MatrixRowCopy.copyBack(views[2], into: phonemeGradient)
    MatrixRowCopy.copyBack(views[3], into: attendedGradient)
  }

  private func accumulateUtteranceLevel(
    _ phrases: [SampledPhrase], _ negatives: [HardNegative], _ keywordLabels: [Int], _ weights: ObjectiveWeights,
    _ report: inout StepReport
  ) {
    let text = textEncoder.utteranceEmbeddings
    let audio = MatrixRowCopy.prefix(of: pooled, rows: phrases.count)
    let audioGradient = MatrixRowCopy.prefix(of: pooledGradient, rows: phrases.count)
    if weights.utterance > 0 {
      report.utterance = utteranceTerm(phrases, negatives, audio: audio, audioGradient: audioGradient, weights)
    }
    let own = MatrixRowCopy.prefix(of: text, rows: phrases.count)
    let ownGradient = MatrixRowCopy.prefix(of: utteranceGradient, rows: phrases.count)
    report.utteranceModalityAccuracy =
      utteranceAdversary.accumulate(
        audio: audio, text: own, weight: weights.adversary, reversal: weights.reversalUtterance,
        audioGradient: audioGradient, textGradient: ownGradient
      ).accuracy
    MatrixRowCopy.copyBack(ownGradient, into: utteranceGradient)
    MatrixRowCopy.copyBack(audioGradient, into: pooledGradient)
    if weights.keyword > 0, !keywordLabels.isEmpty {
      let words = MatrixRowCopy.suffix(of: pooled, from: phrases.count)
      let wordGradient = Matrix(rows: words.rows, columns: words.columns)
      report.keyword = keywordLoss.accumulate(
        embeddings: words, labels: keywordLabels, weight: weights.keyword, gradient: wordGradient)
      VectorLoops.accumulate(
        1, wordGradient.pointer, into: pooledGradient.row(phrases.count), wordGradient.count)
    }
  }

  /// Points and relations between the phrases' audio and all texts.
  private func utteranceTerm(
    _ phrases: [SampledPhrase], _ negatives: [HardNegative], audio: Matrix, audioGradient: Matrix,
    _ weights: ObjectiveWeights
  ) -> Float {
    var keyOf: [[UInt8]: Int] = [:]
    let keys = (phrases.map(\.phonemes) + negatives.map(\.phonemes)).map { phonemes -> Int in
      if let key = keyOf[phonemes] { return key }
      keyOf[phonemes] = keyOf.count
      return keyOf.count - 1
    }
    let text = textEncoder.utteranceEmbeddings
    let weight = weights.utterance
    var loss: Float = 0
    if let utteranceLoss {
      loss = utteranceLoss.accumulate(
        audio: audio, text: text, keys: keys, weight: weight, audioGradient: audioGradient,
        textGradient: utteranceGradient)
    } else if let utteranceMetric {
      loss = utteranceMetric.accumulate(
        anchors: text, candidates: audio, anchorLabels: keys, candidateLabels: Array(keys.prefix(phrases.count)),
        parameterClasses: [Int](repeating: 0, count: keys.count), weight: weight, anchorGradient: utteranceGradient,
        candidateGradient: audioGradient)
    }
    if weights.relation > 0 {
      loss +=
        weights.relation
        * RelationalStructure.accumulateDistances(
          audio: audio, text: text, weight: weight * weights.relation, audioGradient: audioGradient)
    }
    if weights.angle > 0 {
      loss +=
        weights.angle
        * RelationalStructure.accumulateAngles(
          audio: audio, text: text, weight: weight * weights.angle, audioGradient: audioGradient)
    }
    return loss
  }
}
