/// A word as it is said, ready for the lexicon.
public struct NormalizedWord: Equatable, Sendable {
  /// Lower-case letters and apostrophes. One letter with a full stop, `"k."`, is the name of that letter.
  public var spelling: String
  /// Whether the word is in capitals in a phrase that also has small letters, which suggests an initialism.
  public var isInCapitals: Bool
  /// The parts of a word with capitals inside, "YouTube" as `["you", "tube"]`; otherwise empty.
  public var parts: [String]

  /// Creates a word from its members.
  public init(_ spelling: String, isInCapitals: Bool = false, parts: [String] = []) {
    self.spelling = spelling
    self.isInCapitals = isInCapitals
    self.parts = parts
  }

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
/// Removes case and punctuation, splits words at hyphens, converts typographic quotes to plain ones, drops the
/// diacritics of Latin letters ("café"), writes out numbers and common abbreviations, and spells initialisms ("U.S.",
/// "k9"). Words keep their apostrophes. Allocates; not used during detection.
public enum TextNormalizer {
  /// The maximum number of words of a phrase.
  public static let maximumWordCount = 12

  /// The words of a phrase.
  ///
  /// - Parameter maximumWordCount: pass `Int.max` for running text.
  /// - Throws: ``TextNormalizationError``.
  public static func words(
    of phrase: String, maximumWordCount: Int = TextNormalizer.maximumWordCount
  ) throws(TextNormalizationError) -> [NormalizedWord] {
    var scanner = TextTokenizer(try asciiBytes(of: phrase))
    let words = scanner.scan()
    guard !words.isEmpty else { throw .nothingToSay }
    guard words.count <= maximumWordCount else {
      throw .tooManyWords(count: words.count, maximum: maximumWordCount)
    }
    return words
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

  /// The phrase in ASCII, with its case and with the symbol bytes of ``LatinFolding``.
  private static func asciiBytes(of phrase: String) throws(TextNormalizationError) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(phrase.utf8.count)
    var position = 0
    for scalar in phrase.unicodeScalars {
      switch LatinFolding.fold(scalar.value) {
      case .ascii(let first, let second):
        bytes.append(first)
        if second != 0 { bytes.append(second) }
      case .dropped: break
      case .otherScript: throw .otherScript(scalar: scalar, position: position)
      case .unsupported: throw .unsupportedCharacter(scalar: scalar, position: position)
      }
      position += 1
    }
    return bytes
  }
}
