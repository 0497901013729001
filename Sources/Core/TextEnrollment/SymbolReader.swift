/// Decision trees that predict symbols from the features of their context, read in place.
///
/// A node is a sequence of 16-bit words, and a tree is the index of its root:
///
/// | words | meaning |
/// |---|---|
/// | 1 | bits 0…6: entry count n; bits 7…10: feature f that selects a child; bit 15: whether there are children |
/// | n | entries: symbol · 2⁹ + frequency. The frequencies, 1…511, add up to at most 512. Symbol 127 is the escape. |
/// | 4 | with children: a mask of 64 bits, lowest word first; bit v is set if there is a child for f = v |
/// | popcount of the mask | with children: the index of each child, which is above that of the node |
///
/// A symbol is coded by the deepest node on the way that its features select. The escape continues at the parent of the node.
struct ContextTrees: @unchecked Sendable {
  static let frequencyBits: UInt32 = 9
  static let frequencySum: UInt32 = 1 << frequencyBits
  static let escape: UInt8 = 127
  static let deepest = 15
  static let maskWords = 4

  private let bytes: UnsafeRawBufferPointer
  private let roots: UnsafeRawBufferPointer

  /// Checks all nodes, so that no read can leave the bytes.
  ///
  /// - Parameters:
  ///   - bytes: the words of all nodes, little-endian, one node after the other.
  ///   - roots: a word for each ``LexiconTree``.
  /// - Returns: nil if a node or a root is damaged.
  init?(_ bytes: UnsafeRawBufferPointer, roots: UnsafeRawBufferPointer) {
    self.bytes = bytes
    self.roots = roots
    let wordCount = bytes.count / 2
    var isNode = [Bool](repeating: false, count: wordCount)
    var start = 0
    while start < wordCount {
      isNode[start] = true
      guard let end = end(ofNode: start, wordCount) else { return nil }
      start = end
    }
    start = 0
    while start < wordCount, let end = end(ofNode: start, wordCount) {
      for index in firstChild(ofNode: start)..<end {
        let child = Int(word(index))
        guard child > start, child < wordCount, isNode[child] else { return nil }
      }
      start = end
    }
    for tree in LexiconTree.allCases {
      guard root(of: tree) < wordCount, isNode[root(of: tree)] else { return nil }
    }
  }

  /// The index after a node; nil if the node leaves the bytes or its frequencies are out of range.
  private func end(ofNode node: Int, _ wordCount: Int) -> Int? {
    let entriesEnd = node + 1 + Int(word(node) & 127)
    guard entriesEnd <= wordCount else { return nil }
    var sum: UInt32 = 0
    for index in node + 1..<entriesEnd {
      let frequency = word(index) & (ContextTrees.frequencySum - 1)
      guard frequency > 0 else { return nil }
      sum += frequency
    }
    guard sum <= ContextTrees.frequencySum else { return nil }
    guard word(node) >> 15 == 1 else { return entriesEnd }
    guard entriesEnd + ContextTrees.maskWords <= wordCount else { return nil }
    var end = entriesEnd + ContextTrees.maskWords
    for index in entriesEnd..<end { end += word(index).nonzeroBitCount }
    return end <= wordCount ? end : nil
  }

  private func firstChild(ofNode node: Int) -> Int {
    node + 1 + Int(word(node) & 127) + (word(node) >> 15 == 1 ? ContextTrees.maskWords : 0)
  }

  /// The root of a tree.
  @inline(__always) func root(of tree: LexiconTree) -> Int {
    Int(UInt16(littleEndian: roots.loadUnaligned(fromByteOffset: 2 * tree.rawValue, as: UInt16.self)))
  }

  /// The word at an index.
  ///
  /// - Precondition: the index is part of a node.
  @inline(__always) func word(_ index: Int) -> UInt32 {
    // The nodes were checked, and this is where the time of a search goes.
    let start = bytes.baseAddress.unsafelyUnwrapped
    return UInt32(UInt16(littleEndian: start.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self)))
  }
}

/// Reads symbols that were coded with the probabilities of ``ContextTrees`` by asymmetric numeral systems.
///
/// The bytes begin with the state, 32 bits. A symbol with the frequency f, preceded by frequencies that add up to c, takes
/// `state = f · ⌊state / 512⌋ + state mod 512 − c`. A state below 2¹⁶ then takes in the next 16 bits.
///
/// No bytes can make a read leave them or go on forever: every symbol takes more than 0.002 bits.
///
/// - Reference: Duda 2013, *Asymmetric numeral systems*, arXiv:1311.2540.
struct SymbolReader {
  /// What precedes the next symbol.
  var context: LexiconContext
  private let trees: ContextTrees
  private let bytes: UnsafeRawBufferPointer
  private var offset = 4
  private var state: UInt32 = 0
  /// The nodes that the features select, from the root down.
  private let path: UnsafeMutablePointer<Int>

  /// Whether the bytes are exhausted or are no code. Symbols read since then mean nothing.
  private(set) var isDamaged = false

  /// - Parameters:
  ///   - bytes: the code of a block.
  ///   - memory: for the context and the way through a tree.
  init(_ trees: ContextTrees, _ bytes: UnsafeRawBufferPointer, memory: LexiconMemory) {
    self.trees = trees
    context = LexiconContext(memory.context)
    path = memory.path
    self.bytes = bytes
    if bytes.count >= 4 {
      state = UInt32(littleEndian: bytes.loadUnaligned(as: UInt32.self))
    } else {
      isDamaged = true
    }
  }

  /// Reads the next symbol of a tree.
  mutating func read(_ tree: LexiconTree) -> UInt8 {
    guard !isDamaged else { return 0 }
    var depth = descend(tree)
    while depth >= 0 {
      let node = path[depth]
      let slot = state & (ContextTrees.frequencySum - 1)
      var before: UInt32 = 0
      var index = node + 1
      let end = index + Int(trees.word(node) & 127)
      var frequency: UInt32 = 0
      while index < end {
        frequency = trees.word(index) & (ContextTrees.frequencySum - 1)
        if slot < before + frequency { break }
        before += frequency
        index += 1
      }
      guard index < end else { break }
      state = frequency &* (state >> ContextTrees.frequencyBits) &+ (slot - before)
      if state < 1 << 16 {
        guard offset + 2 <= bytes.count else { break }
        state =
          state << 16 | UInt32(UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt16.self)))
        offset += 2
      }
      let symbol = UInt8(truncatingIfNeeded: trees.word(index) >> ContextTrees.frequencyBits)
      if symbol != ContextTrees.escape { return symbol }
      depth -= 1
    }
    isDamaged = true
    return 0
  }

  /// Writes the nodes that the features select to `path` and returns the depth of the last.
  @inline(__always)
  private mutating func descend(_ tree: LexiconTree) -> Int {
    var node = trees.root(of: tree)
    var depth = 0
    path[0] = node
    while depth < ContextTrees.deepest {
      let header = trees.word(node)
      guard header >> 15 == 1 else { break }
      let mask = node + 1 + Int(header & 127)
      let value = UInt32(context.feature(Int(header >> 7 & 15), of: tree) & 63)
      let low = trees.word(mask) | trees.word(mask + 1) << 16
      let isLow = value < 32
      let half = isLow ? low : trees.word(mask + 2) | trees.word(mask + 3) << 16
      let bit: UInt32 = 1 << (value & 31)
      guard half & bit != 0 else { break }
      let rank = (half & (bit - 1)).nonzeroBitCount + (isLow ? 0 : low.nonzeroBitCount)
      node = Int(trees.word(mask + ContextTrees.maskWords + rank))
      depth += 1
      path[depth] = node
    }
    return depth
  }
}
