import Foundation
import Testing
import Training

@Suite struct RunningSpeechPenaltyTests {
  private static let blank = 39

  /// A path of classes through consecutive rows.
  private struct Match: Equatable {
    var score = -Double.infinity
    var firstRow = 0
    var classes: [Int] = []
  }

  /// The best match over every labeling of every segment: one that begins and ends in a phoneme, and reads as the
  /// phrase after
  /// merging repeats and dropping blanks.
  private static func bestMatch(_ phrase: [UInt8], _ logits: Matrix, rows: Range<Int>) -> Match {
    let alphabet = Array(Set(phrase.map(Int.init))).sorted() + [blank]
    let ratios = (0..<logits.rows).map { row in
      let values = logits.wide(row)
      return alphabet.map { values[$0] - values.max()! }
    }
    var best = Match()
    for first in rows {
      for end in (first + 1)..<(rows.upperBound + 1) {
        let length = end - first
        var combinations = 1
        for _ in 0..<length { combinations *= alphabet.count }
        for code in 0..<combinations {
          var rest = code
          var sum = 0.0
          var classes: [Int] = []
          for row in first..<end {
            sum += ratios[row][rest % alphabet.count]
            classes.append(alphabet[rest % alphabet.count])
            rest /= alphabet.count
          }
          guard sum / Double(phrase.count) > best.score, classes[0] != blank, classes[length - 1] != blank else {
            continue
          }
          let merged = classes.indices.filter { $0 == 0 || classes[$0] != classes[$0 - 1] }.map { classes[$0] }
          guard merged.filter({ $0 != blank }) == phrase.map(Int.init) else { continue }
          best = Match(score: sum / Double(phrase.count), firstRow: first, classes: classes)
        }
      }
    }
    return best
  }

  private static func cost(_ score: Double) -> Double { softplus(2 * (score + 2)) / 2 }

  /// Logits in which the phrase's classes and the blank are close to the best of 40.
  private static func logits(_ draws: inout Draws, rows: Int, _ phrases: [[UInt8]]) -> Matrix {
    let logits = draws.matrix(rows: rows, columns: 40)
    for row in 0..<rows {
      for label in Set(phrases.flatMap { $0 }.map(Int.init) + [blank]).sorted() {
        logits[row, label] += draws.generator.nextUniform(in: 0.5...3)
      }
    }
    return logits
  }

  private static func run(
    _ logits: Matrix, _ lengths: [Int], words: [[[[UInt8]]]], phrases: [[UInt8]], weight: Float = 1,
    gradient: Matrix? = nil
  ) -> Double {
    Double(
      RunningSpeechPenalty().accumulate(
        logits: logits, SequenceBounds(lengths: lengths), words: words, phrases: phrases, weight: weight,
        gradient: gradient ?? logits.zeros))
  }

  /// Different phonemes, adjacent equal ones, a repeated one, and a single one.
  @Test(
    "The score is that of the best path over all segments",
    arguments: [[7, 20], [7, 7], [7, 20, 7], [4, 4, 9], [30]] as [[UInt8]])
  func bestPath(phrase: [UInt8]) {
    for seed: UInt64 in 961...966 {
      var draws = Draws(seed: seed)
      let logits = Self.logits(&draws, rows: 9, [phrase])
      let matches = [0..<5, 5..<9].map { Self.bestMatch(phrase, logits, rows: $0) }
      let found = Self.run(logits, [5, 4], words: [[[[0]]], [[[1]]]], phrases: [phrase])
      let expected = Self.cost(matches.map(\.score).max()!)
      #expect(abs(found - expected) < 1e-5 * (1 + expected), "\(found), expected \(expected), seed \(seed)")
    }
  }

  @Test("The gradient is that of the mean over the phrases, along the best paths", arguments: [968, 969, 970])
  func gradient(seed: UInt64) {
    let phrases: [[UInt8]] = [[7, 20], [4, 4]]
    var draws = Draws(seed: seed)
    let logits = Self.logits(&draws, rows: 7, phrases)
    let words: [[[[UInt8]]]] = [[[[0]]], [[[1]]]]
    let gradient = logits.added {
      _ = Self.run(logits, [4, 3], words: words, phrases: phrases, weight: 0.6, gradient: $0)
    }
    func evaluate() -> Evaluation {
      var open: [Bool] = []
      for row in 0..<7 {
        let values = logits.wide(row)
        open += values.map { $0 == values.max()! }
      }
      for phrase in phrases {
        let matches = [0..<4, 4..<7].map { Self.bestMatch(phrase, logits, rows: $0) }
        let best = matches.max { $0.score < $1.score }!
        for row in 0..<7 {
          let offset = row - best.firstRow
          open += (phrase.map(Int.init) + [Self.blank]).map {
            best.classes.indices.contains(offset) && best.classes[offset] == $0
          }
        }
      }
      return Evaluation(loss: 0.6 * Self.run(logits, [4, 3], words: words, phrases: phrases), open: open)
    }
    GradientCheck(seed: seed, step: 5e-3, evaluate: evaluate).expect("logits", logits, gradient: gradient)
  }

  /// The first utterance contains the phrase 7 20 8: in one word, across words, in a second pronunciation.
  @Test(
    "An utterance that may contain the phrase is skipped",
    arguments: [
      [[[1, 7, 20, 8, 2]]], [[[1, 7]], [[20, 8]]], [[[7]], [[20]], [[8]]], [[[5], [7, 20]], [[3, 8], [8, 3]]],
      [[[7, 7], [1]], [[20, 20], [20]], [[8]]],
    ] as [[[[UInt8]]]])
  func spoken(words: [[[UInt8]]]) {
    let phrase: [UInt8] = [7, 20, 8]
    var draws = Draws(seed: 969)
    let logits = Self.logits(&draws, rows: 8, [phrase])
    for (row, label) in [7, 20, 8].enumerated() { logits[row, label] = 20 }
    let gradient = logits.zeros
    let found = Self.run(logits, [4, 4], words: [words, [[[1, 2, 3]]]], phrases: [phrase], gradient: gradient)
    let expected = Self.cost(Self.bestMatch(phrase, logits, rows: 4..<8).score)
    #expect(abs(found - expected) < 1e-5 * (1 + expected))
    #expect(gradient.values.prefix(4 * 40).allSatisfy { $0 == 0 })
    #expect(gradient.values.suffix(4 * 40).contains { $0 != 0 })
  }

  /// The phonemes in another order, with one in between, in two pronunciations of one word, and only at the end.
  @Test(
    "An utterance with the phrase's phonemes but without the phrase is included",
    arguments: [
      [[[20, 7, 8]]], [[[7, 1, 20, 8]]], [[[7, 20], [8]]], [[[20, 8]]], [[[7, 20]], [[1], [2]], [[8]]],
    ] as [[[[UInt8]]]])
  func notSpoken(words: [[[UInt8]]]) {
    let phrase: [UInt8] = [7, 20, 8]
    var draws = Draws(seed: 970)
    let logits = Self.logits(&draws, rows: 4, [phrase])
    for (row, label) in [7, 20, 8].enumerated() { logits[row, label] = 20 }
    let found = Self.run(logits, [4], words: [words], phrases: [phrase])
    #expect(abs(found - Self.cost(0)) < 1e-5)
  }

  @Test("Adjacent equal phonemes need a blank between them") func equalNeighbours() {
    let logits = Matrix(rows: 3, columns: 40)
    for row in 0..<3 { logits[row, 12] = 9 }
    let pair: [UInt8] = [12, 12]
    // No room for a blank.
    #expect(Self.run(logits, [2, 1], words: [[[[0]]], [[[0]]]], phrases: [pair]) == 0)
    // Nine nats for the blank in the middle, over two phonemes.
    #expect(abs(Self.run(logits, [3], words: [[[[0]]]], phrases: [pair]) - Self.cost(-4.5)) < 1e-5)
    logits[1, Self.blank] = 20
    #expect(abs(Self.run(logits, [3], words: [[[[0]]]], phrases: [pair]) - Self.cost(0)) < 1e-5)
  }

  @Test("If every utterance contains the phrase or is too short for it, there is no loss") func nothingLeft() {
    var draws = Draws(seed: 971)
    let phrase: [UInt8] = [7, 20, 8]
    let logits = Self.logits(&draws, rows: 6, [phrase])
    let gradient = logits.zeros
    let words: [[[[UInt8]]]] = [[[[7, 20, 8]]], [[[1]]]]
    #expect(Self.run(logits, [4, 2], words: words, phrases: [phrase], gradient: gradient) == 0)
    #expect(Self.run(logits, [4, 2], words: words, phrases: [], gradient: gradient) == 0)
    #expect(gradient.values.allSatisfy { $0 == 0 })
  }
}
