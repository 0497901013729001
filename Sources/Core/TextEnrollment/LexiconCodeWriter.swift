/// Writes what ``LexiconCodeReader`` reads.
struct LexiconCodeWriter {
  private var steps: [(start: UInt32, frequency: UInt32)] = []

  /// Appends a symbol with the probabilities of the tree that it was counted for.
  mutating func write(_ symbol: UInt8, _ root: ContextTreeBuilder.Node, feature: (_ number: Int) -> UInt8) {
    var path = [root]
    while let node = path.last, let index = node.values.firstIndex(of: Int(feature(node.feature))) {
      path.append(node.children[index])
    }
    while let node = path.popLast() {
      var start: UInt32 = 0
      if let index = node.entries.firstIndex(where: { $0.symbol == symbol }) {
        for entry in node.entries[..<index] { start += entry.frequency }
        steps.append((start, node.entries[index].frequency))
        return
      }
      guard let index = node.entries.firstIndex(where: { $0.symbol == ContextTrees.escape }) else { break }
      for entry in node.entries[..<index] { start += entry.frequency }
      steps.append((start, node.entries[index].frequency))
    }
    preconditionFailure("the tree lacks a symbol that it was built for")
  }

  /// The code of all symbols. Symbols are coded from the last to the first, as they are read in the other order.
  func bytes() -> [UInt8] {
    var state: UInt64 = 1 << 16
    var halves: [UInt16] = []
    for step in steps.reversed() {
      if state >= UInt64(step.frequency) << (32 - UInt64(ContextTrees.frequencyBits)) {
        halves.append(UInt16(truncatingIfNeeded: state))
        state >>= 16
      }
      state =
        (state / UInt64(step.frequency)) << UInt64(ContextTrees.frequencyBits) + state % UInt64(step.frequency)
        + UInt64(step.start)
    }
    var bytes: [UInt8] = []
    for shift in [0, 8, 16, 24] as [UInt64] { bytes.append(UInt8(truncatingIfNeeded: state >> shift)) }
    for half in halves.reversed() {
      bytes.append(UInt8(truncatingIfNeeded: half))
      bytes.append(UInt8(truncatingIfNeeded: half >> 8))
    }
    return bytes
  }
}
