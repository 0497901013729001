import KeywordSpotting
import Training

/// Phoneme error rate of the posteriors alone, without a phrase to search for.
public struct PhonemeReport: Sendable, Codable {
  /// One set of utterances.
  public struct Result: Sendable, Codable {
    /// Name of the corpus, or of the group of speakers; `all` for the sum.
    public var corpus: String
    /// Utterances scored.
    public var utteranceCount: Int
    /// Phonemes of the nearest pronunciations.
    public var phonemeCount: Int
    /// Edits per phoneme of the nearest pronunciation.
    public var phonemeErrorRate: Double
    /// 95 % interval, by bootstrap over speakers (over utterances if speakers are unknown).
    public var phonemeErrorRateInterval: ConfidenceInterval?
    /// Substitutions per phoneme.
    public var substitutionRate: Double
    /// Insertions per phoneme.
    public var insertionRate: Double
    /// Deletions per phoneme.
    public var deletionRate: Double
  }

  /// By corpus, and their sum if there are several.
  public var results: [Result]
  /// By ``Utterance/speakerGroup``; empty if the groups are the corpora.
  public var groups: [Result]
  /// Utterances skipped because a word has no pronunciation.
  public var skippedCount: Int
  /// The decoded phonemes of each utterance. Not part of the JSON.
  public var utteranceTable = ""

  private enum CodingKeys: CodingKey { case results, groups, skippedCount }
}

/// Greedy CTC decoding against the nearest pronunciation of each transcript.
public struct PhonemeProtocol {
  /// The classes of a greedy CTC path: the best class of each frame, with repeats merged and blanks removed.
  public static func greedyPhonemes(logPosteriors: [Float]) -> [UInt8] {
    var phonemes: [UInt8] = []
    var previous = Phoneme.blankIndex
    for row in stride(from: 0, to: logPosteriors.count, by: Phoneme.classCount) {
      var best = 0
      for index in 1..<Phoneme.classCount where logPosteriors[row + index] > logPosteriors[row + best] { best = index }
      if best != previous, best != Phoneme.blankIndex { phonemes.append(UInt8(best)) }
      previous = best
    }
    return phonemes
  }

  /// Decodes all utterances with text.
  ///
  /// - Parameter progress: called with the number of utterances done and the number of all utterances.
  /// - Throws: ``EvaluationError/nothingToEvaluate(reason:)``.
  public static func run(
    corpora: [PreparedCorpus], model: EvaluatedModel, scorer: some AcousticScorer, bootstrap: Bootstrap? = Bootstrap(),
    progress: (Int, Int) -> Void = { _, _ in }
  ) throws(EvaluationError) -> PhonemeReport {
    let spoken = corpora.flatMap { corpus in corpus.utterances.filter { !$0.isNoise }.map { (corpus, $0) } }
    guard !spoken.isEmpty else { throw .nothingToEvaluate(reason: "the corpora have no utterance with text") }
    var lookup = PronunciationCache(model)
    var measured: [Measured] = []
    var skipped = 0
    var table = "corpus\tutterance\tphonemes\terrors\ttext\tdecoded\n"
    for (index, (corpus, utterance)) in spoken.enumerated() {
      let words = utterance.words.map { lookup[String($0)] }
      if words.contains(where: \.isEmpty) {
        skipped += 1
      } else {
        let clip = scorer.encode(clip: corpus.samples(of: utterance))
        let phonemes = greedyPhonemes(logPosteriors: clip.logPosteriors)
        let count = PhonemeErrorCount(words: words, hypothesis: phonemes)
        measured.append(
          Measured(
            corpus: utterance.corpus, group: utterance.speakerGroup,
            speaker: utterance.speaker.isEmpty ? "utterance \(index)" : utterance.corpus + "/" + utterance.speaker,
            count: count))
        let decoded = phonemes.map { Phoneme(rawValue: $0)!.arpabet }.joined(separator: " ")
        table +=
          "\(utterance.corpus)\t\(utterance.id)\t\(count.referenceCount)\t\(count.edits.total)\t\(utterance.text)\t\(decoded)\n"
      }
      progress(index + 1, spoken.count)
    }

    func resultsBy(_ name: (Measured) -> String) -> [PhonemeReport.Result] {
      let names = measured.reduce(into: [String]()) { if !$0.contains(name($1)) { $0.append(name($1)) } }
      return names.map { wanted in result(wanted, measured.filter { name($0) == wanted }, bootstrap) }
    }
    var results = resultsBy(\.corpus)
    if results.count > 1 { results.append(result("all", measured, bootstrap)) }
    let groups = measured.contains { $0.group != $0.corpus } ? resultsBy(\.group) : []
    return PhonemeReport(results: results, groups: groups, skippedCount: skipped, utteranceTable: table)
  }

  /// One utterance's edits.
  private struct Measured {
    var corpus: String
    var group: String
    /// Unique across the corpora.
    var speaker: String
    var count: PhonemeErrorCount
  }

  private static func result(_ name: String, _ part: [Measured], _ bootstrap: Bootstrap?) -> PhonemeReport.Result {
    var total = PhonemeErrorCount()
    var bySpeaker: [String: PhonemeErrorCount] = [:]
    for item in part {
      total += item.count
      bySpeaker[item.speaker, default: PhonemeErrorCount()] += item.count
    }
    let groups = bySpeaker.sorted { $0.key < $1.key }.map(\.value)
    let phonemes = Double(max(1, total.referenceCount))
    return PhonemeReport.Result(
      corpus: name, utteranceCount: part.count, phonemeCount: total.referenceCount, phonemeErrorRate: total.rate,
      phonemeErrorRateInterval: bootstrap?.interval(itemCount: groups.count) { drawn in
        drawn.reduce(into: PhonemeErrorCount()) { $0 += groups[$1] }.rate
      },
      substitutionRate: Double(total.edits.substitutions) / phonemes,
      insertionRate: Double(total.edits.insertions) / phonemes,
      deletionRate: Double(total.edits.deletions) / phonemes)
  }
}

/// Caches the pronunciations of words.
struct PronunciationCache {
  private let model: EvaluatedModel
  private var known: [String: [[UInt8]]] = [:]

  init(_ model: EvaluatedModel) { self.model = model }

  /// All pronunciations of a word; empty if there are none.
  subscript(word: String) -> [[UInt8]] {
    mutating get {
      if let found = known[word] { return found }
      let found = model.pronunciations(of: word)
      known[word] = found
      return found
    }
  }
}
