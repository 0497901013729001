/// Builds the trees of ``ContextTrees`` for symbols whose contexts are known, with the fewest bits for trees and symbols
/// together.
///
/// A node is divided by the feature that saves the most. A child is kept if it saves more than it takes in the file.
struct ContextTreeBuilder {
  /// The symbols and their features, ``LexiconContext/featureCount`` for each.
  struct Events {
    private(set) var symbols: [UInt8] = []
    private(set) var features: [UInt8] = []

    mutating func append(_ symbol: UInt8, _ tree: LexiconTree, _ context: LexiconContext) {
      symbols.append(symbol)
      for number in 0..<LexiconContext.featureCount { features.append(context.feature(number, of: tree)) }
    }

    func feature(_ index: Int, of event: Int) -> Int {
      Int(features[event * LexiconContext.featureCount + index])
    }
  }

  /// A node before it is written.
  struct Node {
    /// Symbols with their frequencies, largest first.
    var entries: [(symbol: UInt8, frequency: UInt32)] = []
    /// The feature that selects the child.
    var feature = 0
    /// The values of the feature with a child, ascending, and their children.
    var values: [Int] = []
    var children: [Node] = []
  }

  private static let entryBits = 16.0
  private static let nodeBits = 32.0
  private static let maskBits = 64.0
  private static let symbolCount = 128
  /// The bits of an escape and of the symbol at the parent, when the parent is not known yet.
  private static let escapedBits = 6.0

  private let events: Events
  private let usedFeatures: [Int]

  /// - Parameter events: at least one.
  init(_ events: Events) {
    self.events = events
    usedFeatures = (0..<LexiconContext.featureCount).filter { index in
      events.symbols.indices.contains { events.feature(index, of: $0) != events.feature(index, of: 0) }
    }
  }

  /// The tree of all events.
  func tree() -> Node { node(of: Array(events.symbols.indices), depth: 0) }

  private func node(of members: [Int], depth: Int) -> Node {
    let counts = self.counts(of: members)
    var node = Node()
    guard depth < ContextTrees.deepest, members.count >= 16, let split = bestSplit(members, counts) else {
      node.entries = Self.entries(counts, isRoot: depth == 0)
      return node
    }
    node.feature = split
    let whole = Self.costs(Self.entries(counts, isRoot: depth == 0))
    var remaining = counts
    var groups = [[Int]](repeating: [], count: 64)
    for member in members { groups[events.feature(split, of: member)].append(member) }
    for (value, group) in groups.enumerated() where group.count >= 4 {
      let child = self.node(of: group, depth: depth + 1)
      let groupCounts = self.counts(of: group)
      let before = Self.bits(groupCounts, whole)
      guard bits(of: child, group, whole) + Self.nodeBits < before else { continue }
      node.values.append(value)
      node.children.append(child)
      for symbol in groupCounts.indices {
        // What the child leaves to the escape still comes here.
        let isHere = !child.entries.contains { Int($0.symbol) == symbol }
        if !isHere { remaining[symbol] -= groupCounts[symbol] }
      }
    }
    // A root has every symbol, because there is nothing to escape to.
    if depth == 0 { remaining = zip(remaining, counts).map { max($0, min($1, 1)) } }
    node.entries = Self.entries(remaining, isRoot: depth == 0)
    return node
  }

  /// The bits of a node's events and of its part of the file, with what it escapes coded at `parent`.
  private func bits(of node: Node, _ members: [Int], _ parent: [Double]) -> Double {
    let own = Self.costs(node.entries)
    let costs = own.indices.map { own[$0].isFinite ? own[$0] : own[Int(ContextTrees.escape)] + parent[$0] }
    var bits = Self.entryBits * Double(node.entries.count)
    guard !node.children.isEmpty else { return bits + Self.bits(counts(of: members), costs) }
    bits += Self.maskBits
    var groups = [[Int]](repeating: [], count: 64)
    for member in members { groups[events.feature(node.feature, of: member)].append(member) }
    for (value, child) in zip(node.values, node.children) {
      bits += Self.nodeBits + self.bits(of: child, groups[value], costs)
      groups[value] = []
    }
    for group in groups { bits += Self.bits(counts(of: group), costs) }
    return bits
  }

  /// The feature whose children would take the fewest bits; nil if none saves any.
  private func bestSplit(_ members: [Int], _ counts: [Int]) -> Int? {
    let whole = Self.entropyBits(counts)
    var best: (feature: Int, bits: Double)?
    var table = [Int](repeating: 0, count: 64 * Self.symbolCount)
    for feature in usedFeatures {
      for index in table.indices { table[index] = 0 }
      for member in members {
        table[events.feature(feature, of: member) * Self.symbolCount + Int(events.symbols[member])] += 1
      }
      var bits = Self.maskBits
      for value in 0..<64 {
        let row = table[value * Self.symbolCount..<(value + 1) * Self.symbolCount]
        let total = row.reduce(0, +)
        guard total > 0 else { continue }
        var parted = Self.nodeBits
        var here = 0.0
        for (symbol, count) in zip(row.indices, row) where count > 0 {
          let part = Double(count) / Double(total)
          parted -= Double(count) * Self.logarithm(part)
          parted += min(Self.entryBits, Double(count) * Self.escapedBits)
          let share = Double(counts[symbol - value * Self.symbolCount]) / Double(members.count)
          here -= Double(count) * Self.logarithm(share)
        }
        bits += min(parted, here)
      }
      if bits < best?.bits ?? whole { best = (feature, bits) }
    }
    return best?.feature
  }

  private func counts(of members: [Int]) -> [Int] {
    var counts = [Int](repeating: 0, count: Self.symbolCount)
    for member in members { counts[Int(events.symbols[member])] += 1 }
    return counts
  }

  /// The entries for some counts: all symbols at a root; elsewhere those that are worth an entry, and the escape.
  private static func entries(_ counts: [Int], isRoot: Bool) -> [(symbol: UInt8, frequency: UInt32)] {
    var kept: [(symbol: UInt8, count: Int)] = []
    var escaped = 0
    for (symbol, count) in counts.enumerated() where count > 0 {
      if isRoot || Double(count) * escapedBits > entryBits {
        kept.append((UInt8(symbol), count))
      } else {
        escaped += count
      }
    }
    if !isRoot { kept.append((ContextTrees.escape, max(escaped, 1))) }
    // One for each, and the rest in proportion; what rounding leaves goes to the largest.
    let total = kept.reduce(0) { $0 + $1.count }
    let places = Int(ContextTrees.frequencySum) - kept.count
    var entries = kept.map { (symbol: $0.symbol, frequency: UInt32(1 + $0.count * places / max(total, 1))) }
    entries.sort { ($1.frequency, $0.symbol) < ($0.frequency, $1.symbol) }
    let sum = entries.reduce(0) { $0 + $1.frequency }
    // A symbol that is alone keeps one place free, so that even certain symbols take part of a bit.
    if !entries.isEmpty {
      entries[0].frequency = min(entries[0].frequency + ContextTrees.frequencySum - sum, ContextTrees.frequencySum - 1)
    }
    return entries
  }

  /// The bits of each symbol at a node; infinite for those that it lacks.
  private static func costs(_ entries: [(symbol: UInt8, frequency: UInt32)]) -> [Double] {
    var costs = [Double](repeating: .infinity, count: symbolCount)
    for entry in entries {
      costs[Int(entry.symbol)] = -logarithm(Double(entry.frequency) / Double(ContextTrees.frequencySum))
    }
    return costs
  }

  private static func bits(_ counts: [Int], _ costs: [Double]) -> Double {
    // Symbols that even the parent lacks escape again.
    let escaped = costs[Int(ContextTrees.escape)].isFinite ? costs[Int(ContextTrees.escape)] + escapedBits : 16
    var bits = 0.0
    for symbol in counts.indices where counts[symbol] > 0 {
      bits += Double(counts[symbol]) * (costs[symbol].isFinite ? costs[symbol] : escaped)
    }
    return bits
  }

  private static func entropyBits(_ counts: [Int]) -> Double {
    let total = Double(counts.reduce(0, +))
    var bits = 0.0
    for count in counts where count > 0 { bits -= Double(count) * logarithm(Double(count) / total) }
    return bits
  }

  /// The logarithm to base 2, from the table of the exponent and a series, so every machine writes the same file.
  private static func logarithm(_ value: Double) -> Double {
    var mantissa = value.significand
    var exponent = Double(value.exponent)
    if mantissa > 1.414_213_562 {
      mantissa /= 2
      exponent += 1
    }
    let s = (mantissa - 1) / (mantissa + 1)
    let z = s * s
    return exponent + 2.885_390_082 * s * (1 + z * (1.0 / 3 + z * (1.0 / 5 + z * (1.0 / 7 + z / 9))))
  }
}

/// Trees as the words of a file.
struct ContextTreeWords {
  private(set) var words: [UInt16] = []

  /// Appends a tree, parents before their children.
  ///
  /// - Returns: the index of the root.
  mutating func append(_ node: ContextTreeBuilder.Node) -> Int {
    let start = words.count
    let hasChildren = !node.children.isEmpty
    words.append(UInt16(node.entries.count | node.feature << 7 | (hasChildren ? 1 << 15 : 0)))
    for entry in node.entries { words.append(UInt16(entry.symbol) << 9 | UInt16(entry.frequency)) }
    guard hasChildren else { return start }
    var mask: UInt64 = 0
    for value in node.values { mask |= 1 << UInt64(value) }
    for shift in [0, 16, 32, 48] as [UInt64] { words.append(UInt16(truncatingIfNeeded: mask >> shift)) }
    let links = words.count
    words += [UInt16](repeating: 0, count: node.children.count)
    for (index, child) in node.children.enumerated() {
      let place = append(child)
      precondition(place < Lexicon.largestTrees, "the trees are too large")
      words[links + index] = UInt16(place)
    }
    return start
  }

  /// Makes the number of words even.
  mutating func pad() { if words.count % 2 == 1 { words.append(0) } }
}
