import CoreMemory

/// Keeps a word that is said once from being matched twice.
///
/// A phrase with a repeated word, "hey hey computer", has a *rival* for each repetition: the phrase without the second of the two,
/// "hey computer". A path of the phrase with the score V counts only where the second word costs it little beside the rival's
/// best path V′ that ends within it:
///
/// ```text
/// V ≥ V′ + κ min(n, 2)          κ the candidate floor a phoneme (below 0), n the phonemes of the repeated words
/// ```
///
/// Where the word was said twice, the second one matches about as well as the first. Where it was said once, it is cut into two
/// or looked for in what follows, and the sounds that are missing cost more than that, however well the rest of the phrase matches.
///
/// All memory is taken by `init`; everything else is real-time safe. One thread at a time.
struct RepetitionRivals: ~Copyable {
  private struct Rival {
    /// Position of the last phoneme among the matcher's tokens.
    var lastPosition: Int
    var phraseIndex: Int
    /// The score below which a path is no match.
    var scoreFloor: Float
    /// κ min(n, 2)
    var margin: Float
    /// V′ of the best path lately, and the frame of its end.
    var score: Float = -.infinity
    var endFrame: Int64 = -1
  }

  let count: Int
  private let candidateFloor: Float
  private var enteredCount = 0
  /// `[count]`, those of a phrase one after the other.
  private let rivals: UnsafeMutablePointer<Rival>

  init(count: Int, candidateFloor: Float, in workspace: inout Workspace) {
    self.count = count
    self.candidateFloor = candidateFloor
    rivals = workspace.take(count, of: Rival.self)
  }

  /// Adds the next rival.
  ///
  /// - Parameters:
  ///   - lastPosition: of its last phoneme among the matcher's tokens.
  ///   - repeatedCount: n.
  mutating func append(lastPosition: Int, phraseIndex: Int, phonemeCount: Int, repeatedCount: Int) {
    (rivals + enteredCount).initialize(
      to: Rival(
        lastPosition: lastPosition, phraseIndex: phraseIndex, scoreFloor: candidateFloor * Float(phonemeCount),
        margin: candidateFloor * Float(min(repeatedCount, 2))))
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

  /// Forgets the stream.
  func reset() {
    for index in 0..<count {
      rivals[index].score = -.infinity
      rivals[index].endFrame = -1
    }
  }

  /// Takes in the tokens at a frame.
  func step(_ phonemes: borrowing MatcherTokens, frame: Int64) {
    var index = 0
    while index < count {
      let rival = rivals + index
      let score = phonemes.score[rival.pointee.lastPosition]
      let start = frame &- Int64(phonemes.age[rival.pointee.lastPosition]) &+ 1
      // A better path, or the first one of another utterance.
      if score >= rival.pointee.score || (start > rival.pointee.endFrame && score >= rival.pointee.scoreFloor) {
        rival.pointee.score = score
        rival.pointee.endFrame = frame
      }
      index &+= 1
    }
  }

  /// Whether a path that begins at a frame and ends at the last one stepped counts beside the rivals given.
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
