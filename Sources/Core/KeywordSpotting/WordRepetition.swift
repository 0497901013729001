/// Words that a phrase repeats directly, such as "hey" in "hey hey computer".
///
/// If such words are said only once, the phrase must not be detected. The search alone does not ensure this: it can
/// split one "hey" into two at the cost of one or two frames in which the sounds between are missing, and the rest of
/// the phrase compensates for that.
extension PhraseVariantView {
  /// Calls `body` with the phoneme range of the second of two equal adjacent runs of words, for every such pair whose
  /// omission gives a different result.
  ///
  /// "one one one" is one pair: without either run, "one one" remains.
  func forEachRepetition(_ body: (Range<Int>) -> Void) {
    guard wordInitial.count == phonemes.count else { return }
    for start in phonemes.indices where wordInitial[start] != 0 {
      var length = 1
      while start + 2 * length <= phonemes.count {
        if isRepeated(start, length), start < length || !isRepeated(start - length, length) {
          body(start + length..<start + 2 * length)
        }
        length += 1
      }
    }
  }

  /// Whether the words in the `length` phonemes from `start` are repeated right after them.
  private func isRepeated(_ start: Int, _ length: Int) -> Bool {
    let end = start + 2 * length
    guard wordInitial[start] != 0, wordInitial[start + length] != 0, end == phonemes.count || wordInitial[end] != 0
    else { return false }
    for index in start..<start + length where phonemes[index] != phonemes[index + length] { return false }
    return true
  }
}
