import KeywordSpotting

/// What the lexicon says about a word that it does not contain, by the words that it is made of or that are made of it.
///
/// Many words that people type and a dictionary lacks are of this kind: "plugwise", "nightwatchers". About forty
/// searches of the lexicon find:
///
/// | member | for "dimmers", if the lexicon has "dim", "dimmer", … |
/// |---|---|
/// | ``inflected`` | "dimmer" with the ending S |
/// | ``bases`` | "dimmers's" without its ending |
/// | ``compounds`` | two words of at least three letters each, one pronunciation after the other |
/// | ``start`` | "dimmer", the longest word of at least three letters with which it begins |
/// | ``end`` | "mers", the longest word of at least three letters with which it ends |
///
/// The endings are the English S and ED, which follow from the last phoneme of the word.
package struct RelatedWords: Sendable {
  /// Two words in a row.
  package struct Compound: Equatable, Sendable {
    /// The letters of the shorter word.
    package var shorterLetterCount: Int
    /// Each pronunciation of the first, followed by each of the second.
    package var pronunciations: [[UInt8]]
  }

  /// A word within the word.
  package struct Part: Equatable, Sendable {
    /// The letters of the word that are not part of it.
    package var remainingLetterCount: Int
    /// Its pronunciations.
    package var pronunciations: [[UInt8]]
  }

  /// The pronunciations of words of the lexicon, each with the ending that the word has.
  package private(set) var inflected: [[UInt8]] = []
  /// The pronunciations of words of the lexicon that are the word with an ending, each without the ending.
  package private(set) var bases: [[UInt8]] = []
  /// The ways to divide the word into two, the longest first word first.
  package private(set) var compounds: [Compound] = []
  /// The longest word of the lexicon with which the word begins.
  package private(set) var start: Part?
  /// The longest word of the lexicon with which the word ends.
  package private(set) var end: Part?

  private static let shortestPart = 3

  /// Searches the lexicon.
  ///
  /// - Parameter word: lower-case letters and apostrophes.
  package init(_ word: String, _ lexicon: Lexicon) {
    let letters = Array(word.utf8)
    findInflected(letters, lexicon)
    findBases(letters, lexicon)
    findParts(letters, lexicon)
  }

  /// Adds the pronunciation of `bytes` to those of the inflected words, with one of the endings.
  @inline(never)
  private mutating func add(_ bytes: [UInt8], _ lexicon: Lexicon, _ endings: ([UInt8]) -> [[UInt8]]) {
    for stem in lexicon.pronunciations(of: String(decoding: bytes, as: UTF8.self)) {
      for ending in endings(stem) { RelatedWords.insert(stem + ending, into: &inflected) }
    }
  }

  private mutating func findInflected(_ letters: [UInt8], _ lexicon: Lexicon) {
    let count = letters.count
    guard count > 2, let last = letters.last else { return }
    let (s, e, d, apostrophe) = (UInt8(ascii: "s"), UInt8(ascii: "e"), UInt8(ascii: "d"), UInt8(ascii: "'"))
    if last == apostrophe { add(Array(letters.dropLast()), lexicon) { _ in [[]] } }
    var plural = letters
    if last == apostrophe { plural.removeLast() }
    if plural.last == s {
      plural.removeLast()
      if plural.last == apostrophe { plural.removeLast() }
      for stem in RelatedWords.stems(plural) { add(stem, lexicon) { RelatedWords.sEndings(after: $0) } }
      if plural.last == e {
        for stem in RelatedWords.stems(Array(plural.dropLast())) {
          add(stem, lexicon) { RelatedWords.sEndings(after: $0) }
        }
      }
    }
    if last == d, letters[count - 2] == e {
      for stem in RelatedWords.stems(Array(letters.dropLast(2))) {
        add(stem, lexicon) { RelatedWords.edEndings(after: $0) }
      }
    }
  }

  /// The spellings of the words of which a beginning can be left when their ending is taken off: "dimm" gives "dimm",
  /// "dimme" and "dim", and "carri" also "carry".
  private static func stems(_ beginning: [UInt8]) -> [[UInt8]] {
    guard beginning.count >= 2, let last = beginning.last else { return [beginning] }
    var stems = [beginning]
    if beginning.count >= 3 { stems.append(beginning + [UInt8(ascii: "e")]) }
    if beginning.count >= 4 && last == beginning[beginning.count - 2] { stems.append(Array(beginning.dropLast())) }
    if beginning.count >= 3 && last == UInt8(ascii: "i") { stems.append(beginning.dropLast() + [UInt8(ascii: "y")]) }
    return stems
  }

  private mutating func findBases(_ letters: [UInt8], _ lexicon: Lexicon) {
    for (index, ending) in RelatedWords.endings.enumerated() {
      let longer = letters + Array(ending.utf8)
      for pronunciation in lexicon.pronunciations(of: String(decoding: longer, as: UTF8.self)) {
        // S and ED can be one or two phonemes, whichever is right for what is left; the others have fixed lengths.
        for length in index < 4 ? 1...2 : RelatedWords.fixed[index - 4].count...RelatedWords.fixed[index - 4].count {
          guard pronunciation.count > length else { continue }
          let base = Array(pronunciation.dropLast(length))
          let ending = Array(pronunciation.suffix(length))
          let isRight =
            switch index {
            case 0, 1: RelatedWords.sEndings(after: base).contains(ending)
            case 2, 3: RelatedWords.edEndings(after: base).contains(ending)
            default: ending.elementsEqual(RelatedWords.fixed[index - 4].map { $0.rawValue })
            }
          if isRight { RelatedWords.insert(base, into: &bases) }
        }
      }
    }
  }

  private static var endings: [String] { ["s", "'s", "ed", "d", "ing", "er", "ly"] }
  private static var fixed: [[Phoneme]] { [[.ih, .ng], [.er], [.l, .iy]] }

  private mutating func findParts(_ letters: [UInt8], _ lexicon: Lexicon) {
    let shortest = RelatedWords.shortestPart
    guard letters.count > shortest else { return }
    for length in stride(from: letters.count - 1, through: shortest, by: -1) {
      let first = lexicon.pronunciations(of: String(decoding: letters[..<length], as: UTF8.self))
      guard !first.isEmpty else { continue }
      let rest = letters.count - length
      if start == nil { start = Part(remainingLetterCount: rest, pronunciations: first) }
      guard rest >= shortest else { continue }
      let second = lexicon.pronunciations(of: String(decoding: letters[length...], as: UTF8.self))
      guard !second.isEmpty else { continue }
      var compound = Compound(shorterLetterCount: min(length, rest), pronunciations: [])
      for head in first { for tail in second { compound.pronunciations.append(head + tail) } }
      compounds.append(compound)
    }
    for start in 1...letters.count - shortest {
      let last = lexicon.pronunciations(of: String(decoding: letters[start...], as: UTF8.self))
      guard !last.isEmpty else { continue }
      end = Part(remainingLetterCount: start, pronunciations: last)
      break
    }
  }

  /// The pronunciations that the ending S can have after a word: IH Z or AH Z after a sibilant, S after another voiceless
  /// consonant, otherwise Z.
  static func sEndings(after word: [UInt8]) -> [[UInt8]] {
    guard let last = word.last, let phoneme = Phoneme(rawValue: last) else { return [] }
    switch phoneme {
    case .s, .z, .sh, .zh, .ch, .jh:
      return [[Phoneme.ih.rawValue, Phoneme.z.rawValue], [Phoneme.ah.rawValue, Phoneme.z.rawValue]]
    case .p, .t, .k, .f, .th, .hh: return [[Phoneme.s.rawValue]]
    default: return [[Phoneme.z.rawValue]]
    }
  }

  /// The pronunciations that the ending ED can have after a word: IH D or AH D after T and D, T after another voiceless
  /// consonant, otherwise D.
  static func edEndings(after word: [UInt8]) -> [[UInt8]] {
    guard let last = word.last, let phoneme = Phoneme(rawValue: last) else { return [] }
    switch phoneme {
    case .t, .d: return [[Phoneme.ih.rawValue, Phoneme.d.rawValue], [Phoneme.ah.rawValue, Phoneme.d.rawValue]]
    case .p, .k, .f, .th, .hh, .s, .sh, .ch: return [[Phoneme.t.rawValue]]
    default: return [[Phoneme.d.rawValue]]
    }
  }

  private static func insert(_ pronunciation: [UInt8], into pronunciations: inout [[UInt8]]) {
    if !pronunciations.contains(pronunciation) { pronunciations.append(pronunciation) }
  }
}
