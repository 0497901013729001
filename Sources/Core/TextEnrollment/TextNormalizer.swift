import KeywordSpotting

/// A word as it is said, ready for the lexicon.
public struct NormalizedWord: Hashable, Sendable {
  /// Lower-case letters and apostrophes. One letter with a full stop, `"k."`, is the name of that letter.
  public var spelling: String
  /// Whether the word is in capitals in a phrase that also has small letters, or by itself, which suggests an initialism.
  public var isInCapitals = false
  /// Whether the word begins with a capital, which suggests a name.
  public var isCapitalized = false
  /// Whether a number is before or after the word without a space, as in "MI6".
  public var isBesideNumber = false
  /// Whether a hyphen joins the word to the next one, as in "Wi-Fi".
  public var isJoinedToNext = false
  /// The parts of a word with capitals inside, "YouTube" as `["you", "tube"]`; otherwise empty. Parts of several
  /// capitals stay in capitals: "ChatGPT" is `["chat", "GPT"]`.
  public var parts: [String] = []

  /// Creates a word.
  public init(_ spelling: String) { self.spelling = spelling }

  /// Whether the word is the name of a letter.
  public var isLetterName: Bool { spelling.utf8.count == 2 && spelling.utf8.last == UInt8(ascii: ".") }
}

/// The reason why a phrase cannot be read. Positions count Unicode scalars of the phrase from 0.
public enum TextNormalizationError: Error, Equatable, Sendable {
  /// The phrase has neither a letter nor a digit.
  case nothingToSay
  /// A letter of a script other than Latin. Write the phrase as it sounds in English.
  case otherScript(scalar: Unicode.Scalar, position: Int)
  /// A symbol without a reading, such as an emoji, or a control character.
  case unsupportedCharacter(scalar: Unicode.Scalar, position: Int)
  /// Too many words, after numbers were written out.
  case tooManyWords(count: Int, maximum: Int)
}

/// Turns a typed phrase into the words that are said: "Dr. No, turn on 2 lights" becomes
/// `doctor no turn on two lights`.
///
/// Removes case and punctuation, splits words at hyphens, makes typographic forms of letters and punctuation plain, drops
/// the diacritics of Latin letters ("café"), writes out numbers, symbols and common abbreviations, and spells initialisms
/// ("U.S.", "k9"). Words keep their apostrophes. Where a part can be said in several ways, "911", all are given.
/// Allocates; not used during detection.
public enum TextNormalizer {
  /// The maximum number of words of a phrase.
  public static let maximumWordCount = 12

  /// The words of a phrase in its most plausible reading.
  ///
  /// - Parameter maximumWordCount: pass `Int.max` for running text.
  /// - Throws: ``TextNormalizationError``.
  public static func words(
    of phrase: String, maximumWordCount: Int = TextNormalizer.maximumWordCount
  ) throws(TextNormalizationError) -> [NormalizedWord] {
    var words: [NormalizedWord] = []
    for part in try parts(of: phrase) { words += part[0] }
    guard words.count <= maximumWordCount else {
      throw .tooManyWords(count: words.count, maximum: maximumWordCount)
    }
    return words
  }

  /// The parts of a phrase in order, each with the ways to say it, the most plausible first. At least one part has words.
  ///
  /// - Throws: ``TextNormalizationError``, but not for the number of words.
  public static func parts(of phrase: String) throws(TextNormalizationError) -> [[[NormalizedWord]]] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(phrase.utf8.count)
    var characters = FoldedText(phrase)
    while let character = characters.next() {
      switch character {
      case .byte(let byte): bytes.append(byte)
      case .unfolded(let scalar, let isOtherScript):
        throw isOtherScript
          ? .otherScript(scalar: scalar, position: characters.position)
          : .unsupportedCharacter(scalar: scalar, position: characters.position)
      }
    }
    var tokenizer = TextTokenizer(bytes)
    tokenizer.scan()
    var isSaid = false
    for part in tokenizer.parts where !part[0].isEmpty { isSaid = true }
    guard isSaid else { throw .nothingToSay }
    return tokenizer.parts
  }

  /// The words joined by spaces, to show how the phrase was interpreted.
  public static func text(of words: [NormalizedWord]) -> String {
    var text = ""
    for word in words {
      if !text.isEmpty { text += " " }
      text += word.spelling
    }
    return text
  }
}
