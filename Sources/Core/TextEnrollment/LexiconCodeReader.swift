/// Reads symbols that were coded with the probabilities of ``ContextTrees`` by asymmetric numeral systems.
///
/// The bytes begin with the state, 32 bits. A symbol with the frequency f, preceded by frequencies that add up to c, takes
/// `state = f · ⌊state / 512⌋ + state mod 512 − c`. A state below 2¹⁶ then takes in the next 16 bits.
///
/// No bytes can make a read leave them or go on forever: every symbol takes more than 0.002 bits.
///
/// - Reference: Duda 2013, *Asymmetric numeral systems*, arXiv:1311.2540.
struct LexiconCodeReader {
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
