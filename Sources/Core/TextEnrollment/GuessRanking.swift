import KeywordSpotting
import ModelFormat

/// Ranks guesses by several kinds of evidence, and gives each a probability.
///
/// The candidates are the sequences that the search of ``GraphemeToPhoneme`` ends with, and those that ``RelatedWords``
/// suggest. With the evidence fᵢ of a candidate and the weights wᵢ, its probability is `exp Σᵢ wᵢ·fᵢ`, divided by the sum of
/// that over all candidates and of exp w for a last candidate, which stands for all other pronunciations. So the
/// probabilities of a word with few good candidates add up to less than 1.
///
/// | number | evidence |
/// |---:|---|
/// | 0 | natural logarithm of the probability that CTC gives |
/// | 1 | natural logarithm of the probability that ``SoundModel`` gives |
/// | 2 | number of phonemes |
/// | 3 | 1 if it is a known word with an ending |
/// | 4 | 1 if a known word is it with an ending |
/// | 5…7 | 1 if it is two known words, the shorter one with 3, 4, or more letters |
/// | 8…11 | 1 if it begins like the longest known word in the beginning, with 1, 2, 3, or more letters left |
/// | 12…15 | 1 if it ends like the longest known word at the end, with 1, 2, 3, or more letters left |
/// | 16 | 1 for the last candidate, which has nothing else |
///
/// The section `G2PR` of a language file:
///
/// | field | type |
/// |---|---|
/// | weight count | `u32`, 17 |
/// | weights | `f32[17]` |
/// | the rest | ``SoundModel`` |
///
/// Allocates its results. Safe to use from several threads.
package struct GuessRanking: Sendable {
  /// A candidate with its evidence.
  package struct Candidate: Sendable {
    /// Raw values of ``KeywordSpotting/Phoneme``.
    package var phonemes: [UInt8]
    /// ``evidenceCount`` values.
    package var evidence: [Float]

    /// Creates a candidate from its members.
    package init(phonemes: [UInt8], evidence: [Float]) {
      self.phonemes = phonemes
      self.evidence = evidence
    }
  }

  /// The number of weights.
  package static let evidenceCount = 17
  /// The number of sequences taken from the search of CTC, which is its beam's width.
  package static let searchedCount = 16
  /// The maximum number of candidates that only related words suggest.
  package static let suggestedCount = 12
  /// The evidence of all pronunciations that are no candidates.
  package static var others: [Float] { [Float](repeating: 0, count: evidenceCount - 1) + [1] }

  /// The weights of the evidence.
  package let weights: [Float]
  /// The model of sounds.
  package let sounds: SoundModel

  /// Reads a `G2PR` section.
  ///
  /// - Throws: the first ``ModelFileError`` found.
  package init(_ section: SectionReader) throws(ModelFileError) {
    var reader = section
    try reader.expectCount(GuessRanking.evidenceCount)
    weights = Array(try reader.finiteFloats(GuessRanking.evidenceCount))
    sounds = try SoundModel(&reader)
    do {
      try reader.expectEnd()
    } catch {
      throw .container(error)
    }
  }

  /// The most likely pronunciations, best first.
  ///
  /// - Parameters:
  ///   - word: lower-case letters and apostrophes; other characters are ignored.
  ///   - maximumCount: the maximum number of guesses.
  /// - Returns: an empty array if the word has no letters.
  package func guesses(
    for word: String, _ model: GraphemeToPhoneme, _ lexicon: Lexicon, maximumCount: Int
  ) -> [GraphemeToPhoneme.Guess] {
    let candidates = GuessRanking.candidates(for: word, model, sounds, lexicon)
    let probabilities = GuessRanking.probabilities(candidates, weights)
    // A sort would take two thousand bytes of code for a few numbers.
    var isTaken = [Bool](repeating: false, count: candidates.count)
    var guesses: [GraphemeToPhoneme.Guess] = []
    while guesses.count < maximumCount {
      var likeliest: Int?
      for index in candidates.indices where !isTaken[index] {
        if let likeliest, !(probabilities[index] > probabilities[likeliest]) { continue }
        likeliest = index
      }
      guard let likeliest else { break }
      isTaken[likeliest] = true
      guesses.append(
        GraphemeToPhoneme.Guess(
          phonemes: candidates[likeliest].phonemes, probability: probabilities[likeliest]))
    }
    return guesses
  }

  /// The probability of each candidate.
  package static func probabilities(_ candidates: [Candidate], _ weights: [Float]) -> [Float] {
    var scores = (candidates.map { $0.evidence } + [others]).map { evidence in
      var score: Float = 0
      for (value, weight) in zip(evidence, weights) { score += value * weight }
      return score
    }
    let count = scores.count
    scores.withUnsafeMutableBufferPointer { scores in
      if let start = scores.baseAddress { Activations.softmax(start, count) }
    }
    scores.removeLast()
    return scores
  }

  /// The candidates with their evidence; none if the word has no letters.
  package static func candidates(
    for word: String, _ model: GraphemeToPhoneme, _ sounds: SoundModel, _ lexicon: Lexicon
  ) -> [Candidate] {
    let letters = word.utf8.compactMap(GraphemeToPhoneme.letterIndex)
    guard letters.contains(where: { $0 != 0 }) else { return [] }
    let related = RelatedWords(word, lexicon)
    let frameCount = letters.count * model.positionsPerLetter
    let posteriors = model.posteriors(ofLetters: letters)
    var pronunciations: [[UInt8]] = []
    for hypothesis in ConnectionistDecoder.decode(
      posteriors, frameCount: frameCount, classCount: Phoneme.classCount, blank: Phoneme.blankIndex,
      beamWidth: searchedCount) where !hypothesis.labels.isEmpty
    {
      pronunciations.append(hypothesis.labels)
    }
    let searched = pronunciations.count
    let suggested = related.inflected + related.bases + related.compounds.flatMap { $0.pronunciations.prefix(2) }
    for pronunciation in suggested
    where pronunciations.count < searched + suggestedCount && !pronunciations.contains(pronunciation) {
      pronunciations.append(pronunciation)
    }
    return pronunciations.map { phonemes in
      var evidence = [Float](repeating: 0, count: evidenceCount)
      evidence[0] =
        ConnectionistDecoder.logProbability(
          of: phonemes, posteriors, frameCount: frameCount, classCount: Phoneme.classCount, blank: Phoneme.blankIndex)
        ?? SoundModel.impossible
      evidence[0] = max(evidence[0], SoundModel.impossible)
      evidence[1] = sounds.logProbability(letters: letters, phonemes: phonemes)
      evidence[2] = Float(phonemes.count)
      add(related, phonemes, to: &evidence)
      return Candidate(phonemes: phonemes, evidence: evidence)
    }
  }

  /// Sets the evidence of related words.
  private static func add(_ related: RelatedWords, _ phonemes: [UInt8], to evidence: inout [Float]) {
    if related.inflected.contains(phonemes) { evidence[3] = 1 }
    if related.bases.contains(phonemes) { evidence[4] = 1 }
    var shorter = 0
    for compound in related.compounds where compound.pronunciations.contains(phonemes) {
      shorter = max(shorter, compound.shorterLetterCount)
    }
    if shorter >= 3 { evidence[5 + min(shorter, 5) - 3] = 1 }
    if let start = related.start, start.pronunciations.contains(where: { phonemes.starts(with: $0) }) {
      evidence[8 + min(start.remainingLetterCount, 4) - 1] = 1
    }
    if let end = related.end, end.pronunciations.contains(where: { phonemes.suffix($0.count).elementsEqual($0) }) {
      evidence[12 + min(end.remainingLetterCount, 4) - 1] = 1
    }
  }
}
