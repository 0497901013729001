import KeywordSpotting

/// One word of a phrase and the ways to say it.
public struct WordPronunciation: Equatable, Sendable {
  /// The word as it was looked up. `"k."` is the name of a letter.
  public var word: String
  /// The source of the pronunciations.
  public var source: PronunciationSource
  /// Raw values of ``KeywordSpotting/Phoneme``, the most likely first.
  public var pronunciations: [[UInt8]]
  /// The relative weight of each pronunciation, descending, at most 1.
  public var weights: [Float]

  /// Creates a value from its members.
  ///
  /// - Parameter weights: `nil` for 1, ½, ⅓ ….
  public init(word: String, source: PronunciationSource, pronunciations: [[UInt8]], weights: [Float]? = nil) {
    self.word = word
    self.source = source
    self.pronunciations = pronunciations
    // The lexicon orders its variants but has no counts. Weights of 1, ½, ⅓ … keep the order.
    self.weights = weights ?? pronunciations.indices.map { 1 / Float($0 + 1) }
    precondition(self.weights.count == pronunciations.count)
  }
}

/// Finds the pronunciations of words: in the lexicon, by splitting them, or by guessing.
///
/// Allocates its results. Safe to use from several threads.
public struct Pronouncer: Sendable {
  /// The maximum number of phonemes of a phrase. It limits the work of the matcher.
  public static let maximumPhonemeCount = PhraseLimits.phonemeCount
  /// Guesses below this share of the probability are dropped. They cause false alarms without finding more.
  package static let leastGuessProbability: Float = 0.1
  /// The maximum number of guesses per word.
  package static let maximumGuessCount = 3
  /// A word in capitals with at most this many letters is an initialism.
  package static let longestInitialism = 5

  private let lexicon: Lexicon
  private let graphemeToPhoneme: GraphemeToPhoneme?

  /// Creates a pronouncer for a language.
  public init(_ language: LanguageFile) {
    lexicon = language.lexicon
    graphemeToPhoneme = language.graphemeToPhoneme
  }

  /// The ways to say each word of a text.
  ///
  /// A word that is not in the lexicon is tried as a possessive, as the words between its capitals ("YouTube"), as an
  /// initialism (without a vowel, or in capitals), and is then guessed. The result can have more words than the text.
  ///
  /// - Parameter maximumWordCount: pass `Int.max` for running text.
  /// - Throws: ``EnrollmentError/text(_:)`` or ``EnrollmentError/unknownWord(_:)``.
  public func words(
    of text: String, maximumWordCount: Int = TextNormalizer.maximumWordCount
  ) throws(EnrollmentError) -> [WordPronunciation] {
    let normalized: [NormalizedWord]
    do {
      normalized = try TextNormalizer.words(of: text, maximumWordCount: maximumWordCount)
    } catch {
      throw .text(error)
    }
    var words: [WordPronunciation] = []
    for word in normalized { words += try pronounce(word) }
    return words
  }

  /// The ways to say a phrase of these words, the most likely first, without duplicates.
  ///
  /// The weight of a variant is the product of the weights of its words. Variants that are too long are dropped.
  ///
  /// - Throws: ``EnrollmentError/tooManyPhonemes(count:maximum:)`` if the most likely variant is too long.
  public static func variants(
    of words: [WordPronunciation], maximumCount: Int = Enrollment.maximumVariantCount
  ) throws(EnrollmentError) -> [PhonemeSequence] {
    var beam = [(sequence: PhonemeSequence(words: []), weight: Float(1))]
    for word in words {
      var longer: [(sequence: PhonemeSequence, weight: Float)] = []
      for (sequence, weight) in beam {
        for (index, pronunciation) in word.pronunciations.enumerated() {
          var extended = sequence
          extended.append(word: pronunciation)
          guard !longer.contains(where: { $0.sequence.phonemes == extended.phonemes }) else { continue }
          longer.append((extended, weight * word.weights[index]))
        }
      }
      // Keeps the order of equal weights, because sorting may not be stable.
      let order = longer.indices.sorted { (-longer[$0].weight, $0) < (-longer[$1].weight, $1) }
      beam = order.prefix(maximumCount).map { longer[$0] }
    }
    let likeliest = beam[0].sequence.phonemes.count
    guard likeliest <= maximumPhonemeCount else {
      throw .tooManyPhonemes(count: likeliest, maximum: maximumPhonemeCount)
    }
    return beam.map { $0.sequence }.filter { $0.phonemes.count <= maximumPhonemeCount }
  }

  private func pronounce(_ word: NormalizedWord) throws(EnrollmentError) -> [WordPronunciation] {
    if let known = known(word.spelling) { return [known] }
    var parts: [WordPronunciation] = []
    for part in word.parts {
      guard let known = known(part) else { break }
      parts.append(known)
    }
    if !parts.isEmpty && parts.count == word.parts.count { return parts }
    if isInitialism(word) {
      var letters: [WordPronunciation] = []
      for letter in word.spelling.utf8 where letter != UInt8(ascii: "'") {
        if let known = known(String(decoding: [letter, UInt8(ascii: ".")], as: UTF8.self)) { letters.append(known) }
      }
      if !letters.isEmpty { return letters }
    }
    return [try guess(word.spelling)]
  }

  private func known(_ spelling: String) -> WordPronunciation? {
    var candidates = lexicon.pronunciations(of: spelling)
    if candidates.isEmpty { candidates = lexicon.pronunciations(of: withoutApostrophes(spelling)) }
    if candidates.isEmpty, let owner = owner(spelling) {
      candidates = lexicon.pronunciations(of: owner).map { $0 + possessiveEnding(after: $0) }
    }
    return candidates.isEmpty ? nil : WordPronunciation(word: spelling, source: .lexicon, pronunciations: candidates)
  }

  private func guess(_ spelling: String) throws(EnrollmentError) -> WordPronunciation {
    guard let graphemeToPhoneme else { throw .unknownWord(spelling) }
    let stem = owner(spelling)
    let guesses = graphemeToPhoneme.guesses(for: stem ?? spelling, maximumCount: Pronouncer.maximumGuessCount)
    var pronunciations: [[UInt8]] = []
    var weights: [Float] = []
    for guess in guesses where pronunciations.isEmpty || guess.probability >= Pronouncer.leastGuessProbability {
      pronunciations.append(guess.phonemes + (stem == nil ? [] : possessiveEnding(after: guess.phonemes)))
      weights.append(guess.probability)
    }
    guard !pronunciations.isEmpty else { throw .unknownWord(spelling) }
    return WordPronunciation(word: spelling, source: .guessed, pronunciations: pronunciations, weights: weights)
  }

  /// The word before a final `'s`.
  private func owner(_ spelling: String) -> String? {
    let letters = Array(spelling.utf8)
    guard letters.count > 2, letters.suffix(2).elementsEqual("'s".utf8) else { return nil }
    return String(decoding: letters.dropLast(2), as: UTF8.self)
  }

  /// The pronunciation of `'s`: IH Z after a sibilant, S after another voiceless consonant, otherwise Z.
  private func possessiveEnding(after phonemes: [UInt8]) -> [UInt8] {
    guard let last = phonemes.last, let phoneme = Phoneme(rawValue: last) else { return [] }
    switch phoneme {
    case .s, .z, .sh, .zh, .ch, .jh: return [Phoneme.ih.rawValue, Phoneme.z.rawValue]
    case .p, .t, .k, .f, .th: return [Phoneme.s.rawValue]
    default: return [Phoneme.z.rawValue]
    }
  }

  private func withoutApostrophes(_ spelling: String) -> String {
    String(decoding: spelling.utf8.filter { $0 != UInt8(ascii: "'") }, as: UTF8.self)
  }

  private func isInitialism(_ word: NormalizedWord) -> Bool {
    if word.isInCapitals && word.spelling.utf8.count <= Pronouncer.longestInitialism { return true }
    for letter in word.spelling.utf8 {
      for vowel in "aeiouy".utf8 where letter == vowel { return false }
    }
    return true
  }
}
