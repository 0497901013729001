import KeywordSpotting

extension PhraseVariant {
  /// The phonemes in espeak-ng's notation, in double square brackets, one pair for each word.
  ///
  /// Stress is unknown. It is put on the first vowel of each word that is not the short vowel of "about".
  package var espeakText: String {
    var words: [String] = []
    var isStressed = false
    for (index, value) in phonemes.enumerated() {
      guard let phoneme = Phoneme(rawValue: value) else { continue }
      if wordInitial[index] || words.isEmpty {
        words.append("")
        isStressed = false
      }
      let (symbol, isVowel) = phoneme.espeakSymbol
      if isVowel, !isStressed, phoneme != .ah || isLastVowel(index) {
        words[words.count - 1] += "'"
        isStressed = true
        words[words.count - 1] += phoneme == .ah ? "V" : symbol
      } else {
        words[words.count - 1] += symbol
      }
    }
    return words.map { "[[\($0)]]" }.joined(separator: " ")
  }

  /// Whether the word has no vowel after this one.
  private func isLastVowel(_ index: Int) -> Bool {
    var next = index + 1
    while next < phonemes.count, !wordInitial[next] {
      if Phoneme(rawValue: phonemes[next])?.espeakSymbol.isVowel == true { return false }
      next += 1
    }
    return true
  }
}

extension Phoneme {
  /// espeak-ng's symbol for the phoneme in American English.
  fileprivate var espeakSymbol: (text: String, isVowel: Bool) {
    switch self {
    case .aa: ("A:", true)
    case .ae: ("a", true)
    case .ah: ("@", true)
    case .ao: ("O:", true)
    case .aw: ("aU", true)
    case .ay: ("aI", true)
    case .eh: ("E", true)
    case .er: ("3:", true)
    case .ey: ("eI", true)
    case .ih: ("I", true)
    case .iy: ("i:", true)
    case .ow: ("oU", true)
    case .oy: ("OI", true)
    case .uh: ("U", true)
    case .uw: ("u:", true)
    case .b: ("b", false)
    case .ch: ("tS", false)
    case .d: ("d", false)
    case .dh: ("D", false)
    case .f: ("f", false)
    case .g: ("g", false)
    case .hh: ("h", false)
    case .jh: ("dZ", false)
    case .k: ("k", false)
    case .l: ("l", false)
    case .m: ("m", false)
    case .n: ("n", false)
    case .ng: ("N", false)
    case .p: ("p", false)
    case .r: ("r", false)
    case .s: ("s", false)
    case .sh: ("S", false)
    case .t: ("t", false)
    case .th: ("T", false)
    case .v: ("v", false)
    case .w: ("w", false)
    case .y: ("j", false)
    case .z: ("z", false)
    case .zh: ("Z", false)
    }
  }
}
