import KeywordSpotting

/// Compiles words and their pronunciations into the bytes of a ``Lexicon``.
public struct LexiconWriter {
  /// The reason why a word cannot be compiled.
  public enum EntryError: Error, Equatable, Sendable {
    /// The word is empty, longer than 31 letters, or contains a character other than `a`…`z`, an apostrophe or a full
    /// stop.
    case unsupportedWord(String)
    /// There is no pronunciation or more than 15, or one is empty, longer than 63 phonemes, or has a value that is not a
    /// phoneme.
    case unsupportedPronunciation(word: String)
  }

  private struct Entry {
    var codes: [UInt8]
    var pronunciations: [[UInt8]]
    /// For each pronunciation, how many phonemes each letter gives.
    var alignments: [[Int]] = []
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
    guard !distinct.isEmpty, distinct.count <= Lexicon.mostPronunciations else {
      throw .unsupportedPronunciation(word: word)
    }
    for pronunciation in distinct {
      guard !pronunciation.isEmpty, pronunciation.count <= Lexicon.longestPronunciation,
        pronunciation.allSatisfy({ $0 < UInt8(Phoneme.count) })
      else { throw .unsupportedPronunciation(word: word) }
    }
    entries.append(Entry(codes: codes, pronunciations: distinct))
  }

  /// The bytes of a `LEX2` section.
  ///
  /// - Parameter wordsPerBlock: larger blocks make the file smaller and the search of a block longer.
  public func bytes(wordsPerBlock: Int = 128) -> [UInt8] {
    var sorted = entries.sorted { $0.codes.lexicographicallyPrecedes($1.codes) }
    for (left, right) in zip(sorted, sorted.dropFirst()) {
      precondition(left.codes != right.codes, "a word was added twice")
    }
    let alignment = LexiconAlignment(sorted.flatMap { entry in entry.pronunciations.map { (entry.codes, $0) } })
    for index in sorted.indices {
      sorted[index].alignments = sorted[index].pronunciations.map { alignment.align((sorted[index].codes, $0)) }
    }

    var events = LexiconTree.allCases.map { _ in ContextTreeBuilder.Events() }
    let starts = Array(stride(from: 0, to: sorted.count, by: wordsPerBlock))
    for start in starts {
      Self.forEachSymbol(sorted[start..<min(start + wordsPerBlock, sorted.count)]) { symbol, tree, context in
        events[tree.rawValue].append(symbol, tree, context)
      }
    }
    let trees = events.map { ContextTreeBuilder($0).tree() }
    var treeWords = ContextTreeWords()
    let roots = trees.map { treeWords.append($0) }
    treeWords.pad()

    var blocks: [UInt8] = []
    var offsets: [Int] = []
    var sounds: [LexiconBlockSounds] = []
    for start in starts {
      var begin = LexiconBlockSounds()
      for entry in sorted[start..<min(start + wordsPerBlock, sorted.count)] {
        for pronunciation in entry.pronunciations { begin.insert(pronunciation) }
      }
      sounds.append(begin)
      var writer = LexiconCodeWriter()
      Self.forEachSymbol(sorted[start..<min(start + wordsPerBlock, sorted.count)]) { symbol, tree, context in
        writer.write(symbol, trees[tree.rawValue]) { context.feature($0, of: tree) }
      }
      offsets.append(blocks.count)
      blocks += writer.bytes()
    }

    var bytes: [UInt8] = []
    func append(_ value: Int, _ byteCount: Int) {
      for byte in 0..<byteCount { bytes.append(UInt8(truncatingIfNeeded: value >> (8 * byte))) }
    }
    for value in [sorted.count, offsets.count, wordsPerBlock, treeWords.words.count] { append(value, 4) }
    for root in roots + [0] { append(root, 2) }
    for word in treeWords.words { append(Int(word), 2) }
    for (offset, sounds) in zip(offsets, sounds) {
      append(offset, 4)
      bytes += sounds.bytes
    }
    return bytes + blocks
  }

  /// Calls `body` with each symbol of a block, its tree and what precedes it, in the order in which they are read.
  private static func forEachSymbol(
    _ block: ArraySlice<Entry>, _ body: (_ symbol: UInt8, _ tree: LexiconTree, _ context: LexiconContext) -> Void
  ) {
    LexiconMemory.with { memory in
      var context = LexiconContext(memory.context)
      for entry in block { forEachSymbol(entry, &context, body) }
    }
  }

  private static func forEachSymbol(
    _ entry: Entry, _ context: inout LexiconContext,
    _ body: (_ symbol: UInt8, _ tree: LexiconTree, _ context: LexiconContext) -> Void
  ) {
    var shared = 0
    if context.letterCount > 0 {
      while shared < entry.codes.count && context.letter(shared) == entry.codes[shared] { shared += 1 }
      body(UInt8(shared), .shared, context)
    }
    context.begin(sharing: shared)
    for letter in entry.codes[shared...] {
      body(letter, .letters, context)
      context.append(letter)
    }
    body(0, .letters, context)
    for (index, pronunciation) in entry.pronunciations.enumerated() {
      let counts = entry.alignments[index]
      let agreement = context.agreement(pronunciation, counts: counts)
      if context.expectedCount > 0 { body(UInt8(agreement), .agreement, context) }
      context.beginPronunciation(agreeing: agreement)
      for count in counts[agreement...] {
        if count == 0 { body(0, .sounds, context) }
        for left in stride(from: count - 1, through: 0, by: -1) {
          let phoneme = pronunciation[context.phonemeCount]
          body(1 + phoneme + (left > 0 ? UInt8(Phoneme.count) : 0), .sounds, context)
          context.give(phoneme)
        }
        context.advance()
      }
      context.endPronunciation()
      body(index + 1 < entry.pronunciations.count ? 1 : 0, .ends, context)
    }
  }
}
