import CoreMemory

/// Prevents a word that is said once from matching twice.
///
/// A phrase with a repeated word, "hey hey computer", has a *rival* for each repetition: the phrase without the second
/// occurrence, "hey computer". A path of the phrase with score V counts only if the second occurrence costs little
/// compared with V′ of the rival's best path that ends within it:
///
/// ```text
/// V ≥ V′ + κ (min(n, 2) + g)    κ: floor of a further phoneme (below 0), n: number of phonemes of the repeated words
/// ```
///
/// g is 1 if these words begin and end with the same of several phonemes, as "nine" in "nine nine", and else 0: people then
/// say one long sound where the two occurrences meet.
///
/// If the word was said twice, the second occurrence matches about as well as the first. If it was said once, the
/// search splits it or looks for the second in later sounds. The missing sounds cost more than that, however well the
/// rest of the phrase matches.
///
/// All memory is taken in `init`. Everything else is real-time safe. Use from one thread at a time.
struct RepetitionRivals: ~Copyable {
  private struct Rival {
    /// Position of the last phoneme among the tokens of the matcher.
    var lastPosition: Int
    var phraseIndex: Int
    /// The lowest score of a match.
    var scoreFloor: Float
    /// κ (min(n, 2) + g)
    var margin: Float
    /// V′ of the best recent path.
    var score: Float = -.infinity
    /// The last frame of that path.
    var endFrame: Int64 = -1
  }

  let count: Int
  private let candidateFloor: Float
  private let furtherPhonemeFloor: Float
  private var enteredCount = 0
  /// `[count]`, grouped by phrase.
  private let rivals: UnsafeMutablePointer<Rival>

  init(count: Int, configuration: SpotterConfiguration, in workspace: inout Workspace) {
    self.count = count
    candidateFloor = configuration.candidateFloor
    furtherPhonemeFloor = configuration.furtherPhonemeFloor
    rivals = workspace.take(count, of: Rival.self)
  }

  /// Adds the next rival.
  ///
  /// - Parameters:
  ///   - lastPosition: position of its last phoneme among the tokens of the matcher.
  ///   - repeatedCount: n.
  ///   - meetInOneSound: whether g is 1.
  mutating func append(
    lastPosition: Int, phraseIndex: Int, phonemeCount: Int, repeatedCount: Int, meetInOneSound: Bool
  ) {
    let missing = min(repeatedCount, 2) + (meetInOneSound ? 1 : 0)
    (rivals + enteredCount).initialize(
      to: Rival(
        lastPosition: lastPosition, phraseIndex: phraseIndex, scoreFloor: candidateFloor * Float(phonemeCount),
        margin: furtherPhonemeFloor * Float(missing)))
    enteredCount += 1
  }

  /// The rivals of a phrase.
  func range(ofPhrase phraseIndex: Int) -> Range<Int> {
    var first = 0
    while first < count && rivals[first].phraseIndex < phraseIndex { first += 1 }
    var end = first
    while end < count && rivals[end].phraseIndex == phraseIndex { end += 1 }
    return first..<end
  }

  /// Resets the stream.
  func reset() {
    for index in 0..<count {
      rivals[index].score = -.infinity
      rivals[index].endFrame = -1
    }
  }

  /// Processes the tokens at a frame.
  func step(_ phonemes: borrowing MatcherTokens, frame: Int64) {
    var index = 0
    while index < count {
      let rival = rivals + index
      let score = phonemes.score[rival.pointee.lastPosition]
      let start = frame &- Int64(phonemes.age[rival.pointee.lastPosition]) &+ 1
      // A better path, or the first path of another utterance.
      if score >= rival.pointee.score || (start > rival.pointee.endFrame && score >= rival.pointee.scoreFloor) {
        rival.pointee.score = score
        rival.pointee.endFrame = frame
      }
      index &+= 1
    }
  }

  /// Whether a path from `startFrame` to the latest frame passes the test of the given rivals.
  func allow(score: Float, startFrame: Int64, rivals range: Range<Int>) -> Bool {
    var index = range.lowerBound
    while index < range.upperBound {
      let rival = rivals[index]
      if rival.endFrame >= startFrame, score < rival.score + rival.margin { return false }
      index &+= 1
    }
    return true
  }
}
