import KeywordSpotting
import ModelFormat

/// Aligns the words of utterances by the posteriors of the quantized model.
///
/// Use from one thread at a time. The model's bytes must outlive the aligner.
struct UtteranceAligner {
  private let corpus: PreparedCorpus
  private let encoder: ClipEncoder
  private let aligner = ForcedAligner()

  /// Creates an aligner for utterances of a corpus.
  init(_ corpus: PreparedCorpus, _ model: AcousticModel) {
    self.corpus = corpus
    encoder = ClipEncoder(model)
  }

  /// Aligns one utterance as recorded.
  ///
  /// - Returns: nil if it cannot be aligned, or if the transcript does not match the recording: at a ratio of
  ///   ``AlignmentTable/leastRatio`` or less.
  func align(_ item: TrainingSet.Item) -> UtteranceAlignment? {
    encoder.encode(corpus.samples(of: item.utterance))
    guard
      let alignment = try? aligner.align(
        logPosteriors: encoder.logPosteriors, frameCount: encoder.frameCount, words: item.words),
      alignment.meanLogLikelihoodRatio > AlignmentTable.leastRatio
    else { return nil }
    return alignment
  }
}
