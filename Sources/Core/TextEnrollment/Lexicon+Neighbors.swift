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
  /// Reads the whole lexicon, which takes a fraction of a second on a small board.
  ///
  /// - Parameter except: words to skip, because they are the phrase.
  public func soundAlikes(of pronunciations: [[UInt8]], except: [String]) -> [SoundAlike] {
    var same: [SoundAlike] = []
    var near: [SoundAlike] = []
    forEachWord { word, ways in
      for excepted in except where excepted.utf8.elementsEqual(word.utf8) { return }
      guard word.utf8.last != UInt8(ascii: ".") else { return }
      var edits = 2
      for way in ways {
        for pronunciation in pronunciations {
          if way == pronunciation {
            edits = 0
          } else if edits > 1 && PhonemeDistance.isWithinOneEdit(way, pronunciation) {
            edits = 1
          }
        }
      }
      if edits == 0 { same.append(SoundAlike(word: word, edits: 0)) }
      if edits == 1 { near.append(SoundAlike(word: word, edits: 1)) }
    }
    return same + near
  }
}
