import KeywordSpotting

/// Reads the International Phonetic Alphabet as dictionaries of English use it.
///
/// Each symbol becomes the nearest of the 39 phonemes: British vowels too (`ɒ` AA, `əʊ` OW, `ɪə` IH R), and the sounds
/// of other languages that English speakers replace (`x` K, `y` UW). Slashes, brackets, stress, syllable, tie and most
/// length marks have no effect, but a mark between two symbols prevents that they are read as one: `t.ʃ` is T SH.
package enum PhoneticAlphabet {
  /// Whether a pronunciation is written in this alphabet: in slashes or brackets, or with a character beyond ASCII.
  package static func isUsed(in text: String) -> Bool {
    text.utf8.contains { $0 >= 0x80 || $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "[") }
  }

  /// The usual symbol of a phoneme.
  package static func symbol(of phoneme: Phoneme) -> String { symbols.spelling(of: phoneme) }

  /// The words of a pronunciation, each as raw values of ``KeywordSpotting/Phoneme``.
  ///
  /// Spaces and `|` separate words. If spaces leave a word without a vowel, they separate phonemes, and `.` and `|`
  /// separate words.
  ///
  /// - Throws: ``TypedPronunciationError``.
  static func words(of text: String) throws(TypedPronunciationError) -> [[UInt8]] {
    let (bytes, positions) = canonical(text)
    var sounds: [UInt8] = []
    var previous: UInt8?
    var index = 0
    while index < bytes.count {
      let byte = bytes[index]
      if byte <= lastMark {
        if byte == space || byte == bar { previous = nil }
        if byte != stress { sounds.append(byte + UInt8(Phoneme.count)) }
        index += 1
      } else if byte == UInt8(ascii: ":") {
        index += 1
      } else if let (length, phonemes) = symbols.longest(at: index, of: bytes) {
        index += length
        // "ɜːr" and "ɪər" have one R.
        let isDoubled = phonemes == [Phoneme.r.rawValue] && (previous == Phoneme.er.rawValue || previous == phonemes[0])
        if !isDoubled { sounds += phonemes }
        previous = phonemes.last
      } else {
        throw unknown(positions[index], text)
      }
    }
    var words = split(sounds) { $0 <= bar }
    if !words.allSatisfy(hasVowel) { words = split(sounds) { $0 >= bar } }
    guard !words.isEmpty else { throw .empty }
    return words
  }

  // Marks in place of characters that separate symbols.
  private static let stress: UInt8 = 0
  private static let space: UInt8 = 1
  private static let bar: UInt8 = 2
  private static let syllable: UInt8 = 3
  private static let lastMark: UInt8 = 3

  /// The text with one way to write each symbol and mark, and the index of the scalar that each byte is from.
  private static func canonical(_ text: String) -> (bytes: [UInt8], positions: [Int]) {
    var bytes: [UInt8] = []
    var positions: [Int] = []
    for (position, scalar) in text.unicodeScalars.enumerated() {
      switch scalar.value {
      case 0x27, 0x2D, 0x2C8, 0x2CC, 0x2019, 0x203F: bytes.append(stress)
      case 0x09, 0x0A, 0x0D, 0x20, 0xA0: bytes.append(space)
      case 0...0x1F: bytes.append(0x1F)
      case 0x7C, 0x2016: bytes.append(bar)
      case 0x2E, 0xB7: bytes.append(syllable)
      case 0x3A, 0x2D0: bytes.append(UInt8(ascii: ":"))
      case 0x279, 0x27B, 0x280, 0x281, 0x2B3, 0x2B4: bytes.append(UInt8(ascii: "r"))
      case 0x261: bytes.append(UInt8(ascii: "g"))
      case 0x303: bytes.append(UInt8(ascii: "n"))
      case 0x30D, 0x329: bytes += "\u{329}".utf8
      // Slashes, brackets and parentheses; half length; aspiration and other secondary articulation; ties and further
      // combining marks.
      case 0x28, 0x29, 0x2F, 0x5B, 0x5D, 0x2B0...0x2B8, 0x2D1, 0x2E0, 0x2E4, 0x300...0x36F: break
      default: bytes += Unicode.UTF8.encode(scalar)!
      }
      while positions.count < bytes.count { positions.append(position) }
    }
    return (bytes, positions)
  }

  private static func split(_ sounds: [UInt8], at isSeparator: (UInt8) -> Bool) -> [[UInt8]] {
    var words: [[UInt8]] = []
    var continues = false
    for sound in sounds {
      if sound < UInt8(Phoneme.count) {
        if !continues { words.append([]) }
        words[words.count - 1].append(sound)
        continues = true
      } else if isSeparator(sound - UInt8(Phoneme.count)) {
        continues = false
      }
    }
    return words
  }

  private static func hasVowel(_ word: [UInt8]) -> Bool {
    word.contains { Phoneme(rawValue: $0)?.isVowel == true }
  }

  private static func unknown(_ position: Int, _ text: String) -> TypedPronunciationError {
    let scalars = text.unicodeScalars
    let scalar = scalars[scalars.index(scalars.startIndex, offsetBy: position)]
    var nearest: [Phoneme] = []
    if case .text(let letters) = LatinFolding.fold(scalar.value), letters & 0xFF > 0x40, letters & 0xFF < 0x80 {
      nearest = TypedPronunciation.nearest(to: [UInt8(truncatingIfNeeded: letters)])
    }
    return .unknownPhoneme(symbol: String(Character(scalar)), position: position, nearest: nearest)
  }

  // The first spelling of a phoneme is the one that messages name. Length is written ":".
  private static let symbols = SpellingTable(
    entries: """
      ɑ AA;æ AE;ʌ AH;ə AH;ɔ AO;aʊ AW;aɪ AY;b B;tʃ CH;d D;ð DH;ɛ EH;ɝ ER;eɪ EY;f F;g G;h HH;ɪ IH;i IY;dʒ JH;k K;l L;m M;\
      n N;ŋ NG;oʊ OW;ɔɪ OY;p P;r R;s S;ʃ SH;t T;θ TH;ʊ UH;u UW;v V;w W;j Y;z Z;ʒ ZH;\
      ɒ AA;a AE;a: AA;ɐ AH;ᵊ AH;ɘ AH;ɤ AH;e EH;e: EY;ɛ: EH R;o OW;ɜ ER;ə: ER;ər ER;ɚ ER;ɞ ER;ø ER;œ ER;ə˞ ER;ɜ˞ ER;˞ R;\
      ɨ IH;ᵻ IH;ᵿ UH;ɪ: IH R;ʏ UH;ɵ UH;y UW;ʉ UW;ɯ UW;ã AA N;õ OW N;\
      ai AY;ɑɪ AY;ɑi AY;ʌɪ AY;ɒɪ AY;au AW;ɑʊ AW;ɑu AW;æʊ AW;æɔ AW;ei EY;ɛɪ EY;ɛi EY;æɪ EY;oɪ OY;oi OY;ɔi OY;\
      ou OW;əʊ OW;əu OW;əʉ OW;ɔʊ OW;ɔu OW;ɐʊ OW;ɪə IH R;iər IH R;eə EH R;ɛə EH R;ʊə UH R;ɔə AO R;\
      ʧ CH;tɕ CH;ʨ CH;tʂ CH;ʤ JH;dʑ JH;ʥ JH;dʐ JH;ʦ T S;ʣ D Z;ɱ M;ɲ N Y;ɳ N;ɫ L;ɭ L;ɬ L;ʎ L Y;ɾ T;ʈ T;ɖ D;ɽ R;\
      ʔ ?;β B;ɓ B;ɸ F;ʋ V;ɕ SH;ʂ SH;ç SH;ɧ SH;ʑ ZH;ʐ ZH;ʝ Y;ɥ W;ɰ W;ʍ W;c K;q K;x K;χ K;ɟ G;ɠ G;ɢ G;ɣ G;ɦ HH;ħ HH;\
      l̩ AH L;ɫ̩ AH L;m̩ AH M;n̩ AH N;ŋ̩ AH NG;r̩ ER
      """)
}
