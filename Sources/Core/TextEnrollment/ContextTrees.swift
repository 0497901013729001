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
