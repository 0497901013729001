import KeywordSpotting

/// A phrase as phonemes with word boundaries.
public struct PhonemeSequence: Equatable, Sendable {
  /// Raw values of ``KeywordSpotting/Phoneme``.
  public var phonemes: [UInt8]
  /// Whether each phoneme begins a word.
  public var wordInitial: [Bool]

  /// Concatenates the phonemes of words.
  public init(words: [[UInt8]]) {
    phonemes = []
    wordInitial = []
    for word in words { append(word: word) }
  }

  /// Adds a word at the end.
  public mutating func append(word: [UInt8]) {
    for (index, phoneme) in word.enumerated() {
      phonemes.append(phoneme)
      wordInitial.append(index == 0)
    }
  }

  /// The sequence as you would type it: `HH EY . K AH M P Y UW T ER`.
  public var arpabet: String { PhonemeSequence.arpabet(phonemes: phonemes, wordInitial: wordInitial) }

  /// Phonemes and word boundaries as you would type them.
  public static func arpabet(phonemes: [UInt8], wordInitial: [Bool]) -> String {
    var text = ""
    for (index, phoneme) in phonemes.enumerated() {
      if index > 0 { text += wordInitial[index] ? " . " : " " }
      text += Phoneme(rawValue: phoneme)?.arpabet ?? "?"
    }
    return text
  }
}
