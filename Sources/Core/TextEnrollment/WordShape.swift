/// What the letters of an unknown word say about whether it can be read as a word.
struct WordShape {
  let letterCount: Int
  /// Whether the word has a vowel.
  let hasVowel: Bool
  /// Whether the word has a vowel, and begins and ends with consonants as English words do.
  let isPronounceable: Bool

  /// - Parameter spelling: lower-case letters and apostrophes.
  init(_ spelling: String) {
    let letters = spelling.utf8.filter { $0 != UInt8(ascii: "'") }
    letterCount = letters.count
    hasVowel = letters.contains(where: WordShape.isVowel)
    guard let first = letters.firstIndex(where: WordShape.isVowel),
      let last = letters.lastIndex(where: WordShape.isVowel), last - first + 1 < letters.count
    else {
      // No vowel, or nothing else.
      isPronounceable = false
      return
    }
    let onset = letters[..<first]
    let coda = letters[(last + 1)...]
    isPronounceable =
      (onset.count < 2 || TextTable.index(of: onset, in: WordShape.onsets) != nil)
      && (coda.count < 2 || coda.count == 2 && !WordShape.rises(coda)
        || TextTable.index(of: coda, in: WordShape.codas) != nil)
  }

  /// Whether a word that is not in the lexicon may be read letter by letter: short, or unpronounceable, or in capitals.
  /// A name, as the capital at its beginning suggests, is said as a word.
  func isInitialism(_ word: NormalizedWord) -> Bool {
    if word.isInCapitals || word.isBesideNumber { return letterCount <= 5 || !isPronounceable && letterCount <= 8 }
    if !hasVowel { return letterCount <= 8 }
    return letterCount <= (isPronounceable ? 3 : 5) && !word.isCapitalized
  }

  private static func isVowel(_ letter: UInt8) -> Bool {
    switch letter {
    case UInt8(ascii: "a"), UInt8(ascii: "e"), UInt8(ascii: "i"), UInt8(ascii: "o"), UInt8(ascii: "u"),
      UInt8(ascii: "y"):
      true
    default: false
    }
  }

  /// Whether the last of two consonants is more sonorous than the first, as no English word ends: "pn", "dm".
  private static func rises(_ coda: ArraySlice<UInt8>) -> Bool {
    TextTable.index(of: coda[(coda.startIndex + 1)...], in: "l m n r w j v") != nil
      && TextTable.index(of: coda[..<(coda.startIndex + 1)], in: "l r w") == nil
      && coda.first != coda.last && !(coda.last == UInt8(ascii: "n") && coda.first == UInt8(ascii: "g"))
  }

  private static let onsets: StaticString = """
    bl br ch chl chr cl cr dr dw fl fr gh gl gn gr gw kl kn kr kw ll mc ph phl phr pl pr ps pt qu rh sc sch schm schw \
    scr sh shr sk skr sl sm sn sp sph spl spr sq squ st str sv sw th thr thw tr ts tw wh wr zh zw
    """
  private static let codas: StaticString = """
    bbs cks cts dds dth ffs fth fts ggs ght ghts lch lds lfth lls lms lps lts lth lths mph mps mpt nch nct nds ngs ngth \
    ngths nks nst nth nths nts pps pth pts rch rds rks rld rlds rls rms rns rps rst rth rths rts sch sks sps sts tch \
    ths tts tz tzs wls wns xth xts cht rsch nsch
    """
}
