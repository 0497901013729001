import KeywordSpotting

/// Compiles words and their pronunciations into the bytes of a ``Lexicon``.
public struct LexiconWriter {
  /// The reason why a word cannot be compiled.
  public enum EntryError: Error, Equatable, Sendable {
    /// The word is empty, longer than 31 letters, or contains a character other than `a`…`z`, an apostrophe or a full
    /// stop.
    case unsupportedWord(String)
    /// There is no pronunciation, an empty one, or one with a value that is not a phoneme.
    case unsupportedPronunciation(word: String)
  }

  private struct Entry {
    var codes: [UInt8]
    var pronunciations: [[UInt8]]
  }

  private var entries: [Entry] = []

  /// Creates a writer without words.
  public init() {}

  /// Adds a word.
  ///
  /// - Parameters:
  ///   - word: lower-case letters, apostrophes and full stops.
  ///   - pronunciations: raw values of ``Phoneme``, the usual one first; duplicates are dropped.
  /// - Throws: ``EntryError``.
  /// - Precondition: the word was not added before (checked by ``bytes(wordsPerBlock:)``).
  public mutating func add(_ word: String, _ pronunciations: [[UInt8]]) throws(EntryError) {
    var codes: [UInt8] = []
    for byte in word.utf8 {
      guard let code = Lexicon.letterCode(byte) else { throw .unsupportedWord(word) }
      codes.append(code)
    }
    guard codes.count >= 1 && codes.count <= Lexicon.longestWord else { throw .unsupportedWord(word) }
    var distinct: [[UInt8]] = []
    for pronunciation in pronunciations where !distinct.contains(pronunciation) { distinct.append(pronunciation) }
    guard !distinct.isEmpty else { throw .unsupportedPronunciation(word: word) }
    for pronunciation in distinct {
      guard !pronunciation.isEmpty, pronunciation.allSatisfy({ $0 < UInt8(Phoneme.count) }) else {
        throw .unsupportedPronunciation(word: word)
      }
    }
    entries.append(Entry(codes: codes, pronunciations: distinct))
  }

  /// The bytes of a `LEXI` section.
  ///
  /// - Parameter wordsPerBlock: larger blocks make the file smaller and the search of a block longer.
  public func bytes(wordsPerBlock: Int = 32) -> [UInt8] {
    let sorted = entries.sorted { LexiconWriter.isBefore($0.codes, $1.codes) }
    var offsets: [UInt32] = []
    var packed = PackedBitWriter()
    for (index, entry) in sorted.enumerated() {
      var shared = 0
      if index % wordsPerBlock == 0 {
        packed.align()
        offsets.append(UInt32(packed.bytes.count))
      } else {
        let previous = sorted[index - 1].codes
        while shared < min(previous.count, entry.codes.count) && previous[shared] == entry.codes[shared] { shared += 1 }
      }
      if index > 0 { precondition(sorted[index - 1].codes != entry.codes, "a word was added twice") }
      packed.write(UInt8(shared), 5)
      for code in entry.codes[shared...] { packed.write(code, 5) }
      packed.write(0, 5)
      for (variant, pronunciation) in entry.pronunciations.enumerated() {
        if variant > 0 { packed.write(1, 6) }
        for phoneme in pronunciation { packed.write(phoneme + 2, 6) }
      }
      packed.write(0, 6)
    }

    var bytes: [UInt8] = []
    let header = [UInt32(sorted.count), UInt32(offsets.count), UInt32(wordsPerBlock), 0]
    for value in header + offsets {
      for shift in [0, 8, 16, 24] as [UInt32] { bytes.append(UInt8(truncatingIfNeeded: value >> shift)) }
    }
    return bytes + packed.bytes
  }

  private static func isBefore(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    for index in 0..<min(left.count, right.count) where left[index] != right[index] {
      return left[index] < right[index]
    }
    return left.count < right.count
  }
}
