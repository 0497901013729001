import KeywordSpotting

/// The pronouncing dictionary: words and all the ways to say them, searched in place.
///
/// The bytes are the section `LEX2` of a language file. They belong to the caller, can be a file mapping, and must
/// outlive the lexicon. Nothing is copied and no index is built. A search reads only the pages that it needs.
///
/// | field           | type              | meaning                                                            |
/// |-----------------|-------------------|--------------------------------------------------------------------|
/// | word count      | `u32`             |                                                                    |
/// | block count     | `u32`             | `⌈word count / words per block⌉`                                   |
/// | words per block | `u32`             |                                                                    |
/// | tree size       | `u32`             | in 16-bit words, even                                              |
/// | roots           | `u16[5]`, `u16` 0 | of each ``LexiconTree``                                            |
/// | trees           | `u16[tree size]`  | ``ContextTrees``                                                   |
/// | of each block   | `u32`, `u8[15]`   | offset from the end of this table, ascending; ``LexiconBlockSounds`` |
/// | blocks          | codes             | the words in ascending order of their letter codes                 |
///
/// The words of a block are a sequence of symbols. Each is coded with the probabilities of its tree in its
/// ``LexiconContext``, so that expected symbols take a fraction of a bit.
///
/// A search is a binary search over the first words of the blocks, then a scan of one block. Safe to use from several
/// threads.
public struct Lexicon: @unchecked Sendable {
  /// The fault of the bytes. Sizes are in bytes.
  public enum FormatError: Error, Equatable, Sendable {
    /// The section ends before its header, its trees or its table of blocks.
    case truncated(needed: Int, available: Int)
    /// The counts of the header contradict each other.
    case inconsistentCounts(wordCount: Int, blockCount: Int, wordsPerBlock: Int)
    /// The trees are too large, or one of their nodes is impossible.
    case damagedTrees
  }

  static let headerByteCount = 28
  static let rootsStart = 16
  static let blockEntryByteCount = 4 + LexiconBlockSounds.byteCount
  static let letterCount: UInt8 = 28
  static let longestWord = 31
  static let longestPronunciation = 63
  static let mostPronunciations = 15
  // Keeps offsets and counts well within a 32-bit `Int`.
  static let mostWords = 1 << 24
  static let largestTrees = 1 << 16

  /// The number of words.
  public let wordCount: Int
  private let blockCount: Int
  private let wordsPerBlock: Int
  private let trees: ContextTrees
  private let table: UnsafeRawBufferPointer
  private let blocks: UnsafeRawBufferPointer

  /// Interprets the bytes of a `LEX2` section as a lexicon, and checks its trees.
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
    let treeSize = Lexicon.littleEndian(bytes, 12)
    guard treeSize <= Lexicon.largestTrees, treeSize % 2 == 0 else { throw .damagedTrees }
    let tableStart = Lexicon.headerByteCount + 2 * treeSize
    let blocksStart = tableStart + Lexicon.blockEntryByteCount * blockCount
    guard bytes.count >= blocksStart else { throw .truncated(needed: blocksStart, available: bytes.count) }
    guard
      let trees = ContextTrees(
        UnsafeRawBufferPointer(rebasing: bytes[Lexicon.headerByteCount..<tableStart]),
        roots: UnsafeRawBufferPointer(rebasing: bytes[Lexicon.rootsStart..<Lexicon.headerByteCount]))
    else { throw .damagedTrees }
    self.trees = trees
    table = UnsafeRawBufferPointer(rebasing: bytes[tableStart..<blocksStart])
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

    return LexiconMemory.with { memory in
      // The last block whose first word is not after the word sought.
      var low = 0
      var high = blockCount
      while high - low > 1 {
        let middle = (low + high) / 2
        var reader = self.reader(ofBlock: middle, memory)
        guard reader.readLetters() else { return [] }
        if reader.order(to: codes) > 0 { high = middle } else { low = middle }
      }
      var reader = self.reader(ofBlock: low, memory)
      for _ in 0..<wordCount(ofBlock: low) {
        guard reader.readLetters(), reader.order(to: codes) <= 0, reader.readPronunciations() else { break }
        if reader.order(to: codes) == 0 { return reader.pronunciations }
      }
      return []
    }
  }

  /// Whether the lexicon contains the word.
  public func contains(_ word: String) -> Bool { !pronunciations(of: word).isEmpty }

  /// Calls `body` with every word, in ascending order, and its pronunciations. Ends at the first damaged block.
  public func forEachWord(_ body: (_ word: String, _ pronunciations: [[UInt8]]) -> Void) {
    forEachEntry(nearAnyOf: nil) { reader in body(reader.word, reader.pronunciations) }
  }

  /// Calls `body` with a reader that has just read a word, for every word in ascending order.
  ///
  /// - Parameter pronunciations: skips blocks in which no word can differ from one of them in at most one phoneme.
  func forEachEntry(nearAnyOf pronunciations: [[UInt8]]?, _ body: (borrowing LexiconBlockReader) -> Void) {
    LexiconMemory.with { memory in
      for block in 0..<blockCount {
        let sounds = LexiconBlockSounds(table, at: Lexicon.blockEntryByteCount * block + 4)
        if let pronunciations, !pronunciations.contains(where: { sounds.mayBeNear($0) }) { continue }
        var reader = self.reader(ofBlock: block, memory)
        for _ in 0..<wordCount(ofBlock: block) {
          guard reader.readLetters(), reader.readPronunciations() else { return }
          body(reader)
        }
      }
    }
  }

  private func reader(ofBlock block: Int, _ memory: LexiconMemory) -> LexiconBlockReader {
    let start = Lexicon.littleEndian(table, Lexicon.blockEntryByteCount * block)
    let end =
      block + 1 < blockCount ? Lexicon.littleEndian(table, Lexicon.blockEntryByteCount * (block + 1)) : blocks.count
    let code = start <= end && end <= blocks.count ? blocks[start..<end] : blocks[0..<0]
    return LexiconBlockReader(LexiconCodeReader(trees, UnsafeRawBufferPointer(rebasing: code), memory: memory), memory)
  }

  private func wordCount(ofBlock block: Int) -> Int { min(wordsPerBlock, wordCount - block * wordsPerBlock) }

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

  static func letter(_ code: UInt8) -> UInt8 {
    switch code {
    case 1: UInt8(ascii: "'")
    case 2: UInt8(ascii: ".")
    default: code - 3 + UInt8(ascii: "a")
    }
  }
}
