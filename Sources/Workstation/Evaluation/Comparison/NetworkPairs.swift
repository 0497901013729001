import Foundation
import KeywordSpotting
import Training

/// The pair protocol for networks in training, of any architecture. Clips and texts are prepared once, and every
/// network is measured on the same pairs without a model file.
///
/// The name of a metric begins with its score (`head`, `utterance`, `phoneme`, `ctc`, or nothing for the embedding
/// score) and contains `Own` if the positives are the anchors' own recordings.
///
/// The *embedding score* of a pair is the cosine of the pooled audio and the text plus the mean cosine of the phonemes
/// and their attended audio. It has no fitted parameters. The *head's score* is a monotone logistic regression over
/// these two, the smallest phoneme cosine, CTC's log-likelihood ratio per phoneme and the length. It is cross-fitted: a
/// head fitted on the anchors of even index scores those of odd index, and vice versa.
public final class NetworkPairs {
  /// The results of a network.
  public struct Outcome {
    /// Values by name.
    public var metrics: [String: Double]
    /// The pairs with their embedding scores.
    public var pairs: RunPairs
    /// Phoneme embeddings for a map.
    public var embeddings: RunEmbeddings
  }

  private struct Text {
    var wordInitial: [[Bool]]
    var variants: [[UInt8]]
  }

  private struct Clip {
    var features: PaddedFeatures
    /// Indices of the pairs of this clip.
    var pairs: [Int]
  }

  private let list: PairList
  private var texts: [Text] = []
  private var textOfPair: [Int] = []
  private var clips: [Clip] = []

  private static let clipsAtOnce = 48
  private static let mapRowCount = 300
  private static let leastRatio: Float = -12

  /// The number of pairs.
  public var pairCount: Int { list.pairs.count }

  /// Draws the pairs and computes the features of their clips.
  ///
  /// - Parameters:
  ///   - alignments: word times of the corpora's utterances, at which clips are cut.
  ///   - pronounce: returns all pronunciations of each word of a text, most likely first; nil if a word is unknown.
  /// - Throws: ``EvaluationError/nothingToEvaluate(reason:)``.
  public init(
    corpora: [PreparedCorpus], alignments: [AlignedUtterance], options: PairList.Options = .init(),
    pronounce: (String) -> [[[UInt8]]]?
  ) throws(EvaluationError) {
    let located = PairProtocol.locate(alignments, in: corpora)
    guard !located.isEmpty else {
      throw .nothingToEvaluate(reason: "the alignments name no utterance of the corpora; align the same corpora")
    }
    let inventory = PhraseInventory(
      utterances: located.map(\.aligned), speakers: located.map(\.speaker),
      pronounce: { word in
        guard let words = pronounce(word), !words.isEmpty, words.allSatisfy({ !$0.isEmpty }) else { return [] }
        return words.count == 1 ? words[0] : [words.flatMap { $0[0] }]
      })
    list = PairList(inventory: inventory, options: options)
    guard list.pairs.contains(where: { $0.kind == .hard }) else {
      throw .nothingToEvaluate(reason: "the alignments need two phrases of 1-4 words and 0.5-2.0 s")
    }
    var indexOfText: [String: Int] = [:]
    var pairsOfClip: [PairProtocol.ClipKey: [Int]] = [:]
    for (index, pair) in list.pairs.enumerated() {
      if indexOfText[pair.text] == nil {
        indexOfText[pair.text] = texts.count
        texts.append(Self.text(pronounce(pair.text) ?? []))
      }
      textOfPair.append(indexOfText[pair.text]!)
      pairsOfClip[PairProtocol.ClipKey(pair.cut), default: []].append(index)
    }
    for (key, pairs) in pairsOfClip.sorted(by: { $0.key < $1.key }) {
      let item = located[key.utteranceIndex]
      let samples = item.corpus.samples(of: item.utterance)
      let start = min(max(key.startSample, 0), samples.count)
      let end = min(max(key.endSample, start), samples.count)
      clips.append(
        Clip(
          features: PaddedFeatures(
            UnsafeBufferPointer(rebasing: samples[start..<end]), initialMeans: item.corpus.initialMeans), pairs: pairs))
    }
  }

  /// Up to four pronunciations of a phrase, from the first two of every word.
  private static func text(_ words: [[[UInt8]]]) -> Text {
    var variants: [(phonemes: [UInt8], initial: [Bool])] = [([], [])]
    for word in words {
      variants = variants.flatMap { start in
        word.prefix(2).map { (start.phonemes + $0, start.initial + $0.indices.map { $0 == 0 }) }
      }
      variants = Array(variants.prefix(4))
    }
    return Text(wordInitial: variants.map(\.initial), variants: variants.map(\.phonemes))
  }

  /// The scores of a pair by its best pronunciation.
  private struct Score {
    var embedding = -Float.infinity
    var features: [Float] = []
  }

  /// A recording of an anchor's own phrase with its embeddings.
  private struct Own {
    var utterance: [Float]
    var text: [Float]
    var phoneme: UInt8
    var heard: [Float]
    var written: [Float]
  }

  /// Scores all pairs with a network.
  public func evaluate(_ network: SpottingNetwork) -> Outcome {
    network.classifier.prepare()
    var scores = [Score](repeating: Score(), count: list.pairs.count)
    var own: [Own] = []
    let texts = TextEmbeddings(network, texts)
    for start in stride(from: 0, to: clips.count, by: Self.clipsAtOnce) {
      let batch = clips[start..<min(start + Self.clipsAtOnce, clips.count)]
      evaluate(Array(batch), network, texts, &scores, &own)
    }
    let embedding = scores.map { Double($0.embedding) }
    let head = headScores(scores)
    return Outcome(
      metrics: metrics(scores, embedding: embedding, head: head, own), pairs: RunPairs(list: list, scores: embedding),
      embeddings: RunEmbeddings(
        items: own.prefix(Self.mapRowCount).flatMap { own -> [RunEmbeddings.Item] in
          let phoneme = Phoneme(rawValue: own.phoneme)!
          return [
            .init(modality: .audio, phoneme: phoneme, vector: own.heard),
            .init(modality: .text, phoneme: phoneme, vector: own.written),
          ]
        }))
  }

  /// Phoneme and utterance embeddings of every pronunciation of every text.
  private struct TextEmbeddings {
    let phonemes: Matrix
    let utterances: Matrix
    let bounds: SequenceBounds
    /// Index of each text's first pronunciation.
    let first: [Int]

    init(_ network: SpottingNetwork, _ texts: [Text]) {
      var starts: [Int] = []
      var count = 0
      for text in texts {
        starts.append(count)
        count += text.variants.count
      }
      bounds = SequenceBounds(lengths: texts.flatMap { $0.variants.map(\.count) })
      network.textEncoder.forward(
        phonemes: texts.flatMap { $0.variants.flatMap { $0 } },
        wordInitial: texts.flatMap { $0.wordInitial.flatMap { $0 } }, bounds)
      phonemes = network.textEncoder.phonemeEmbeddings
      utterances = network.textEncoder.utteranceEmbeddings
      self.first = starts
    }
  }

  private func evaluate(
    _ batch: [Clip], _ network: SpottingNetwork, _ texts: TextEmbeddings, _ scores: inout [Score], _ own: inout [Own]
  ) {
    let segments = network.forward(batch.map(\.features))
    let pooled = Matrix()
    network.pooling.forward(frames: network.embeddings, segments: segments, into: pooled)
    // Every pronunciation of every pair attends to the frames of its clip.
    var asked: [(clip: Int, pair: Int, variant: Int)] = []
    for (index, clip) in batch.enumerated() {
      for pair in clip.pairs {
        let text = textOfPair[pair]
        for variant in self.texts[text].variants.indices { asked.append((index, pair, texts.first[text] + variant)) }
      }
    }
    let dimension = texts.phonemes.columns
    let queryBounds = SequenceBounds(lengths: asked.map { texts.bounds.length($0.variant) })
    let queries = Matrix(rows: queryBounds.rowCount, columns: dimension)
    for (index, question) in asked.enumerated() {
      queries.row(queryBounds.starts[index]).update(
        from: texts.phonemes.row(texts.bounds.starts[question.variant]),
        count: queryBounds.length(index) * dimension)
    }
    let found = Matrix()
    network.attention.forward(
      queries: queries, queryBounds, frames: network.embeddings, segments: asked.map { segments[$0.clip] }, into: found)
    for (index, question) in asked.enumerated() {
      let rows = queryBounds.starts[index]..<queryBounds.starts[index + 1]
      let cosines = rows.map { VectorLoops.dot(queries.row($0), found.row($0), dimension) }
      let mean = cosines.reduce(0, +) / Float(cosines.count)
      let utterance = VectorLoops.dot(
        pooled.row(question.clip), texts.utterances.row(question.variant), dimension)
      let text = textOfPair[question.pair]
      if utterance + mean > scores[question.pair].embedding {
        let phonemes = self.texts[text].variants[question.variant - texts.first[text]]
        let ratio = logLikelihoodRatio(phonemes, network, segments[question.clip])
        scores[question.pair] = Score(
          embedding: utterance + mean,
          features: [utterance, mean, cosines.min()!, ratio, Float(phonemes.count) / 10])
      }
      if list.pairs[question.pair].kind == .own, question.variant == texts.first[text] {
        let position = question.pair % rows.count
        func vector(_ matrix: Matrix, _ row: Int) -> [Float] {
          Array(UnsafeBufferPointer(start: matrix.row(row), count: dimension))
        }
        own.append(
          Own(
            utterance: vector(pooled, question.clip), text: vector(texts.utterances, question.variant),
            phoneme: self.texts[text].variants[0][position], heard: vector(found, rows.lowerBound + position),
            written: vector(queries, rows.lowerBound + position)))
      }
    }
  }

  private let ctc = CTCLoss()
  private let scratch = Matrix()

  /// `1/U · (ln p(phonemes | clip) − Σ_t max_k ln p(k | t))`, at least −12.
  private func logLikelihoodRatio(_ phonemes: [UInt8], _ network: SpottingNetwork, _ rows: Range<Int>) -> Float {
    let classCount = Phoneme.classCount
    scratch.reshape(rows: rows.count, columns: classCount)
    guard
      let loss = ctc.accumulate(
        logits: network.logits.row(rows.lowerBound), frameCount: rows.count, classCount: classCount, labels: phonemes,
        blank: SpottingNetwork.blank, weight: 0, gradient: scratch.pointer)
    else { return Self.leastRatio }
    var best: Float = 0
    for row in rows {
      Softmax.logProbabilities(network.logits.row(row), into: scratch.pointer, classCount)
      best += (0..<classCount).reduce(-Float.infinity) { max($0, scratch.pointer[$1]) }
    }
    return max((-loss - best) / Float(phonemes.count), Self.leastRatio)
  }

  private func headScores(_ scores: [Score]) -> [Double] {
    var result = [Double](repeating: 0, count: scores.count)
    for fold in 0..<2 {
      var samples: [MonotoneHead.Sample] = []
      for (index, pair) in list.pairs.enumerated() where pair.anchorIndex % 2 == fold {
        samples.append(.init(features: scores[index].features, isMatch: pair.isMatch))
      }
      guard samples.contains(where: \.isMatch), samples.contains(where: { !$0.isMatch }) else { continue }
      let head = MonotoneHead.fit(samples, iterations: 200)
      for (index, pair) in list.pairs.enumerated() where pair.anchorIndex % 2 != fold {
        result[index] = Double(MonotoneHead.logit(head, scores[index].features))
      }
    }
    return result
  }

  private func metrics(
    _ scores: [Score], embedding: [Double], head: [Double], _ own: [Own]
  ) -> [String: Double] {
    var metrics: [String: Double] = [:]
    func feature(_ index: Int) -> [Double] { scores.map { Double($0.features[index]) } }
    let ways = [
      ("", embedding), ("head", head), ("utterance", feature(0)), ("phoneme", feature(1)), ("ctc", feature(3)),
    ]
    for (prefix, scores) in ways {
      let report = PairReport(list: list, scores: scores, bootstrap: nil)
      for (convention, results) in [("", report.otherSpeakers), ("Own", report.ownRecording)] {
        for result in results where result.wordCount == nil {
          let suffix = convention + (result.negatives == .hard ? "Hard" : "Easy")
          func set(_ name: String, _ value: Double) {
            metrics[prefix.isEmpty ? name + suffix : prefix + name.prefix(1).uppercased() + name.dropFirst() + suffix] =
              value
          }
          set("eer", result.equalErrorRate)
          set("auc", result.areaUnderCurve)
          set("ap", result.averagePrecision)
          set("tpr", result.truePositiveRateAt1PercentFalsePositives)
        }
      }
    }
    let phonemes = ModalityGap(audio: own.map(\.heard), text: own.map(\.written), bootstrap: nil)
    let report = ModalityReport(
      audio: own.map(\.utterance), text: own.map(\.text), phonemes: phonemes, bootstrap: nil)
    metrics["top1AudioText"] = report.audioToTextTop1
    metrics["top1TextAudio"] = report.textToAudioTop1
    metrics["centroidDistance"] = report.utterances.centroidDistance
    metrics["mmd"] = report.utterances.maximumMeanDiscrepancy
    metrics["matchedCosine"] = report.utterances.meanMatchedCosine
    metrics["phonemeCentroidDistance"] = phonemes.centroidDistance
    metrics["phonemeMmd"] = phonemes.maximumMeanDiscrepancy
    metrics["phonemeMatchedCosine"] = phonemes.meanMatchedCosine
    return metrics
  }
}
