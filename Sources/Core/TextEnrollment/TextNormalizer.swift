/// A word as it is said, ready for the lexicon.
public struct NormalizedWord: Equatable, Sendable {
  /// Lower-case letters and apostrophes. One letter with a full stop, `"k."`, is the name of that letter.
  public var spelling: String
  /// Whether the word stood in capitals in a phrase that has small letters too, which suggests an initialism.
  public var isInCapitals: Bool
  /// The parts of a word that was written with capitals inside, "YouTube" as `["you", "tube"]`; otherwise empty.
  public var parts: [String]

  public init(_ spelling: String, isInCapitals: Bool = false, parts: [String] = []) {
    self.spelling = spelling
    self.isInCapitals = isInCapitals
    self.parts = parts
  }

  /// Whether the word is the name of a letter.
  public var isLetterName: Bool { spelling.utf8.count == 2 && spelling.utf8.last == UInt8(ascii: ".") }
}

/// Why a phrase cannot be read. Positions count Unicode scalars of the phrase from 0.
public enum TextNormalizationError: Error, Equatable, Sendable {
  /// The phrase has neither a letter nor a digit.
  case nothingToSay
  /// A letter of another script than Latin; the phrase has to be written as it sounds in English.
  case otherScript(scalar: Unicode.Scalar, position: Int)
  /// A symbol that has no reading, such as an emoji, or a control character.
  case unsupportedCharacter(scalar: Unicode.Scalar, position: Int)
  /// More words than are accepted, after numbers were written out.
  case tooManyWords(count: Int, maximum: Int)
}

/// Turns a typed phrase into the words that are said: "Dr. No, turn on 2 lights" becomes
/// `doctor no turn on two lights`.
///
/// Case and punctuation go, hyphens part words, typographic quotes become plain ones, diacritics of Latin letters are
/// dropped ("café"), numbers become words, common abbreviations are written out, initialisms ("U.S.", "k9") are spelled.
/// Words keep their apostrophes. Allocates freely; nothing here runs while listening.
public enum TextNormalizer {
  /// More words than this are no phrase to wake to.
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

  /// The words joined by spaces, to show the installer what was understood.
  public static func text(of words: [NormalizedWord]) -> String {
    var text = ""
    for word in words {
      if !text.isEmpty { text += " " }
      text += word.spelling
    }
    return text
  }

  /// The phrase in ASCII, case kept, with the symbol bytes of ``LatinFolding``.
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
