import Foundation
import KeywordSpotting

/// The false-alarm term. It pushes the streaming score of a phrase below a margin on speech without the phrase.
///
/// The score is that of the matcher: the best path `phoneme, (blank,) phoneme …` through any segment of an utterance,
/// with the value `1/U · Σ_t g[t, state]`, where `g[t, k] = logit[t, k] − max_j logit[t, j]`; at most 0. With `x` the
/// best score over all utterances of the shard that do not contain the phrase, the loss is the mean over the phrases of
/// `1/κ · softplus(κ (x + m))`. A phrase whose best false match costs more than `m` nats per phoneme adds almost
/// nothing.
///
/// | operand | shape |
/// |---|---|
/// | logits | `[T, 40]`, ragged by utterance, class 39 is the blank |
/// | phrases | phoneme sequences, classes 0…38 |
///
/// The gradient treats the path as constant, as is usual for a maximum.
public final class RunningSpeechPenalty {
  /// `m`, in nats per phoneme.
  public static let margin: Float = 2
  /// `κ`.
  public static let sharpness: Float = 2
  private var scores: [Float] = []
  /// The transition into each state in each frame.
  private var steps: [UInt8] = []
  private let ratios = Matrix()
  /// The most probable class of each frame.
  private var best: [UInt8] = []

  /// Creates an instance for one worker.
  public init() {}

  /// The best match of one phrase, with a state for each of its frames.
  struct Path: Equatable {
    var score: Float
    var firstRow: Int
    /// Classes of consecutive rows from `firstRow`.
    var classes: [UInt8]
  }

  /// Adds `weight` times the gradient.
  /// - Parameters:
  ///   - words: `[utterance][word][variant][phoneme]`. Utterances that may contain the phrase are skipped.
  /// - Returns: the loss before weighting; 0 if no utterance qualifies.
  public func accumulate(
    logits: Matrix, _ bounds: SequenceBounds, words: [[[[UInt8]]]], phrases: [[UInt8]], weight: Float, gradient: Matrix
  ) -> Float {
    prepare(logits)
    var loss: Float = 0
    let share = 1 / Float(max(phrases.count, 1))
    for phrase in phrases {
      var found: Path?
      for utterance in 0..<bounds.count where !Self.says(words[utterance], phrase) {
        let rows = bounds.starts[utterance]..<bounds.starts[utterance + 1]
        if let path = bestPath(phrase, rows: rows, above: found?.score ?? -.infinity) { found = path }
      }
      guard let found else { continue }
      let x = Self.sharpness * (found.score + Self.margin)
      loss += share / Self.sharpness * (x > 0 ? x + log1pf(expf(-x)) : log1pf(expf(x)))
      let byFrame = weight * share / (1 + expf(-x)) / Float(phrase.count)
      for (offset, label) in found.classes.enumerated() {
        let row = found.firstRow + offset
        gradient[row, Int(label)] += byFrame
        gradient[row, Int(best[row])] -= byFrame
      }
    }
    return loss
  }

  /// Computes the log ratios of every frame to its best class.
  func prepare(_ logits: Matrix) {
    ratios.reshape(rows: logits.rows, columns: logits.columns)
    best = [UInt8](repeating: 0, count: logits.rows)
    for row in 0..<logits.rows {
      let source = logits.row(row)
      var winner = 0
      for index in 1..<logits.columns where source[index] > source[winner] { winner = index }
      best[row] = UInt8(winner)
      for index in 0..<logits.columns { ratios[row, index] = source[index] - source[winner] }
    }
  }

  /// Whether some choice of variants contains `phrase` without a gap. The phrase may begin and end inside words.
  ///
  /// All variants count, because only the alignment determines the spoken one, and only approximately.
  /// - Precondition: `phrase` has 1 ... 64 phonemes.
  /// - Reference: Baeza-Yates and Gonnet 1992, *A new approach to text searching* (Shift-And).
  static func says(_ words: [[[UInt8]]], _ phrase: [UInt8]) -> Bool {
    precondition(1...64 ~= phrase.count, "a phrase needs 1 to 64 phonemes")
    var positions = [UInt64](repeating: 0, count: Phoneme.count)
    for (position, phoneme) in phrase.enumerated() { positions[Int(phoneme)] |= 1 << UInt64(position) }
    let last: UInt64 = 1 << UInt64(phrase.count - 1)
    // Bit k: the first k + 1 phonemes of the phrase end at the current position.
    var before: UInt64 = 0
    for word in words {
      var after: UInt64 = 0
      for variant in word {
        var matched = before
        for phoneme in variant {
          matched = (matched << 1 | 1) & positions[Int(phoneme)]
          if matched & last != 0 { return true }
        }
        after |= matched
      }
      before = after
    }
    return false
  }

  /// The best path of a phrase within rows, if its score exceeds a value.
  ///
  /// States are `phoneme 0, blank, phoneme 1, …, phoneme U − 1`. The blank between two different phonemes is optional.
  func bestPath(_ phrase: [UInt8], rows: Range<Int>, above least: Float) -> Path? {
    let states = 2 * phrase.count - 1
    guard rows.count >= phrase.count else { return nil }
    func label(_ state: Int) -> Int { state % 2 == 0 ? Int(phrase[state / 2]) : Int(Phoneme.blankIndex) }
    scores = [Float](repeating: -.infinity, count: states)
    steps = [UInt8](repeating: 0, count: rows.count * states)
    var bestScore = least * Float(phrase.count)
    var end = -1
    for (frame, row) in rows.enumerated() {
      let ratio = ratios.row(row)
      for state in stride(from: states - 1, through: 0, by: -1) {
        // 0 stays, 1 and 2 come from one and two states before, 3 begins the phrase in this frame.
        var value = scores[state]
        var step: UInt8 = 0
        if state > 0, scores[state - 1] > value { (value, step) = (scores[state - 1], 1) }
        if state > 1, state % 2 == 0, phrase[state / 2] != phrase[state / 2 - 1], scores[state - 2] > value {
          (value, step) = (scores[state - 2], 2)
        }
        if state == 0, value < 0 { (value, step) = (0, 3) }
        scores[state] = value + ratio[label(state)]
        steps[frame * states + state] = step
      }
      if scores[states - 1] > bestScore { (bestScore, end) = (scores[states - 1], frame) }
    }
    guard end >= 0 else { return nil }
    var classes: [UInt8] = []
    var state = states - 1
    var frame = end
    while true {
      classes.append(UInt8(label(state)))
      let step = steps[frame * states + state]
      if step == 3 { break }
      state -= Int(step)
      frame -= 1
    }
    return Path(
      score: bestScore / Float(phrase.count), firstRow: rows.lowerBound + frame, classes: classes.reversed())
  }
}
