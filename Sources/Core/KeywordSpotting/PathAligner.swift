/// Finds the best path of one phrase through a clip, state by state. The plain form of ``PhraseMatcher``.
///
/// Memory is reused from call to call and grows with the longest phrase. Use from one thread at a time.
package struct PathAligner {
  /// The best path through a whole clip.
  package struct WholeClip: Equatable {
    /// Σ g over all frames, in nepers.
    package var score: Float
    /// The smallest Σ g of one phoneme, including the blanks before the next phoneme, in nepers.
    package var minimumRatio: Float
  }

  private struct Token {
    var score: Float = -.infinity
    var startFrame = 0
    var current: Float = 0
    var minimum: Float = .infinity
    /// Consecutive frames in this blank.
    var dwell = 0
  }

  /// Blank, phoneme 0, blank, phoneme 1, … phoneme U−1, blank.
  private var tokens: [Token] = []

  /// Creates an aligner without memory; the first call allocates it.
  package init() {}

  /// The best path, which can start and end anywhere: the one with the largest s = V / U, and the earliest of equal
  /// ones.
  ///
  /// - Parameter ratios: `[frameCount, 40]` g of every class.
  /// - Returns: `nil` if the clip is too short for the phrase.
  package mutating func bestPath(
    _ phonemes: [UInt8], ratios: UnsafePointer<Float>, frameCount: Int, longestPauseFrames: Int
  ) -> PhraseMatcher.Peak? {
    let lastState = prepare(phonemes)
    var best: PhraseMatcher.Peak?
    for frame in 0..<frameCount {
      // A path about to start waits in the first blank at no cost.
      tokens[0] = Token(score: 0, startFrame: frame, current: .infinity)
      advance(
        phonemes, ratios + frame * Phoneme.classCount, states: 1...lastState, longestPauseFrames: longestPauseFrames)
      let last = tokens[lastState]
      let score = last.score / Float(phonemes.count)
      if score > best?.score ?? -.infinity {
        best = PhraseMatcher.Peak(
          variantIndex: 0, score: score, minimumRatio: min(last.minimum, last.current),
          startFrame: Int64(last.startFrame), endFrame: Int64(frame))
      }
    }
    return best
  }

  /// The best path that covers every frame, with blanks before the first phoneme and after the last one if needed.
  ///
  /// The score includes the blanks at both ends. No phoneme's ratio does.
  ///
  /// - Parameter ratios: `[frameCount, 40]` g of every class.
  /// - Returns: `nil` if the clip is too short for the phrase.
  package mutating func wholeClip(
    _ phonemes: [UInt8], ratios: UnsafePointer<Float>, frameCount: Int
  ) -> WholeClip? {
    let lastState = prepare(phonemes)
    for frame in 0..<frameCount {
      let frameRatios = ratios + frame * Phoneme.classCount
      // Before the first frame, a path about to start; afterwards, the path of blanks only.
      if frame == 0 { tokens[0] = Token(score: 0, current: .infinity) }
      advance(phonemes, frameRatios, states: 1...lastState + 1, longestPauseFrames: .max)
      tokens[0].score += frameRatios[Phoneme.blankIndex]
    }
    let last = tokens[lastState].score >= tokens[lastState + 1].score ? tokens[lastState] : tokens[lastState + 1]
    guard last.score > -.infinity else { return nil }
    return WholeClip(score: last.score, minimumRatio: min(last.minimum, last.current))
  }

  /// Removes all tokens. Returns the state of the last phoneme.
  private mutating func prepare(_ phonemes: [UInt8]) -> Int {
    let stateCount = 2 * phonemes.count + 1
    if tokens.count < stateCount { tokens.reserveCapacity(stateCount) }
    while tokens.count < stateCount { tokens.append(Token()) }
    for state in 0..<stateCount { tokens[state] = Token() }
    return stateCount - 2
  }

  /// Advances the tokens of the given states by one frame, last state first: each state reads earlier states of the
  /// previous frame.
  private mutating func advance(
    _ phonemes: [UInt8], _ ratios: UnsafePointer<Float>, states: ClosedRange<Int>, longestPauseFrames: Int
  ) {
    let blankRatio = ratios[Phoneme.blankIndex]
    var state = states.upperBound
    while state >= states.lowerBound {
      let index = state / 2
      if state % 2 == 0 {
        var token = tokens[state]
        if token.dwell >= longestPauseFrames { token.score = -.infinity }
        if tokens[state - 1].score >= token.score {
          token = tokens[state - 1]
          token.dwell = 0
        }
        token.dwell += 1
        token.score += blankRatio
        // The blank after the last phoneme is not between two phonemes.
        if index < phonemes.count { token.current += blankRatio }
        tokens[state] = token
      } else {
        let ratio = ratios[Int(phonemes[index])]
        var entering = tokens[state - 1]
        if index > 0, phonemes[index] != phonemes[index - 1], tokens[state - 2].score >= entering.score {
          entering = tokens[state - 2]
        }
        if tokens[state].score >= entering.score {
          tokens[state].score += ratio
          tokens[state].current += ratio
        } else {
          tokens[state] = Token(
            score: entering.score + ratio, startFrame: entering.startFrame, current: ratio,
            minimum: min(entering.minimum, entering.current))
        }
      }
      state -= 1
    }
  }
}
