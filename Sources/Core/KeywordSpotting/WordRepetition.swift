/// Words that a phrase says twice in a row, such as "hey" in "hey hey computer".
///
/// Speech in which such words are said once must not be taken for the phrase. The search alone does not see to that: one
/// "hey" may be cut into two, at the price of the one or two frames in which the sounds between are missing, and the rest of
/// the phrase makes up for it.
extension PhraseVariantView {
  /// Calls `body` with the phonemes of the second of two equal runs of words that follow each other, for every such pair
  /// whose second run may be left out with a result of its own.
  ///
  /// "one one one" is one pair: whichever run is left out, "one one" is left.
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

  /// Whether the words in `length` phonemes from `start` on are said again right after.
  private func isRepeated(_ start: Int, _ length: Int) -> Bool {
    let end = start + 2 * length
    guard wordInitial[start] != 0, wordInitial[start + length] != 0, end == phonemes.count || wordInitial[end] != 0
    else { return false }
    for index in start..<start + length where phonemes[index] != phonemes[index + length] { return false }
    return true
  }
}
