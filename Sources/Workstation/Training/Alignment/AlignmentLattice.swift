import KeywordSpotting

/// The states of a transcript, all pronunciations in parallel, and the exact best path through them.
///
/// Layout: `blank₀, word 0: variant 0, variant 1 …, blank₁, word 1: …, blank_W`, and inside a variant
/// `phone, blank, phone, blank, …, phone`. Every predecessor of a state has a lower index, so one row of scores is
/// updated in place from the back.
struct AlignmentLattice {
  static let blank: UInt8 = 39

  /// The transitions that may enter a state, in addition to staying in it.
  private enum Entry: UInt8 {
    /// From the preceding state only.
    case previous
    /// From the preceding state, or from the one before it (skipping a blank).
    case previousOrSkip
    /// First phone of a pronunciation: from the blank before the word, or from a last phone of the previous word.
    case wordStart
    /// Blank between words: from a last phone of the previous word.
    case wordGap
  }

  /// Per state: class, word (for a blank between words, the word after it), variant.
  private(set) var classes: [UInt8] = []
  private(set) var wordIndices: [Int32] = []
  private(set) var variantIndices: [UInt8] = []
  private var entries: [Entry] = []
  /// Per word: its leading blank, and the last phone of each pronunciation.
  private var gapStates: [Int32] = []
  private var lastPhones: [[Int32]] = []
  /// Length of the shortest path in frames.
  private(set) var shortestPathFrames = 0

  func isPhone(_ state: Int) -> Bool { classes[state] != Self.blank }

  init(words: [[[UInt8]]]) throws(AlignmentError) {
    for (wordIndex, variants) in words.enumerated() {
      guard !variants.isEmpty, variants.count <= 200, variants.allSatisfy({ !$0.isEmpty }) else {
        throw .noPronunciation(wordIndex: wordIndex)
      }
      gapStates.append(append(Self.blank, word: wordIndex, variant: 0, .wordGap))
      var ends: [Int32] = []
      for (variantIndex, phonemes) in variants.enumerated() {
        for (position, phoneme) in phonemes.enumerated() {
          guard phoneme < Self.blank else { throw .notAPhoneme(wordIndex: wordIndex, value: phoneme) }
          if position > 0 { append(Self.blank, word: wordIndex, variant: variantIndex, .previous) }
          let skips = position > 0 && phonemes[position - 1] != phoneme
          append(
            phoneme, word: wordIndex, variant: variantIndex,
            position == 0 ? .wordStart : skips ? .previousOrSkip : .previous)
        }
        ends.append(Int32(classes.count - 1))
      }
      lastPhones.append(ends)
    }
    gapStates.append(append(Self.blank, word: words.count, variant: 0, .wordGap))
    shortestPathFrames = shortestPath(words)
  }

  @discardableResult
  private mutating func append(_ phonemeClass: UInt8, word: Int, variant: Int, _ entry: Entry) -> Int32 {
    classes.append(phonemeClass)
    wordIndices.append(Int32(word))
    variantIndices.append(UInt8(variant))
    entries.append(entry)
    return Int32(classes.count - 1)
  }

  /// The number of phones plus mandatory blanks (between equal phones) for the cheapest choice of pronunciations.
  private func shortestPath(_ words: [[[UInt8]]]) -> Int {
    var costs: [(last: UInt8, frames: Int)] = [(Self.blank, 0)]
    for variants in words {
      costs = variants.map { phonemes in
        let repeats = zip(phonemes, phonemes.dropFirst()).count { $0 == $1 }
        let before = costs.map { $0.frames + ($0.last == phonemes[0] ? 1 : 0) }.min()!
        return (phonemes.last!, before + phonemes.count + repeats)
      }
    }
    return costs.map(\.frames).min()!
  }

  /// Returns the state of the best path at every frame.
  ///
  /// - Precondition: `frameCount ≥ shortestPathFrames`, which ensures that a path exists.
  func bestPath(logPosteriors: UnsafeBufferPointer<Float>, frameCount: Int, blankPenalty: Float) -> [Int32] {
    let stateCount = classes.count
    let wordCount = lastPhones.count
    // The predecessor of each cell: 0 itself, 1 the preceding state, 2 the one before that, 3 + v the last phone of
    // pronunciation v of the previous word (or 1 for the blank before the word, which need not be the preceding state).
    var origins = [UInt8](repeating: 0, count: stateCount * frameCount)
    var scores = [Float](repeating: -.infinity, count: stateCount)
    var path = [Int32](repeating: 0, count: frameCount)

    func emission(_ frame: Int, _ phonemeClass: UInt8) -> Float {
      logPosteriors[frame * Phoneme.classCount + Int(phonemeClass)] - (phonemeClass == Self.blank ? blankPenalty : 0)
    }
    scores[0] = emission(0, Self.blank)
    for state in 0..<Int(gapStates[1]) where entries[state] == .wordStart {
      scores[state] = emission(0, classes[state])
    }
    for frame in 1..<max(frameCount, 1) {
      let row = frame * stateCount
      for state in stride(from: stateCount - 1, through: 0, by: -1) {
        var best = scores[state]
        var origin: UInt8 = 0
        switch entries[state] {
        case .previous:
          if scores[state - 1] > best { (best, origin) = (scores[state - 1], 1) }
        case .previousOrSkip:
          if scores[state - 1] > best { (best, origin) = (scores[state - 1], 1) }
          if scores[state - 2] > best { (best, origin) = (scores[state - 2], 2) }
        case .wordStart, .wordGap:
          let word = Int(wordIndices[state])
          if entries[state] == .wordStart, scores[Int(gapStates[word])] > best {
            (best, origin) = (scores[Int(gapStates[word])], 1)
          }
          guard word > 0 else { break }
          for (variant, last) in lastPhones[word - 1].enumerated()
          where scores[Int(last)] > best && classes[Int(last)] != classes[state] {
            (best, origin) = (scores[Int(last)], UInt8(3 + variant))
          }
        }
        scores[state] = best + emission(frame, classes[state])
        origins[row + state] = origin
      }
    }

    var state = stateCount - 1
    for last in lastPhones[wordCount - 1] where scores[Int(last)] > scores[state] { state = Int(last) }
    path[frameCount - 1] = Int32(state)
    for frame in stride(from: frameCount - 1, to: 0, by: -1) {
      let origin = origins[frame * stateCount + state]
      switch origin {
      case 0: break
      case 1 where entries[state] == .wordStart: state = Int(gapStates[Int(wordIndices[state])])
      case 1: state -= 1
      case 2: state -= 2
      default: state = Int(lastPhones[Int(wordIndices[state]) - 1][Int(origin) - 3])
      }
      path[frame - 1] = Int32(state)
    }
    return path
  }
}
