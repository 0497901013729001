import KeywordSpotting
import Training

/// The phoneme error rate of networks in training, on the same utterances for every network and without a model file.
public final class NetworkPhonemes {
  private struct Clip {
    var corpus: String
    var features: PaddedFeatures
    var words: [[[UInt8]]]
  }

  /// The names of the metrics are this and the name of the corpus.
  public static let metricPrefix = "phonemeErrors "

  private let clips: [Clip]
  private static let clipsAtOnce = 32

  /// Computes the features of all utterances whose words have pronunciations.
  ///
  /// - Parameter pronounce: returns all pronunciations of each word of a text; nil if a word is unknown.
  /// - Throws: ``EvaluationError/nothingToEvaluate(reason:)``.
  public init(corpora: [PreparedCorpus], pronounce: (String) -> [[[UInt8]]]?) throws(EvaluationError) {
    clips = corpora.flatMap { corpus in
      corpus.utterances.compactMap { utterance -> Clip? in
        guard !utterance.isNoise, let words = pronounce(utterance.text), !words.isEmpty,
          words.allSatisfy({ !$0.isEmpty })
        else { return nil }
        let features = PaddedFeatures(corpus.samples(of: utterance), initialMeans: corpus.initialMeans)
        return Clip(corpus: utterance.corpus, features: features, words: words)
      }
    }
    guard !clips.isEmpty else { throw .nothingToEvaluate(reason: "the corpora have no utterance with text") }
  }

  /// The phoneme error rate of each corpus, 0…1, by ``metricPrefix`` and the name of the corpus.
  public func evaluate(_ network: SpottingNetwork) -> [String: Double] {
    var counts: [String: PhonemeErrorCount] = [:]
    for start in stride(from: 0, to: clips.count, by: Self.clipsAtOnce) {
      let batch = clips[start..<min(start + Self.clipsAtOnce, clips.count)]
      for (rows, clip) in zip(network.forward(batch.map(\.features)), batch) {
        let logits = UnsafeBufferPointer(
          start: network.logits.row(rows.lowerBound), count: rows.count * Phoneme.classCount)
        let phonemes = PhonemeProtocol.greedyPhonemes(logPosteriors: Array(logits))
        counts[clip.corpus, default: PhonemeErrorCount()] += PhonemeErrorCount(words: clip.words, hypothesis: phonemes)
      }
    }
    return Dictionary(uniqueKeysWithValues: counts.map { (Self.metricPrefix + $0.key, $0.value.rate) })
  }
}
