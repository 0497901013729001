import KeywordSpotting

/// The reason why a typed pronunciation cannot be read. Positions count UTF-8 bytes of the text from 0.
public enum TypedPronunciationError: Error, Equatable, Sendable {
  /// There is no phoneme.
  case empty
  /// A symbol that is not a phoneme, its position, and the nearest phonemes, the most likely first.
  case unknownPhoneme(symbol: String, position: Int, nearest: [Phoneme])
}

/// Reads a typed pronunciation: ARPAbet names in any case, separated by spaces. Stress digits are accepted and ignored.
/// Words are separated by `.` or `|`.
public enum TypedPronunciation {
  /// The words of a pronunciation, each as raw values of ``KeywordSpotting/Phoneme``.
  ///
  /// - Throws: ``TypedPronunciationError``.
  public static func words(of text: String) throws(TypedPronunciationError) -> [[UInt8]] {
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

  private static func nearest(to symbol: [UInt8]) -> [Phoneme] {
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
