/// A word that sounds like a phrase.
public struct SoundAlike: Equatable, Sendable {
  /// The word, in lower case.
  public var word: String
  /// Phonemes in which the two differ, 0 or 1.
  public var edits: Int

  /// Creates a value from its members.
  public init(word: String, edits: Int) {
    self.word = word
    self.edits = edits
  }
}

extension Lexicon {
  /// The words that differ from one of the pronunciations in at most one phoneme, nearest first, then in lexicon order.
  ///
  /// Reads about a quarter of the lexicon, which takes a fraction of a second on a small board.
  ///
  /// - Parameter except: words to skip, because they are the phrase.
  public func soundAlikes(of pronunciations: [[UInt8]], except: [String]) -> [SoundAlike] {
    var same: [SoundAlike] = []
    var near: [SoundAlike] = []
    forEachEntry(nearAnyOf: pronunciations) { entry in
      let edits = entry.edits(from: pronunciations)
      guard edits < 2 else { return }
      let word = entry.word
      for excepted in except where excepted.utf8.elementsEqual(word.utf8) { return }
      guard word.utf8.last != UInt8(ascii: ".") else { return }
      if edits == 0 { same.append(SoundAlike(word: word, edits: 0)) }
      if edits == 1 { near.append(SoundAlike(word: word, edits: 1)) }
    }
    return same + near
  }
}

extension LexiconBlockReader {
  /// The least number of edits between a pronunciation of the word and one of `others`; 2 stands for more than 1.
  func edits(from others: [[UInt8]]) -> Int {
    var least = 2
    for index in 0..<pronunciationCount {
      let way = pronunciation(index)
      for other in others where abs(other.count - way.count) <= 1 {
        other.withUnsafeBufferPointer { other in
          if least > 1 && PhonemeDistance.isWithinOneEdit(way, other) { least = 1 }
          if way.elementsEqual(other) { least = 0 }
        }
      }
    }
    return least
  }
}
