import KeywordSpotting

/// The pronouncing dictionary: words and all the ways to say them, searched in place.
///
/// The bytes are the section `LEXI` of a language file. They belong to the caller, can be a file mapping, and must
/// outlive the lexicon. Nothing is copied and no index is built. A search reads only the pages that it needs.
///
/// | field         | type                | meaning                                                            |
/// |---------------|---------------------|--------------------------------------------------------------------|
/// | word count    | `u32`               |                                                                    |
/// | block count   | `u32`               | `⌈word count / words per block⌉`                                   |
/// | words per block | `u32`             |                                                                    |
/// | reserved      | `u32`               | 0                                                                  |
/// | block offsets | `u32[block count]`  | from the end of this table; every block begins at a whole byte     |
/// | blocks        | codes, low bit first | the words in ascending order of their letter codes                |
///
/// A word of a block consists of codes of the given number of bits: 5 for the number of letters shared with the
/// previous word (0 for the first word of a block); 5 for each further letter (1 `'`, 2 `.`, 3…28 `a`…`z`), terminated
/// by 0; then 6 for each phoneme (2 + ``Phoneme`` raw value), where 1 begins another pronunciation of the word and 0
/// ends the word.
///
/// A search is a binary search over the first words of the blocks, then a scan of one block. It allocates only its
/// result. Safe to use from several threads.
public struct Lexicon: @unchecked Sendable {
  /// The fault of the bytes. Sizes are in bytes.
  public enum FormatError: Error, Equatable, Sendable {
    /// The section ends before its header or its table of blocks.
    case truncated(needed: Int, available: Int)
    /// The counts of the header contradict each other.
    case inconsistentCounts(wordCount: Int, blockCount: Int, wordsPerBlock: Int)
  }

  static let headerByteCount = 16
  static let longestWord = 31
  // Keeps offsets and counts well within a 32-bit `Int`.
  static let mostWords = 1 << 24

  /// The number of words.
  public let wordCount: Int
  private let blockCount: Int
  private let wordsPerBlock: Int
  private let offsets: UnsafeRawBufferPointer
  private let blocks: UnsafeRawBufferPointer

  /// Interprets the bytes of a `LEXI` section as a lexicon, in constant time.
  ///
  /// - Throws: ``FormatError``.
  public init(_ bytes: UnsafeRawBufferPointer) throws(FormatError) {
    guard bytes.count >= Lexicon.headerByteCount else {
      throw .truncated(needed: Lexicon.headerByteCount, available: bytes.count)
    }
    wordCount = Lexicon.littleEndian(bytes, 0)
    blockCount = Lexicon.littleEndian(bytes, 4)
    wordsPerBlock = Lexicon.littleEndian(bytes, 8)
    guard wordCount <= Lexicon.mostWords, wordsPerBlock > 0, wordsPerBlock <= Lexicon.mostWords,
      blockCount == (wordCount + wordsPerBlock - 1) / wordsPerBlock
    else {
      throw .inconsistentCounts(wordCount: wordCount, blockCount: blockCount, wordsPerBlock: wordsPerBlock)
    }
    let blocksStart = Lexicon.headerByteCount + 4 * blockCount
    guard bytes.count >= blocksStart else { throw .truncated(needed: blocksStart, available: bytes.count) }
    offsets = UnsafeRawBufferPointer(rebasing: bytes[Lexicon.headerByteCount..<blocksStart])
    blocks = UnsafeRawBufferPointer(rebasing: bytes[blocksStart...])
  }

  /// All the ways to say a word, the usual one first.
  ///
  /// - Parameter word: lower-case letters and apostrophes, as ``TextNormalizer`` returns them; `"a."` is the letter A.
  /// - Returns: phonemes as raw values of ``Phoneme``; empty if the lexicon does not contain the word.
  public func pronunciations(of word: String) -> [[UInt8]] {
    var codes: [UInt8] = []
    codes.reserveCapacity(Lexicon.longestWord)
    for byte in word.utf8 {
      guard codes.count < Lexicon.longestWord, let code = Lexicon.letterCode(byte) else { return [] }
      codes.append(code)
    }
    guard !codes.isEmpty, blockCount > 0 else { return [] }
    return codes.withUnsafeBufferPointer { pronunciations(ofCodes: $0) }
  }

  /// Whether the lexicon contains the word.
  public func contains(_ word: String) -> Bool { !pronunciations(of: word).isEmpty }

  /// Calls `body` with every word, in ascending order, and its pronunciations.
  public func forEachWord(_ body: (_ word: String, _ pronunciations: [[UInt8]]) -> Void) {
    for block in 0..<blockCount {
      var reader = PackedBitReader(blocks, byteOffset: offset(ofBlock: block))
      var letters: [UInt8] = []
      for _ in 0..<min(wordsPerBlock, wordCount - block * wordsPerBlock) {
        let shared = Int(reader.read(5))
        letters.removeLast(max(0, letters.count - shared))
        while true {
          let code = reader.read(5)
          if code == 0 { break }
          letters.append(Lexicon.letter(code))
        }
        body(String(decoding: letters, as: UTF8.self), Lexicon.readPronunciations(&reader))
      }
    }
  }

  private func pronunciations(ofCodes word: UnsafeBufferPointer<UInt8>) -> [[UInt8]] {
    // The last block whose first word is not after the word sought.
    var low = 0
    var high = blockCount
    while high - low > 1 {
      let middle = (low + high) / 2
      var reader = PackedBitReader(blocks, byteOffset: offset(ofBlock: middle))
      _ = reader.read(5)
      if Lexicon.match(&reader, word, from: 0).order > 0 { high = middle } else { low = middle }
    }

    // `matched` letters of the word sought agree with the entry just read, and the entry is before the word sought. If
    // the next entry shares more letters than that, it is before the word, too; if it shares fewer, it is after it.
    var reader = PackedBitReader(blocks, byteOffset: offset(ofBlock: low))
    var matched = 0
    for _ in 0..<min(wordsPerBlock, wordCount - low * wordsPerBlock) {
      let shared = Int(reader.read(5))
      if shared < matched { return [] }
      if shared > matched {
        while reader.read(5) != 0 {}
      } else {
        let (order, count) = Lexicon.match(&reader, word, from: matched)
        if order == 0 { return Lexicon.readPronunciations(&reader) }
        if order > 0 { return [] }
        matched = count
      }
      Lexicon.skipPronunciations(&reader)
    }
    return []
  }

  /// Compares the next letters in `reader` with those of `word` from index `start`, and reads them to their end.
  ///
  /// - Returns: the order of the entry relative to the word (−1 before, 0 equal, 1 after), and how many of the word's
  ///   letters agree.
  private static func match(
    _ reader: inout PackedBitReader, _ word: UnsafeBufferPointer<UInt8>, from start: Int
  ) -> (order: Int, matched: Int) {
    var matched = start
    var order = 0
    while true {
      let code = reader.read(5)
      if order == 0 {
        let wanted = matched < word.count ? word[matched] : 0
        if code < wanted { order = -1 } else if code > wanted { order = 1 } else if code != 0 { matched += 1 }
      }
      if code == 0 { return (order, matched) }
    }
  }

  private static func readPronunciations(_ reader: inout PackedBitReader) -> [[UInt8]] {
    var variants: [[UInt8]] = [[]]
    while true {
      let code = reader.read(6)
      if code == 0 { return variants }
      if code == 1 {
        variants.append([])
      } else if code < 2 + UInt8(Phoneme.count) {
        variants[variants.count - 1].append(code - 2)
      }
    }
  }

  private static func skipPronunciations(_ reader: inout PackedBitReader) {
    while reader.read(6) != 0 {}
  }

  private func offset(ofBlock block: Int) -> Int { Lexicon.littleEndian(offsets, 4 * block) }

  private static func littleEndian(_ bytes: UnsafeRawBufferPointer, _ offset: Int) -> Int {
    // The top bit is never set in a valid file; without it, the value fits a 32-bit `Int`.
    Int(UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)) & 0x7FFF_FFFF)
  }

  /// The code of a letter; `nil` if words of the lexicon cannot contain it.
  static func letterCode(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "'"): 1
    case UInt8(ascii: "."): 2
    case UInt8(ascii: "a")...UInt8(ascii: "z"): byte - UInt8(ascii: "a") + 3
    default: nil
    }
  }

  private static func letter(_ code: UInt8) -> UInt8 {
    switch code {
    case 1: UInt8(ascii: "'")
    case 2: UInt8(ascii: ".")
    default: code - 3 + UInt8(ascii: "a")
    }
  }
}
