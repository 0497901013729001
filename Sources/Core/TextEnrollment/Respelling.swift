import KeywordSpotting

/// Reads words that are spelled as they sound: "shi-VAWN", "kuhm-PYOO-ter", "hey MOK-see".
///
/// Hyphens separate the syllables of a word. A syllable of letters that have one reading is read by a table: `ah` AA,
/// `ay` EY, `ee` IY, `igh` AY, `oh` OW, `oo` UW, `uh` AH, `zh` ZH, and so on. Other syllables are looked up as words, and
/// otherwise guessed. Words without a hyphen are looked up first.
struct Respelling {
  let language: LanguageFile
  let pronouncer: Pronouncer

  /// The words of a text and their pronunciations. ``WordPronunciation/source`` is where the least certain part comes
  /// from.
  ///
  /// - Parameter text: may be in quotation marks, which positions of errors do not count.
  /// - Throws: ``EnrollmentError``.
  func words(of text: String) throws(EnrollmentError) -> [WordPronunciation] {
    var words: [WordPronunciation] = []
    var plain: [UInt8] = []
    for token in try letters(of: text).split(separator: UInt8(ascii: " ")) {
      let isSpelled = token.contains(UInt8(ascii: "-")) && !token.contains { $0 >= 0x30 && $0 <= 0x39 }
      if isSpelled { words += try looked(up: &plain) } else { plain += token.map(Self.lower) + [UInt8(ascii: " ")] }
      if isSpelled, let word = try spelled(token) { words.append(word) }
    }
    words += try looked(up: &plain)
    guard !words.isEmpty else { throw .pronunciation(.empty, way: text) }
    return words
  }

  /// The text in ASCII.
  private func letters(of text: String) throws(EnrollmentError) -> [UInt8] {
    var bytes: [UInt8] = []
    var position = -1
    for scalar in text.unicodeScalars where !TypedPronunciation.isQuotationMark(scalar) {
      position += 1
      if scalar == "\u{B7}" {
        bytes.append(UInt8(ascii: "-"))
        continue
      }
      guard case .text(var letters) = LatinFolding.fold(scalar.value), letters & 0xFF < 0x80 else {
        throw .pronunciation(
          .unknownPhoneme(symbol: String(Character(scalar)), position: position, nearest: []), way: text)
      }
      while letters != 0 {
        bytes.append(UInt8(truncatingIfNeeded: letters))
        letters >>= 8
      }
    }
    return bytes
  }

  /// Looks words up, and reads unknown ones of one syllable by the table.
  private func looked(up text: inout [UInt8]) throws(EnrollmentError) -> [WordPronunciation] {
    let wanted = String(decoding: text, as: UTF8.self)
    text = []
    var words: [WordPronunciation]
    do throws(EnrollmentError) {
      words = try pronouncer.words(of: wanted)
    } catch {
      if error == .text(.nothingToSay) { return [] }
      throw error
    }
    for index in words.indices where words[index].source == .guessed {
      guard let phonemes = Self.phonemes(of: Array(words[index].word.utf8), isWeak: false) else { continue }
      words[index] = WordPronunciation(word: words[index].word, source: .typed, pronunciations: [phonemes])
    }
    return words
  }

  /// A word with hyphens.
  private func spelled(_ token: ArraySlice<UInt8>) throws(EnrollmentError) -> WordPronunciation? {
    let syllables = token.split(separator: UInt8(ascii: "-")).map { $0.filter(Self.isLetter) }.filter { !$0.isEmpty }
    var phonemes: [UInt8] = []
    var source = PronunciationSource.typed
    for syllable in syllables {
      let isStressed = syllable.count > 1 && syllable.allSatisfy { Self.lower($0) != $0 }
      let letters = syllable.map(Self.lower)
      if let read = Self.phonemes(of: letters, isWeak: syllables.count > 1 && !isStressed) {
        phonemes += read
        continue
      }
      let word = String(decoding: letters, as: UTF8.self)
      let name = letters.count == 1 ? word + "." : word
      if let known = language.lexicon.pronunciations(of: name).first {
        phonemes += known
      } else if let guess = language.graphemeToPhoneme?.guesses(for: word, maximumCount: 1).first {
        phonemes += guess.phonemes
        source = .guessed
      } else {
        throw .unknownWord(word)
      }
    }
    guard !phonemes.isEmpty else { return nil }
    return WordPronunciation(
      word: String(decoding: token.map(Self.lower), as: UTF8.self), source: source, pronunciations: [phonemes])
  }

  /// The phonemes of a syllable by its letters alone; `nil` if they have several readings.
  ///
  /// - Parameter isWeak: whether an `a` at its end is that of "sofa".
  static func phonemes(of syllable: [UInt8], isWeak: Bool) -> [UInt8]? {
    let letters = withoutSilentE(syllable)
    var phonemes: [UInt8] = []
    var index = 0
    while index < letters.count {
      let letter = letters[index]
      let next = index + 1 < letters.count ? letters[index + 1] : 0
      // "pyoo", but not "lyn" and "ly".
      if letter == UInt8(ascii: "y"), !isVowel(next) { return nil }
      // A doubled consonant, and the last letter of "ooh".
      if next == letter ? !isVowel(letter) : next == 0 && letter == UInt8(ascii: "h") {
        index += 1
        continue
      }
      guard let (length, sounds) = table.longest(at: index, of: letters), !sounds.isEmpty else { return nil }
      index += length
      if index == letters.count, length == 1, isVowel(letter) {
        switch letter {
        case UInt8(ascii: "a"): phonemes.append((isWeak ? Phoneme.ah : .aa).rawValue)
        case UInt8(ascii: "i"): phonemes.append(Phoneme.ih.rawValue)
        case UInt8(ascii: "o"): phonemes.append(Phoneme.ow.rawValue)
        case UInt8(ascii: "u"): phonemes.append(Phoneme.uw.rawValue)
        default: return nil
        }
      } else {
        phonemes += sounds
      }
    }
    return phonemes.count { Phoneme(rawValue: $0)?.isVowel == true } == 1 ? phonemes : nil
  }

  /// Writes the vowel of "mike" as in "mighk".
  private static func withoutSilentE(_ syllable: [UInt8]) -> [UInt8] {
    let last = syllable.count - 1
    guard last >= 2, syllable[last] == UInt8(ascii: "e"), isVowel(syllable[last - 2]), !isVowel(syllable[last - 1]),
      last == 2 || !isVowel(syllable[last - 3])
    else { return syllable }
    for consonant in "cghrsvwxy".utf8 where syllable[last - 1] == consonant { return syllable }
    let long: StaticString =
      switch syllable[last - 2] {
      case UInt8(ascii: "a"): "ay"
      case UInt8(ascii: "e"): "ee"
      case UInt8(ascii: "i"): "igh"
      case UInt8(ascii: "o"): "oh"
      default: "oo"
      }
    var letters = Array(syllable[..<(last - 2)])
    letters.append(contentsOf: UnsafeBufferPointer(start: long.utf8Start, count: long.utf8CodeUnitCount))
    letters.append(syllable[last - 1])
    return letters
  }

  private static func isVowel(_ letter: UInt8) -> Bool {
    switch letter {
    case UInt8(ascii: "a"), UInt8(ascii: "e"), UInt8(ascii: "i"), UInt8(ascii: "o"), UInt8(ascii: "u"): true
    default: false
    }
  }

  private static func isLetter(_ byte: UInt8) -> Bool {
    lower(byte) >= UInt8(ascii: "a") && lower(byte) <= UInt8(ascii: "z")
  }

  private static func lower(_ byte: UInt8) -> UInt8 {
    byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte + 0x20 : byte
  }

  private static let table = SpellingTable(
    entries: """
      a AE;e EH;i IH;o AA;u AH;aa AA;ae ?;ah AA;ai ?;air EH R;alk ?;all ?;alm ?;ao ?;ar AA R;arr EH R;au ?;aw AO;ay EY;ayr EH R;\
      ea ?;ear ?;ee IY;eer IH R;eh EH;ehr EH R;ei ?;eigh EY;er ER;err EH R;eu ?;ew UW;ey EY;eye AY;ie ?;igh AY;ih IH;ihr IH R;\
      ild ?;ind ?;ir ER;irr IH R;oa OW;oar AO R;oe ?;oh OW;ohr AO R;oi OY;old ?;oll ?;olt ?;oo UW;ook ?;oor UH R;or AO R;orr AO R;\
      ou ?;ow ?;oy OY;ue UW;uh AH;uhr ER;ui ?;ur ER;urr ER;uu UH;\
      b B;c ?;ch CH;ck K;d D;dge JH;dh DH;dj JH;f F;g G;gh ?;gn ?;h HH;j JH;k K;kh K;kn ?;l L;m M;n N;ng NG;nk NG K;p P;\
      ph F;q K;qu K W;r R;rh R;s S;sh SH;t T;tch CH;th TH;ts T S;tz T S;v V;w W;wa ?;wah W AA;waw W AO;way W EY;wh W;\
      wr ?;x K S;y Y;z Z;zh ZH
      """)
}
