/// The memory of a ``LexiconBlockReader``. It is used for one block after the other, so a search allocates only its result.
struct LexiconMemory {
  /// ``LexiconContext/byteCount`` bytes.
  let context: UnsafeMutablePointer<UInt8>
  /// The phonemes of all pronunciations of a word.
  let phonemes: UnsafeMutablePointer<UInt8>
  /// The nodes on the way through a tree.
  let path: UnsafeMutablePointer<Int>
  /// Where each pronunciation ends.
  let ends: UnsafeMutablePointer<Int>

  /// Calls `body` with memory that is valid until it returns.
  static func with<Result>(_ body: (LexiconMemory) -> Result) -> Result {
    let pathCount = ContextTrees.deepest + 1
    let phonemeCount = Lexicon.mostPronunciations * Lexicon.longestPronunciation
    return withUnsafeTemporaryAllocation(of: Int.self, capacity: pathCount + Lexicon.mostPronunciations) { numbers in
      withUnsafeTemporaryAllocation(of: UInt8.self, capacity: LexiconContext.byteCount + phonemeCount) { bytes in
        numbers.initialize(repeating: 0)
        bytes.initialize(repeating: 0)
        guard let numbers = numbers.baseAddress, let bytes = bytes.baseAddress else {
          preconditionFailure("an allocation of some bytes has an address")
        }
        return body(
          LexiconMemory(
            context: bytes, phonemes: bytes + LexiconContext.byteCount, path: numbers, ends: numbers + pathCount))
      }
    }
  }
}
