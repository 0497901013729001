import KeywordSpotting

/// The reason why a typed pronunciation cannot be read.
public enum TypedPronunciationError: Error, Equatable, Sendable {
  /// There is no phoneme.
  case empty
  /// A symbol that stands for no phoneme, its position in Unicode scalars of the text from 0, and the nearest phonemes,
  /// the most likely first; none if nothing is near.
  case unknownPhoneme(symbol: String, position: Int, nearest: [Phoneme])
  /// More ways to say a phrase than it can have.
  case tooManyWays(count: Int, maximum: Int)
}

/// Reads a typed pronunciation, in ARPAbet or in the International Phonetic Alphabet (``PhoneticAlphabet``).
///
/// ARPAbet names are in any case and separated by spaces. Stress digits are accepted and ignored. Words are separated by
/// `.` or `|`.
public enum TypedPronunciation {
  /// The words of a pronunciation, each as raw values of ``KeywordSpotting/Phoneme``.
  ///
  /// - Throws: ``TypedPronunciationError``.
  public static func words(of text: String) throws(TypedPronunciationError) -> [[UInt8]] {
    if PhoneticAlphabet.isUsed(in: text) { return try PhoneticAlphabet.words(of: text) }
    var words: [[UInt8]] = [[]]
    var symbol: [UInt8] = []
    var symbolStart = 0
    var position = 0
    for byte in text.utf8 {
      let partsWords = byte == UInt8(ascii: ".") || byte == UInt8(ascii: "|")
      if partsWords || byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D {
        try append(symbol, startingAt: symbolStart, to: &words)
        symbol = []
        if partsWords && !words[words.count - 1].isEmpty { words.append([]) }
      } else {
        if symbol.isEmpty { symbolStart = position }
        symbol.append(byte)
      }
      position += 1
    }
    try append(symbol, startingAt: symbolStart, to: &words)
    if words[words.count - 1].isEmpty { words.removeLast() }
    guard !words.isEmpty else { throw .empty }
    return words
  }

  /// Splits several ways to say a phrase at line ends and commas that are not in quotation marks; blank ones are
  /// dropped. A way in quotation marks is spelled as it sounds (``Respelling``).
  package static func ways(of text: String) -> [String] {
    var ways: [String] = []
    var way = String.UnicodeScalarView()
    var isQuoted = false
    var isBlank = true
    for scalar in text.unicodeScalars {
      if isQuotationMark(scalar) { isQuoted.toggle() }
      if !isQuoted, scalar == "," || scalar == "\n" {
        if !isBlank { ways.append(String(way)) }
        way = String.UnicodeScalarView()
        isBlank = true
      } else if !isBlank || (scalar != " " && scalar != "\t" && scalar != "\r") {
        way.append(scalar)
        isBlank = false
      }
    }
    if !isBlank { ways.append(String(way)) }
    return ways
  }

  /// Whether a way to say a phrase is in quotation marks.
  package static func isSpelled(_ way: String) -> Bool { way.unicodeScalars.first.map(isQuotationMark) ?? false }

  /// Straight and typographic quotation marks; a phone's keyboard replaces one by the other.
  static func isQuotationMark(_ scalar: Unicode.Scalar) -> Bool {
    scalar == "\"" || (scalar.value >= 0x201C && scalar.value <= 0x201F)
  }

  private static func append(
    _ symbol: [UInt8], startingAt position: Int, to words: inout [[UInt8]]
  ) throws(TypedPronunciationError) {
    guard !symbol.isEmpty else { return }
    guard let phoneme = symbol.withUnsafeBufferPointer({ Phoneme(arpabetBytes: $0) }) else {
      throw .unknownPhoneme(
        symbol: String(decoding: symbol, as: UTF8.self), position: position, nearest: nearest(to: symbol))
    }
    words[words.count - 1].append(phoneme.rawValue)
  }

  // Symbols of larger ARPAbet sets and common mistakes, with their nearest phonemes here.
  private static let kin: [(String, [Phoneme])] = [
    ("AX", [.ah]), ("AXR", [.er]), ("IX", [.ih]), ("UX", [.uw]), ("DX", [.t, .d]), ("NX", [.n]), ("HV", [.hh]),
    ("H", [.hh]), ("J", [.jh, .y]), ("C", [.k, .s, .ch]), ("Q", [.k]), ("X", [.k, .s]), ("A", [.ae, .ey, .aa]),
    ("E", [.eh, .iy]), ("I", [.ih, .ay]), ("O", [.ow, .aa]), ("U", [.ah, .uw]), ("EL", [.l]), ("EM", [.m]),
    ("EN", [.n]), ("ENG", [.ng]), ("OO", [.uw, .uh]), ("EE", [.iy]), ("OH", [.ow]),
  ]

  static func nearest(to symbol: [UInt8]) -> [Phoneme] {
    var letters: [UInt8] = []
    for byte in symbol where byte < 0x30 || byte > 0x39 {
      letters.append(byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "z") ? byte - 0x20 : byte)
    }
    for (name, phonemes) in kin where name.utf8.elementsEqual(letters) { return phonemes }
    // Of equally near names, those with the same first letter come first.
    var nearest: [Phoneme] = []
    var sharingCount = 0
    var least = Int.max
    for phoneme in Phoneme.allCases {
      let name = Array(phoneme.arpabet.utf8)
      let distance = PhonemeDistance.edits(letters, name)
      if distance < least {
        nearest = []
        sharingCount = 0
      }
      least = min(least, distance)
      guard distance == least else { continue }
      if name.first == letters.first {
        nearest.insert(phoneme, at: sharingCount)
        sharingCount += 1
      } else {
        nearest.append(phoneme)
      }
    }
    return Array(nearest.prefix(3))
  }
}
