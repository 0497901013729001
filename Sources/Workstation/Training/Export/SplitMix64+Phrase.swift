import SeededRandom

extension SplitMix64 {
  /// Draws a phrase of one to four consecutive words.
  ///
  /// - Parameter wordCount: the number of words of the utterance.
  /// - Returns: the indices of the words; nil if the utterance has fewer words than were drawn.
  mutating func nextPhrase(wordCount: Int) -> Range<Int>? {
    let length = 1 + nextIndex(4)
    guard wordCount >= length else { return nil }
    let first = nextIndex(wordCount - length + 1)
    return first..<first + length
  }
}
