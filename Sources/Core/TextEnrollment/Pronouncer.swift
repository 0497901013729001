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

/// One way to read a phrase: "911" as `nine one one`.
public struct PhraseReading: Equatable, Sendable {
  /// The words that are said, each with the ways to pronounce it.
  public var words: [WordPronunciation]
  /// The relative weight among the readings of the phrase, at most 1.
  public var weight: Float

  /// Creates a reading from its members.
  public init(words: [WordPronunciation], weight: Float = 1) {
    self.words = words
    self.weight = weight
  }

  /// The words joined by spaces. `g. p. s.` are names of letters.
  public var text: String {
    var text = ""
    for word in words {
      if !text.isEmpty { text += " " }
      text += word.word
    }
    return text
  }

  /// The least certain source of the words.
  public var source: PronunciationSource {
    var source = PronunciationSource.lexicon
    for word in words where word.source != .lexicon && source != .guessed { source = word.source }
    return source
  }
}

/// Finds the ways to read a text and to pronounce its words: in the lexicon, letter by letter, by splitting words, or by
/// guessing.
///
/// Allocates its results. Safe to use from several threads.
public struct Pronouncer: Sendable {
  /// The maximum number of phonemes of a phrase. It limits the work of the matcher.
  public static let maximumPhonemeCount = PhraseLimits.phonemeCount
  /// The maximum number of readings of a phrase.
  public static let maximumReadingCount = 16
  /// Guesses below this share of the probability are dropped. They cause false alarms without finding more.
  package static let leastGuessProbability: Float = 0.1
  /// The longest word whose pronunciation is guessed, in bytes of UTF-8. It is too long for a phrase.
  static let longestGuessedBytes = 64
  /// The maximum number of guesses per word.
  package static let maximumGuessCount = 3

  let lexicon: Lexicon
  private let language: LanguageFile

  /// Creates a pronouncer for a language.
  public init(_ language: LanguageFile) {
    lexicon = language.lexicon
    self.language = language
  }

  /// The ways to say each word of a text, in its most plausible reading. The result can have more words than the text.
  ///
  /// - Parameter maximumWordCount: pass `Int.max` for running text.
  /// - Throws: ``EnrollmentError/text(_:)`` or ``EnrollmentError/unknownWord(_:)``.
  public func words(
    of text: String, maximumWordCount: Int = TextNormalizer.maximumWordCount
  ) throws(EnrollmentError) -> [WordPronunciation] {
    try words(of: text, maximumWordCount: maximumWordCount, waysToSay: ways(toSay:))
  }

  /// The same with the caller's `waysToSay`, which may remember what ``ways(toSay:)`` returned for a word before.
  ///
  /// - Throws: ``EnrollmentError/text(_:)``, or what `waysToSay` throws.
  package func words(
    of text: String, maximumWordCount: Int,
    waysToSay: (NormalizedWord) throws(EnrollmentError) -> [[WordPronunciation]]
  ) throws(EnrollmentError) -> [WordPronunciation] {
    var words: [WordPronunciation] = []
    for part in try parts(of: text) {
      for word in part[0] { words += try waysToSay(word)[0] }
    }
    try check(words.count, maximumWordCount)
    return words
  }

  /// The ways to read a text, the most plausible first, without duplicates; at most ``maximumReadingCount``.
  ///
  /// The weight of a reading is the product of the weights of its parts: 1, ½, ⅓ … for the ways to say a number or a
  /// word, in the order of plausibility. Readings with too many words are dropped.
  ///
  /// - Throws: ``EnrollmentError/text(_:)`` or ``EnrollmentError/unknownWord(_:)``.
  @export(interface)
  public func readings(of text: String) throws(EnrollmentError) -> [PhraseReading] {
    var readings = [PhraseReading(words: [])]
    for part in try parts(of: text) {
      var ways: [PhraseReading] = []
      var unknown: EnrollmentError?
      for (index, words) in part.enumerated() {
        do throws(EnrollmentError) {
          var said = [PhraseReading(words: [], weight: 1 / Float(index + 1))]
          for word in words { said = Pronouncer.joined(said, Pronouncer.ranked(try self.ways(toSay: word))) }
          ways += said
        } catch {
          unknown = unknown ?? error
        }
      }
      if let unknown, ways.isEmpty { throw unknown }
      readings = Pronouncer.joined(readings, ways)
    }
    try check(readings[0].words.count, TextNormalizer.maximumWordCount)
    return readings.filter { $0.words.count <= TextNormalizer.maximumWordCount }
  }

  /// The readings of a part and then another, in descending order of weight.
  private static func joined(_ readings: [PhraseReading], _ others: [PhraseReading]) -> [PhraseReading] {
    if others.count == 1 && others[0].weight == 1 {
      return readings.map { PhraseReading(words: $0.words + others[0].words, weight: $0.weight) }
    }
    var joined: [PhraseReading] = []
    for reading in readings {
      for other in others {
        let both = PhraseReading(words: reading.words + other.words, weight: reading.weight * other.weight)
        guard !joined.contains(where: { $0.words == both.words }) else { continue }
        // Behind those of the same weight.
        let place = joined.firstIndex { $0.weight < both.weight } ?? joined.count
        if place < maximumReadingCount { joined.insert(both, at: place) }
        if joined.count > maximumReadingCount { joined.removeLast() }
      }
    }
    return joined
  }

  private static func ranked(_ ways: [[WordPronunciation]]) -> [PhraseReading] {
    ways.indices.map { PhraseReading(words: ways[$0], weight: 1 / Float($0 + 1)) }
  }

  private func check(_ count: Int, _ maximum: Int) throws(EnrollmentError) {
    if count > maximum { throw .text(.tooManyWords(count: count, maximum: maximum)) }
  }

  /// The parts of a text, with words joined at a hyphen if the lexicon has only the whole: "Wi-Fi".
  private func parts(of text: String) throws(EnrollmentError) -> [[[NormalizedWord]]] {
    var parts: [[[NormalizedWord]]]
    do {
      parts = try TextNormalizer.parts(of: text)
    } catch {
      throw .text(error)
    }
    var index = 0
    while index + 1 < parts.count {
      if parts[index][0].count == 1, parts[index + 1][0].count == 1, parts[index][0][0].isJoinedToNext {
        let (first, second) = (parts[index][0][0].spelling, parts[index + 1][0][0].spelling)
        if !(lexicon.contains(first) && lexicon.contains(second)) && lexicon.contains(first + second) {
          parts[index] = [[NormalizedWord(first + second)]]
          parts.remove(at: index + 1)
        }
      }
      index += 1
    }
    return parts
  }

  // MARK: Words

  /// The ways to say a word, the most plausible first. A way can have several words: the names of letters, or the parts
  /// of a word with capitals inside.
  ///
  /// - Throws: ``EnrollmentError/unknownWord(_:)``.
  package func ways(toSay word: NormalizedWord) throws(EnrollmentError) -> [[WordPronunciation]] {
    let spelling = word.spelling
    let known = known(spelling)
    if let known, word.isLetterName { return [[known]] }
    if !word.parts.isEmpty, known == nil || word.parts.contains(where: Pronouncer.isInCapitals) {
      var ways = try waysOfParts(word)
      if let known { ways.append([known]) }
      return ways
    }
    if let stem = owner(spelling), known == nil || word.isInCapitals {
      var owner = word
      owner.spelling = stem
      return try ways(toSay: owner).map(possessive)
    }
    let letters = spelled(spelling)
    guard var known else {
      let shape = WordShape(spelling)
      if letters.isEmpty || !shape.isInitialism(word) { return [[try guess(spelling)]] }
      var ways: [[WordPronunciation]] = []
      ways.append(letters)
      if !shape.isPronounceable, let split = letterAndWord(spelling) {
        ways.insert(split, at: split[1].source == .guessed ? 1 : 0)
      }
      // Whether it is said as a word is known only to those who say it.
      if shape.isPronounceable || shape.hasVowel && !word.isInCapitals && !word.isBesideNumber,
        let guess = try? guess(spelling)
      {
        let isLikely = shape.isPronounceable && (shape.letterCount > 3 || !word.isInCapitals)
        ways.insert([guess], at: isLikely ? 0 : ways.count)
      }
      return ways
    }
    let isCovered = letters.isEmpty || known.source == .spelled || known.pronunciations.contains(phonemes(letters))
    if word.isInCapitals, isCovered, known.pronunciations.count > 1 {
      // The names of the letters first: US.
      known.pronunciations.sort { first, second in first == phonemes(letters) && second != first }
    }
    if isCovered || letters.count > 3 { return [[known]] }
    let written = Array(spelling.utf8)
    if word.isBesideNumber && (word.isInCapitals || letters.count == 2) { return [letters, [known]] }
    if TextTable.index(of: written[...], in: Abbreviations.spelledOrSaid) != nil {
      return word.isInCapitals ? [letters, [known]] : [[known], letters]
    }
    if word.isInCapitals && TextTable.index(of: written[...], in: Abbreviations.common) == nil {
      return [letters, [known]]
    }
    return [[known]]
  }

  private static func isInCapitals(_ part: String) -> Bool {
    part.utf8.first.map { $0 < UInt8(ascii: "a") } ?? false
  }

  private func waysOfParts(_ word: NormalizedWord) throws(EnrollmentError) -> [[WordPronunciation]] {
    var ways = [PhraseReading(words: [])]
    for part in word.parts {
      let bytes = part.utf8.map { $0 < UInt8(ascii: "a") && $0 != UInt8(ascii: "'") ? $0 + 0x20 : $0 }
      var normalized = NormalizedWord(String(decoding: bytes.count == 1 ? bytes + Reading(".") : bytes, as: UTF8.self))
      normalized.isInCapitals = Pronouncer.isInCapitals(part)
      normalized.isCapitalized = !normalized.isInCapitals
      ways = Pronouncer.joined(ways, Pronouncer.ranked(try self.ways(toSay: normalized)))
    }
    return ways.prefix(4).map { $0.words }
  }

  private func known(_ spelling: String) -> WordPronunciation? {
    if spelling.utf8.last == UInt8(ascii: ".") {
      let name = lexicon.pronunciations(of: spelling)
      return name.isEmpty ? nil : WordPronunciation(word: spelling, source: .spelled, pronunciations: name)
    }
    var candidates = lexicon.pronunciations(of: spelling)
    if candidates.isEmpty { candidates = lexicon.pronunciations(of: withoutApostrophes(spelling)) }
    if candidates.isEmpty, let owner = owner(spelling) {
      candidates = lexicon.pronunciations(of: owner).map { $0 + possessiveEnding(after: $0) }
    }
    guard !candidates.isEmpty else { return nil }
    return corrected(WordPronunciation(word: spelling, source: .lexicon, pronunciations: candidates))
  }

  /// The names of the letters where the lexicon has a slip in them: `G IY P IY EH S` for GPS has as many vowels, and
  /// differs in one phoneme.
  private func corrected(_ word: WordPronunciation) -> WordPronunciation {
    let letterCount = word.word.utf8.count
    guard letterCount > 1 && letterCount <= 5 else { return word }
    let names = phonemes(spelled(word.word))
    var (pronunciations, source): ([[UInt8]], PronunciationSource) = ([], .lexicon)
    for pronunciation in word.pronunciations {
      let isSlip =
        pronunciation != names && Pronouncer.vowelCount(pronunciation) == Pronouncer.vowelCount(names)
        && PhonemeDistance.isWithinOneEdit(pronunciation, names)
      if isSlip { source = .spelled }
      let meant = isSlip ? names : pronunciation
      if !pronunciations.contains(meant) { pronunciations.append(meant) }
    }
    return WordPronunciation(word: word.word, source: source, pronunciations: pronunciations)
  }

  private static func vowelCount(_ phonemes: [UInt8]) -> Int {
    phonemes.count { Phoneme(rawValue: $0)?.isVowel ?? false }
  }

  /// The names of the letters; empty if the lexicon does not have one of them.
  private func spelled(_ spelling: String) -> [WordPronunciation] {
    var letters: [WordPronunciation] = []
    for letter in spelling.utf8 where letter != UInt8(ascii: "'") {
      guard let name = known(String(decoding: [letter, UInt8(ascii: ".")], as: UTF8.self)) else { return [] }
      letters.append(name)
    }
    return letters
  }

  private func phonemes(_ words: [WordPronunciation]) -> [UInt8] {
    var phonemes: [UInt8] = []
    for word in words { phonemes += word.pronunciations[0] }
    return phonemes
  }

  /// "JPEG" as `j. peg`, where the letters after the first can be said as a word.
  private func letterAndWord(_ spelling: String) -> [WordPronunciation]? {
    let bytes = Array(spelling.utf8)
    let rest = String(decoding: bytes.dropFirst(), as: UTF8.self)
    guard bytes.count >= 4, let letter = known(String(decoding: [bytes[0], UInt8(ascii: ".")], as: UTF8.self)),
      WordShape(rest).isPronounceable, let word = known(rest) ?? (try? guess(rest)), word.source != .spelled,
      !word.pronunciations.contains(phonemes(spelled(rest)))
    else { return nil }
    return [letter, word]
  }

  private func guess(_ spelling: String) throws(EnrollmentError) -> WordPronunciation {
    // Guessing takes time that grows with the square of the length. There is about one phoneme a letter.
    guard spelling.utf8.count <= Pronouncer.longestGuessedBytes else {
      throw .tooManyPhonemes(count: spelling.utf8.count, maximum: PhraseLimits.phonemeCount)
    }
    let guesses = language.guesses(for: spelling, maximumCount: Pronouncer.maximumGuessCount)
    var pronunciations: [[UInt8]] = []
    var weights: [Float] = []
    for guess in guesses where pronunciations.isEmpty || guess.probability >= Pronouncer.leastGuessProbability {
      pronunciations.append(guess.phonemes)
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

  private func possessive(_ words: [WordPronunciation]) -> [WordPronunciation] {
    var words = words
    let last = words.count - 1
    words[last].word += "'s"
    words[last].pronunciations = words[last].pronunciations.map { $0 + possessiveEnding(after: $0) }
    return words
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
}
