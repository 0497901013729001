import KeywordSpotting
import ModelFormat
import TextEnrollment
import Training

/// Single words in fluent speech: finds the most frequent words of some length in each utterance.
///
/// A word is enrolled by its text. Each utterance is processed as a separate stream and gives one score per word, that
/// of its best candidate. If the utterance contains the word, in any spelling of its sound, the word is found or missed
/// once. Otherwise a score above the threshold is one false alarm. The context of the word is not changed, so its score
/// cannot depend on pauses.
/// - Reference: the protocol of LibriKWS-20, Bluche and Gisselbrecht 2020, arXiv:2005.08347, with words of the given
///   corpora.
public struct WordProtocol {
  private let spoken: [(corpus: PreparedCorpus, utterance: Utterance)]
  private let model: EvaluatedModel
  private let phrases: [TriedPhrase]
  /// `[word]`, the utterances that contain it.
  private let saying: [Set<Int>]
  private let texts: [String]

  /// Selects the words.
  ///
  /// - Parameters:
  ///   - wordCount: the number of words, at least 1.
  ///   - leastSyllables: the fewest syllables of a word's first pronunciation.
  ///   - leastPhonemes: the fewest phonemes of the same pronunciation.
  /// - Throws: ``EvaluationError``.
  public init(
    corpora: [PreparedCorpus], model: EvaluatedModel, wordCount: Int = 20, leastSyllables: Int = 2,
    leastPhonemes: Int = 6
  ) throws(EvaluationError) {
    spoken = corpora.flatMap { corpus in corpus.utterances.filter { !$0.isNoise }.map { (corpus, $0) } }
    self.model = model
    var lookup = PronunciationCache(model)
    var utterancesOfWord: [String: Set<Int>] = [:]
    var utterancesOfSound: [[UInt8]: Set<Int>] = [:]
    for (index, item) in spoken.enumerated() {
      for word in item.utterance.words.map(String.init) {
        guard let sound = lookup[word].first else { continue }
        utterancesOfWord[word, default: []].insert(index)
        utterancesOfSound[sound, default: []].insert(index)
      }
    }
    // The most frequent first, ties in alphabetical order.
    let ranked = utterancesOfWord.sorted { ($1.value.count, $0.key) < ($0.value.count, $1.key) }
    var texts: [String] = []
    var sounds: Set<[UInt8]> = []
    for (word, _) in ranked where texts.count < wordCount {
      let variants = lookup[word]
      let syllables = variants[0].count { Phoneme(rawValue: $0)!.isVowel }
      guard syllables >= leastSyllables, variants[0].count >= leastPhonemes, sounds.isDisjoint(with: variants) else {
        continue
      }
      sounds.formUnion(variants)
      texts.append(word)
    }
    guard !texts.isEmpty else {
      throw .nothingToEvaluate(
        reason: "the corpora have no word of at least \(leastSyllables) syllables and \(leastPhonemes) phonemes")
    }
    var phrases: [TriedPhrase] = []
    for text in texts {
      do {
        let enrolled = try model.enroller.enroll(text.lowercased(), threshold: 0)
        phrases.append(TriedPhrase(enrolled.enrollment, enrolled.report))
      } catch { throw .phrase(text: text, error) }
    }
    self.texts = texts
    self.phrases = phrases
    saying = texts.map { text in
      lookup[text].reduce(into: []) { $0.formUnion(utterancesOfSound[$1] ?? []) }
    }
  }

  /// Processes every utterance and measures.
  ///
  /// - Parameter progress: called with the number of utterances done and the number of all utterances.
  public func run(
    scorer: some AcousticScorer, falseAlarmsPerHour: [Double] = WordReport.rates,
    progress: (Int, Int) -> Void = { _, _ in }
  ) -> WordReport {
    // No score reaches this threshold, so candidates settle at once.
    let enrollments = phrases.map { phrase in
      var enrollment = phrase.enrollment
      enrollment.threshold = .infinity
      return enrollment
    }
    var spotter = PhraseDetector(model: model.model, enrollments: enrollments)
    let head = model.model.streamHead
    var found = [[Double]](repeating: [], count: texts.count)
    var alarms = [[Double]](repeating: [], count: texts.count)
    var hours = [Double](repeating: 0, count: texts.count)
    for (index, item) in spoken.enumerated() {
      var best = [Double](repeating: -.infinity, count: texts.count)
      let note = { (candidate: Candidate) in
        best[candidate.phraseIndex] = max(best[candidate.phraseIndex], head.logit(candidate.features.values))
      }
      let clip = scorer.encode(clip: item.corpus.samples(of: item.utterance))
      clip.units.withUnsafeBufferPointer { units in
        clip.logPosteriors.withUnsafeBufferPointer { logPosteriors in
          for frame in 0..<clip.frameCount {
            spotter.process(
              unit: units.baseAddress! + frame * model.model.embeddingDimension,
              logPosteriors: logPosteriors.baseAddress! + frame * Phoneme.classCount, onCandidate: note,
              onDetection: { _ in })
          }
        }
      }
      spotter.finish(onCandidate: note, onDetection: { _ in })
      for word in texts.indices {
        if saying[word].contains(index) {
          found[word].append(best[word])
        } else {
          hours[word] += item.utterance.duration / 3_600
          if best[word] > -.infinity { alarms[word].append(best[word]) }
        }
      }
      progress(index + 1, spoken.count)
    }
    let curves = texts.indices.map { word in
      DetectionErrorTradeoff(
        occurrenceScores: found[word], falseAlarmScores: alarms[word], hours: max(hours[word], 1e-9))
    }
    return WordReport(texts: texts, curves: curves, falseAlarmsPerHour: falseAlarmsPerHour)
  }
}
