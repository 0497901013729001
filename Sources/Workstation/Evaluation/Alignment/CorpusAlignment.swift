import KeywordSpotting
import Training

/// Forced alignments of a whole corpus by an acoustic model.
public struct CorpusAlignment: Sendable {
  /// The aligned utterances, in the order of the corpora.
  public var utterances: [AlignedUtterance] = []
  /// Mean log-likelihood ratio of each of ``utterances``. Below about −3, transcript and recording do not match.
  public var meanLogLikelihoodRatios: [Float] = []
  /// Utterances skipped because a word has no pronunciation.
  public var unpronounceableCount = 0
  /// Utterances skipped because they have fewer frames than phonemes.
  public var tooShortCount = 0

  /// Aligns every utterance with text. The ids are those of the corpus.
  ///
  /// - Parameter progress: called with the number of utterances done and the number of all utterances.
  public init(
    corpora: [PreparedCorpus], model: EvaluatedModel, scorer: some AcousticScorer, aligner: ForcedAligner = .init(),
    progress: (Int, Int) -> Void = { _, _ in }
  ) {
    let spoken = corpora.flatMap { corpus in corpus.utterances.filter { !$0.isNoise }.map { (corpus, $0) } }
    var lookup = PronunciationCache(model)
    for (index, (corpus, utterance)) in spoken.enumerated() {
      progress(index, spoken.count)
      let texts = utterance.words.map(String.init)
      let words = texts.map { lookup[$0] }
      let clip = scorer.encode(clip: corpus.samples(of: utterance))
      do throws(AlignmentError) {
        let alignment = try aligner.align(
          logPosteriors: clip.logPosteriors, frameCount: clip.frameCount, words: words)
        utterances.append(
          AlignedUtterance(id: utterance.id, texts: texts, alignment: alignment, seconds: utterance.duration))
        meanLogLikelihoodRatios.append(alignment.meanLogLikelihoodRatio)
      } catch {
        switch error {
        case .tooFewFrames: tooShortCount += 1
        case .noPronunciation, .notAPhoneme: unpronounceableCount += 1
        }
      }
    }
    progress(spoken.count, spoken.count)
  }
}

extension AlignedUtterance {
  /// Converts an alignment to words and phones, with `sil` before, between and after words.
  init(id: String, texts: [String], alignment: UtteranceAlignment, seconds: Double) {
    self.init(id: id, words: [], phones: [])
    var end = 0.0
    func silence(until time: Double) {
      if time > end + 0.000_5 { phones.append(AlignedInterval(label: "sil", startSeconds: end, endSeconds: time)) }
    }
    for word in alignment.words {
      words.append(
        AlignedInterval(label: texts[word.wordIndex], startSeconds: word.startSeconds, endSeconds: word.endSeconds))
      silence(until: word.startSeconds)
      for phone in word.phones {
        phones.append(
          AlignedInterval(
            label: Phoneme(rawValue: phone.phoneme)!.arpabet, startSeconds: phone.startSeconds,
            endSeconds: phone.endSeconds))
      }
      end = word.endSeconds
    }
    silence(until: seconds)
  }
}
