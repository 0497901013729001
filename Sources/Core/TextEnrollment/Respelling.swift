import KeywordSpotting

/// Reads words that are spelled as they sound: "shi-VAWN", "kuhm-PYOO-ter", "hey MOK-see".
///
/// Hyphens separate the syllables of a word. A syllable of letters that have one reading is read by a table: `ah` AA,
/// `ay` EY, `ee` IY, `igh` AY, `oh` OW, `oo` UW, `uh` AH, `zh` ZH, and so on. Other syllables are looked up as words, and
/// otherwise guessed. Words without a hyphen are looked up first, then read by the table if they are one syllable, and
/// otherwise read like those of a phrase.
struct Respelling {
  let language: LanguageFile
  let pronouncer: Pronouncer

  /// The ways to read a text, the most plausible first. ``WordPronunciation/source`` is where the least certain part of a
  /// word comes from. A text in which nothing is spelled is read like that of a phrase.
  ///
  /// - Parameter text: may be in quotation marks, which positions of errors do not count.
  /// - Throws: ``EnrollmentError``.
  func readings(of text: String) throws(EnrollmentError) -> [PhraseReading] {
    var unquoted = String.UnicodeScalarView()
    var letters: [UInt8] = []
    // A character that cannot be said, and a symbol such as "€", which can be said but not spelled.
    var refused: (scalar: Unicode.Scalar, position: Int)?
    var sign: (scalar: Unicode.Scalar, position: Int)?
    for scalar in text.unicodeScalars where !TypedPronunciation.isQuotationMark(scalar) {
      switch LatinFolding.fold(scalar.value) {
      case .text(var folded):
        if scalar == "\u{B7}" { folded = 0x2D }
        if folded & 0x80 != 0 { sign = sign ?? (scalar, unquoted.count) }
        while folded != 0 {
          letters.append(UInt8(truncatingIfNeeded: folded))
          folded >>= 8
        }
      case .dropped: break
      case .otherScript, .unsupported: refused = refused ?? (scalar, unquoted.count)
      }
      unquoted.append(scalar)
    }
    if let (scalar, position) = refused ?? (letters.contains(UInt8(ascii: "-")) ? sign : nil) {
      let symbol = String(Character(scalar))
      throw .pronunciation(.unknownPhoneme(symbol: symbol, position: position, nearest: []), way: text)
    }
    let tokens = letters.split(separator: UInt8(ascii: " "))
    let readings =
      tokens.contains(where: isSpelled)
      ? [PhraseReading(words: try words(of: tokens))] : try looked(up: String(unquoted))
    guard let first = readings.first, !first.words.isEmpty else { throw .pronunciation(.empty, way: text) }
    return readings
  }

  /// Whether a word has hyphens, or is one syllable that the table reads and the lexicon does not contain.
  private func isSpelled(_ token: ArraySlice<UInt8>) -> Bool {
    if token.contains(UInt8(ascii: "-")) { return !token.contains { $0 >= 0x30 && $0 <= 0x39 } }
    return token.allSatisfy(Self.isLetter) && !isKnown(token)
      && Self.phonemes(of: token.map(Self.lower), isWeak: false) != nil
  }

  private func isKnown(_ token: ArraySlice<UInt8>) -> Bool {
    language.lexicon.contains(String(decoding: token.map(Self.lower), as: UTF8.self))
  }

  /// The words of a text of which some are spelled. Capitals of known words mark stress, not letter names.
  private func words(of tokens: [ArraySlice<UInt8>]) throws(EnrollmentError) -> [WordPronunciation] {
    var words: [WordPronunciation] = []
    var plain: [UInt8] = []
    for token in tokens {
      if isSpelled(token) {
        words += try looked(up: String(decoding: plain, as: UTF8.self)).first?.words ?? []
        plain = []
        if let word = try spelled(token) { words.append(word) }
      } else {
        plain += isKnown(token) ? token.map(Self.lower) : Array(token)
        plain.append(UInt8(ascii: " "))
      }
    }
    return words + (try looked(up: String(decoding: plain, as: UTF8.self)).first?.words ?? [])
  }

  /// The readings of a text like that of a phrase; none if it has no letters.
  private func looked(up text: String) throws(EnrollmentError) -> [PhraseReading] {
    do throws(EnrollmentError) {
      return try pronouncer.readings(of: text)
    } catch {
      if error == .text(.nothingToSay) { return [] }
      throw error
    }
  }

  /// A word by its syllables.
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
      } else if let guess = language.guesses(for: word, maximumCount: 1).first {
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
