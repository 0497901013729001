import KeywordSpotting
import ModelFormat
import Training

/// The pair protocol over prepared corpora and their alignments.
public struct PairProtocol {
  /// The pairs, their scores and the results.
  public struct Outcome: Sendable {
    /// The pairs.
    public var list: PairList
    /// Log odds of the pair head, one per pair; `-∞` if the clip is too short for the phrase.
    public var scores: [Double]
    /// The results by kind of negative.
    public var report: PairReport
    /// Over the anchors' own recordings and their texts, with one phoneme per phrase drawn with the list's seed.
    public var modalities: ModalityReport
    /// Ids of the utterances to which the cuts of the pairs refer.
    public var utteranceIDs: [String]
  }

  /// Draws the pairs and scores them.
  ///
  /// Each recording is cut out of its utterance and scored in isolation. Utterances of an alignment are matched to the
  /// corpora by id, or else by the id's last component.
  ///
  /// - Parameters:
  ///   - alignments: word times, with words in the spelling of the corpora's texts.
  ///   - progress: called with the number of clips scored and the number of all clips.
  /// - Throws: ``EvaluationError``.
  public static func run(
    corpora: [PreparedCorpus], alignments: [AlignedUtterance], model: EvaluatedModel, scorer: some AcousticScorer,
    limits: PhraseInventory.Limits = .init(), options: PairList.Options = .init(),
    bootstrap: Bootstrap? = Bootstrap(resampleCount: 400), progress: (Int, Int) -> Void = { _, _ in }
  ) throws(EvaluationError) -> Outcome {
    let located = locate(alignments, in: corpora)
    guard !located.isEmpty else {
      throw .nothingToEvaluate(reason: "the alignments name no utterance of the corpora; align the same corpora")
    }
    let inventory = PhraseInventory(
      utterances: located.map(\.aligned), speakers: located.map(\.speaker), limits: limits,
      pronounce: { model.pronunciations(of: $0) })
    let list = PairList(inventory: inventory, options: options)
    guard list.pairs.contains(where: { $0.kind == .hard }) else {
      throw .nothingToEvaluate(reason: "the alignments need two phrases of 1-4 words and 0.5-2.0 s")
    }

    // Every clip is encoded once, even if it is in several pairs.
    var enrollments: [String: Enrollment] = [:]
    var pairsOfClip: [ClipKey: [Int]] = [:]
    for (index, pair) in list.pairs.enumerated() {
      if enrollments[pair.text] == nil { enrollments[pair.text] = try enroll(pair.text, model) }
      pairsOfClip[ClipKey(pair.cut), default: []].append(index)
    }
    var scores = [Double](repeating: -.infinity, count: list.pairs.count)
    let pairScorer = PairScorer(model: model.model)
    var audioEmbeddings: [Int: [Float]] = [:]
    var phonemes: [Int: AlignedPhoneme] = [:]
    for (done, (key, indices)) in pairsOfClip.sorted(by: { $0.key < $1.key }).enumerated() {
      let item = located[key.utteranceIndex]
      let samples = item.corpus.samples(of: item.utterance)
      let range = key.startSample.clamped(to: samples.count)..<key.endSample.clamped(to: samples.count)
      let clip = scorer.encode(clip: UnsafeBufferPointer(rebasing: samples[range]))
      clip.units.withUnsafeBufferPointer { units in
        clip.logPosteriors.withUnsafeBufferPointer { pairScorer.load(units: units, logPosteriors: $0) }
      }
      for index in indices {
        let pair = list.pairs[index]
        scores[index] = logit(pairScorer, enrollments[pair.text]!, model.model.pairHead)
        guard pair.kind == .own else { continue }
        audioEmbeddings[pair.anchorIndex] = pairScorer.utteranceEmbedding()
        phonemes[pair.anchorIndex] = AlignedPhoneme(
          drawnFrom: enrollments[pair.text]!.variants[0], frames: clip.units,
          attentionScale: model.model.pooling.attentionScale,
          seed: options.seed &+ UInt64(truncatingIfNeeded: pair.anchorIndex))
      }
      progress(done + 1, pairsOfClip.count)
    }
    // One per anchor, in the order of the anchors.
    let own = list.pairs.filter { $0.kind == .own }
    let groups = own.map { located[$0.cut.utteranceIndex].utterance.speakerGroup }
    return Outcome(
      list: list, scores: scores,
      report: PairReport(list: list, scores: scores, groups: groups, bootstrap: bootstrap),
      modalities: ModalityReport(
        audio: own.map { audioEmbeddings[$0.anchorIndex]! },
        text: own.map { enrollments[$0.text]!.variants[0].utteranceEmbedding },
        phonemes: ModalityGap(
          audio: own.map { phonemes[$0.anchorIndex]!.audio }, text: own.map { phonemes[$0.anchorIndex]!.text },
          bootstrap: bootstrap),
        bootstrap: bootstrap),
      utteranceIDs: located.map(\.aligned.id))
  }

  /// The log odds of the best variant.
  private static func logit(
    _ scorer: PairScorer, _ enrollment: Enrollment, _ head: AcousticModel.ScoreHead
  ) -> Double {
    enrollment.variants.reduce(-.infinity) { best, variant in
      scorer.features(variant).map { max(best, head.logit($0.values)) } ?? best
    }
  }

  private static func enroll(_ text: String, _ model: EvaluatedModel) throws(EvaluationError) -> Enrollment {
    do {
      return try model.enroller.enroll(text.lowercased()).enrollment
    } catch {
      throw .phrase(text: text, error)
    }
  }

  struct Located {
    var aligned: AlignedUtterance
    var corpus: PreparedCorpus
    var utterance: Utterance
    /// Unique across the corpora; empty if unknown.
    var speaker: String
  }

  static func locate(_ alignments: [AlignedUtterance], in corpora: [PreparedCorpus]) -> [Located] {
    // A name that two utterances have stands for neither: the times of one do not fit the recording of the other.
    var byID: [String: (PreparedCorpus, Utterance)?] = [:]
    var byName: [String: (PreparedCorpus, Utterance)?] = [:]
    for corpus in corpora {
      for utterance in corpus.utterances {
        let name = AlignmentFile.recordingName(utterance.id)
        byID[utterance.id] = .some(byID[utterance.id] == nil ? (corpus, utterance) : nil)
        byName[name] = .some(byName[name] == nil ? (corpus, utterance) : nil)
      }
    }
    return alignments.compactMap { aligned in
      let name = AlignmentFile.recordingName(aligned.id)
      guard let (corpus, utterance) = byID[aligned.id] ?? byName[name] ?? nil else { return nil }
      return Located(
        aligned: aligned, corpus: corpus, utterance: utterance,
        speaker: utterance.speaker.isEmpty ? "" : utterance.corpus + "/" + utterance.speaker)
    }
  }

  /// A recording as samples of its utterance. The order reads a corpus from front to back.
  struct ClipKey: Hashable, Comparable {
    var utteranceIndex: Int
    var startSample: Int
    var endSample: Int

    init(_ cut: PhraseCut) {
      utteranceIndex = cut.utteranceIndex
      startSample = Int((cut.startSeconds * 16_000).rounded())
      endSample = Int((cut.endSeconds * 16_000).rounded())
    }

    static func < (left: ClipKey, right: ClipKey) -> Bool {
      (left.utteranceIndex, left.startSample, left.endSample)
        < (right.utteranceIndex, right.startSample, right.endSample)
    }
  }
}

extension Int {
  fileprivate func clamped(to limit: Int) -> Int { Swift.max(0, Swift.min(self, limit)) }
}
