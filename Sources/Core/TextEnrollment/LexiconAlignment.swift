import KeywordSpotting

/// Finds which letters of a word give which phonemes, from the frequencies of such pairs in all words.
///
/// Starts from letters and phonemes at similar places and refines the frequencies by aligning all words several times.
package struct LexiconAlignment {
  /// A word with one of its pronunciations.
  package typealias Pair = (letters: [UInt8], phonemes: [UInt8])

  private static let roundCount = 4
  /// The most phonemes of a letter, unless a word has too many.
  private static let usualMost = 4
  private static let sequenceCount = 1 + Phoneme.count + Phoneme.count * Phoneme.count

  /// How often each letter gives nothing, each phoneme, and each two phonemes.
  private var pairCounts = [Int](repeating: 0, count: (Int(Lexicon.letterCount) + 1) * sequenceCount)
  private var letterCounts = [Int](repeating: 0, count: Int(Lexicon.letterCount) + 1)
  private var isFirstRound = true

  /// Learns the frequencies from the words.
  package init(_ pairs: [Pair]) {
    for (letters, phonemes) in pairs {
      for (index, letter) in letters.enumerated() {
        let middle = (2 * index + 1) * phonemes.count / (2 * letters.count)
        for place in max(0, middle - 1)...min(phonemes.count - 1, middle + 1) {
          count(letter, phonemes[place..<place + 1])
        }
      }
    }
    for _ in 0..<Self.roundCount {
      let alignments = pairs.map { align($0) }
      for index in pairCounts.indices { pairCounts[index] = 0 }
      for index in letterCounts.indices { letterCounts[index] = 0 }
      isFirstRound = false
      for (pair, counts) in zip(pairs, alignments) {
        var start = 0
        for (letter, count) in zip(pair.letters, counts) {
          self.count(letter, pair.phonemes[start..<start + count])
          start += count
        }
      }
    }
  }

  /// The number of phonemes that each letter gives, with the lowest cost of all alignments.
  package func align(_ pair: Pair) -> [Int] {
    let (letters, phonemes) = pair
    let most = max(Self.usualMost, (phonemes.count + letters.count - 1) / letters.count)
    let width = phonemes.count + 1
    var costs = [Float](repeating: .infinity, count: (letters.count + 1) * width)
    var choices = [Int](repeating: 0, count: (letters.count + 1) * width)
    costs[0] = 0
    for (index, letter) in letters.enumerated() {
      let left = letters.count - index - 1
      for said in 0..<width where costs[index * width + said] < .infinity {
        for count in 0...min(most, phonemes.count - said) where phonemes.count - said - count <= left * most {
          let cost = costs[index * width + said] + self.cost(letter, phonemes[said..<said + count])
          if cost < costs[(index + 1) * width + said + count] {
            costs[(index + 1) * width + said + count] = cost
            choices[(index + 1) * width + said + count] = count
          }
        }
      }
    }
    var counts = [Int](repeating: 0, count: letters.count)
    var said = phonemes.count
    for index in stride(from: letters.count - 1, through: 0, by: -1) {
      counts[index] = choices[(index + 1) * width + said]
      said -= counts[index]
    }
    return counts
  }

  /// How improbable it is that a letter gives some phonemes, in halvings.
  private func cost(_ letter: UInt8, _ phonemes: ArraySlice<UInt8>) -> Float {
    if isFirstRound {
      var cost: Float = phonemes.isEmpty ? 2 : 6 * Float(phonemes.count - 1)
      for index in phonemes.indices { cost += rarity(letter, phonemes[index...index]) }
      return cost
    }
    return rarity(letter, phonemes) + 4 * Float(max(0, phonemes.count - 1))
  }

  private func rarity(_ letter: UInt8, _ phonemes: ArraySlice<UInt8>) -> Float {
    guard let index = Self.index(letter, phonemes) else { return 16 }
    let share = (Float(pairCounts[index]) + 0.05) / Float(letterCounts[Int(letter)] + 1)
    // A rough logarithm is enough to choose an alignment.
    return -Float(share.exponent) - (share.significand - 1)
  }

  private mutating func count(_ letter: UInt8, _ phonemes: ArraySlice<UInt8>) {
    letterCounts[Int(letter)] += 1
    if let index = Self.index(letter, phonemes) { pairCounts[index] += 1 }
  }

  /// The place of a letter and up to two phonemes in the counts; nil for more.
  private static func index(_ letter: UInt8, _ phonemes: ArraySlice<UInt8>) -> Int? {
    guard phonemes.count <= 2 else { return nil }
    var index = 0
    for phoneme in phonemes { index = index * Phoneme.count + 1 + Int(phoneme) }
    return Int(letter) * sequenceCount + index
  }
}
